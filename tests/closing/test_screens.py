"""The closing page: what is missing, who may close, many at once."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.closing.test_closing import complete_company
from tests.delivery.test_screens import post
from tests.delivery.work import finish, pay, sell, state
from tests.people import log_in

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_the_page_lists_what_is_missing_and_closes_when_nothing_is(app: Flask, client: FlaskClient) -> None:
    job = sell(app, "SL02")
    address = f"/closing/{job.contract_id}"
    log_in(app, client, "blzhuguan")
    page = client.get(address).text
    assert "还差 ¥9,600.00" in page and "核名" in page and "郑国华、李敏" in page
    assert f'action="{address}/close"' not in page
    assert post(client, address, f"{address}/close") == 422
    finish(app, job.item_id)
    complete_company(app, job)
    pay(app, job, "9600")
    assert f'action="{address}/close"' in client.get(address).text
    assert post(client, address, f"{address}/close") == 302
    assert state(app, job.item_id) == "closed"
    assert "所有明细都已结单或开通" in client.get(address).text


def test_the_links_lead_only_where_the_person_may_go(app: Flask, client: FlaskClient) -> None:
    job = sell(app, "SL02")
    enter = f"/receipt/new?customer_id={job.customer_id}"
    log_in(app, client, "xiaoshou1")
    assert enter in client.get(f"/closing/{job.contract_id}").text.replace("&amp;", "&")
    manager = app.test_client()
    log_in(app, manager, "blzhuguan")
    page = manager.get(f"/closing/{job.contract_id}").text
    assert enter not in page and "由 陈宇航 处理" in page


def test_picked_contracts_close_together_and_each_failure_is_named(app: Flask, client: FlaskClient) -> None:
    ready, unready = sell(app, "SL02"), sell(app, "SL02")
    finish(app, ready.item_id)
    complete_company(app, ready)
    pay(app, ready, "9600")
    log_in(app, client, "blzhuguan")
    ids = [ready.contract_id, unready.contract_id, 999]
    assert post(client, "/closing/", "/closing/bulk", ids=ids) == 302
    assert (state(app, ready.item_id), state(app, unready.item_id)) == ("closed", "unassigned")
    page = client.get("/closing/").text
    assert "已结单 1 份合同" in page and "HT-" in page and "#999" in page


def test_forcing_asks_for_a_reason_and_for_the_right(app: Flask, client: FlaskClient) -> None:
    job = sell(app, "SL02")
    address = f"/closing/{job.contract_id}"
    log_in(app, client, "blzhuguan")
    assert post(client, address, f"{address}/force", reason="老板说的") == 403
    boss = app.test_client()
    log_in(app, boss, "laoban")
    assert "强制结单 1 项" in boss.get(f"{address}/force").text
    assert post(boss, address, f"{address}/force", reason=" ") == 422
    assert post(boss, address, f"{address}/force", reason="客户已付现金，明天补单") == 302
    assert state(app, job.item_id) == "closed"


@pytest.mark.parametrize(
    ("login", "status"), [("xiaoshou1", 200), ("xiaoshou2", 404), ("kuaiji", 404), ("waiqin", 403)]
)
def test_a_contract_out_of_sight_has_no_check(
    app: Flask, client: FlaskClient, login: str, status: int
) -> None:
    job = sell(app, "SL02")
    log_in(app, client, login)
    assert client.get(f"/closing/{job.contract_id}").status_code == status
