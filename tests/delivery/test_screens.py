"""Lists, board and item page: who sees what, and that a click does what it says."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.delivery.models import WorkItem
from tests.delivery.work import assign, finish, report, sell, state, step_ids
from tests.people import as_system, log_in, person_id, token_in

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def post(client: FlaskClient, page: str, address: str, **data: object) -> int:
    """Send a form with the token of the page it stands on; answers the status."""
    token = token_in(client.get(page).text)
    return client.post(address, data={"csrf_token": token, **data}).status_code


def test_the_board_shows_each_item_under_its_present_step(app: Flask, client: FlaskClient) -> None:
    first, second = sell(app, "SL02"), sell(app, "SL02")
    assign(app, second.item_id)
    report(app, second.item_id, next(iter(step_ids(app, second.item_id))))
    log_in(app, client, "blzhuguan")
    page = client.get("/work_item/board").text
    heads = re.findall(r'<header class="board-head"><h4>(.*?)</h4>', page)
    assert heads == ["待分配", "核名"]
    assert f'name="ids" value="{first.item_id}"' in page
    assert f'name="ids" value="{second.item_id}"' not in page, "only what waits for somebody is picked"


def test_picked_items_are_assigned_from_the_board_and_failures_are_named(
    app: Flask, client: FlaskClient
) -> None:
    job = sell(app, "SL02", "BG01")
    assign(app, job.item_ids[1])
    with as_system(app) as session:
        handler = person_id(session, "waiqin")
    log_in(app, client, "blzhuguan")
    status = post(client, "/work_item/board", "/work_item/assign", ids=list(job.item_ids), handler=handler)
    assert status == 302
    assert [state(app, pk) for pk in job.item_ids] == ["assigned", "assigned"]
    assert "这个项目已经在 赵磊 手上" in client.get("/work_item/").text


def test_a_handler_reports_on_the_item_page_and_a_stranger_does_not_find_it(
    app: Flask, client: FlaskClient
) -> None:
    job = sell(app, "SL02")
    assign(app, job.item_id)
    step = next(iter(step_ids(app, job.item_id).values()))
    address = f"/work_item/{job.item_id}"
    log_in(app, client, "waiqin")
    page = client.get(address).text
    assert "确认办完" in page and "取消项目" not in page
    form = {"step": step, "done_on": "2026-01-05", "note": "系统已受理"}
    assert post(client, address, f"{address}/do/report_step", **form) == 302
    with as_system(app) as session:
        first = session.get_one(WorkItem, job.item_id).steps[0]
        assert (first.state, first.note, str(first.done_on)) == ("done", "系统已受理", "2026-01-05")
    assert post(client, address, f"{address}/do/skip_step", step=step + 1) == 422, "no reason, no skipping"
    stranger = app.test_client()
    log_in(app, stranger, "xiaoshou2")
    assert stranger.get(address).status_code == 404
    assert post(stranger, "/work_item/", f"{address}/do/report_step", **form) == 403


def test_the_item_page_says_what_closing_misses_and_the_button_why_not(
    app: Flask, client: FlaskClient
) -> None:
    job = sell(app, "SL02")
    finish(app, job.item_id)
    log_in(app, client, "blzhuguan")
    page = client.get(f"/work_item/{job.item_id}").text
    button = re.search(r'<button[^>]*data-transition="close"[^>]*>', page)
    assert button is not None and 'aria-disabled="true"' in button[0] and "款已收齐" in button[0]
    address = f"/work_item/{job.item_id}/do/close"
    assert post(client, f"/work_item/{job.item_id}", address) == 422
    assert state(app, job.item_id) == "done"


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("blzhuguan", 200),
        ("waiqin", 200),
        ("xiaoshou1", 200),
        ("caiwu", 200),
        ("xingzheng", 403),
        ("admin", 403),
    ],
)
def test_who_may_open_the_list_and_the_board(
    app: Flask, client: FlaskClient, login: str, status: int
) -> None:
    sell(app, "SL01", "JZ01")
    log_in(app, client, login)
    for address in (
        "/work_item/",
        "/work_item/?tab=all",
        "/work_item/?tab=overdue&q=华南",
        "/work_item/board",
    ):
        assert client.get(address).status_code == status
