"""The form on one page, the list and the page of a contract, as the browser asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.contracts.models import Contract
from app.contracts.operations import submit_contract
from app.platform.database import Engines
from tests.contracts.deals import company_of, customer_of, draft, kind, line
from tests.people import acting, as_system, log_in, token_in


@pytest.fixture
def seller(app: Flask, client: FlaskClient) -> FlaskClient:
    log_in(app, client, "xiaoshou1")
    return client


def form_of(app: Flask, client: FlaskClient, **changes: str) -> dict[str, str]:
    """A complete form: the formation of a company at the list price."""
    with acting(app, "xiaoshou1") as session:
        customer = customer_of(session)
        company = company_of(session, customer)
        item = kind(session, "SL01").items[0]
        data = {
            "customer_id": str(customer.id),
            "company_id": str(company.id),
            "signed_on": "2026-04-14",
            "token": "t" * 32,
            "lines-0-business_type_id": str(item.business_type_id),
            "lines-0-quantity": "1",
            f"lines-0-sold-{item.id}": "1",
            f"lines-0-price-{item.id}": "1,500.00",
        }
    data["csrf_token"] = token_in(client.get("/contract/new").text)
    named = {name.replace("PRICE", f"lines-0-price-{item.id}"): value for name, value in changes.items()}
    return data | named


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []
    engines: Engines = app.extensions["engines"]

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement != "BEGIN":
            statements.append(statement)

    for engine in {engines.reader, engines.writer}:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in {engines.reader, engines.writer}:
            event.remove(engine, "before_cursor_execute", note)


def contracts(app: Flask) -> list[Contract]:
    with as_system(app) as session:
        return list(session.scalars(select(Contract).order_by(Contract.id)))


def test_one_click_saves_and_submits(app: Flask, seller: FlaskClient) -> None:
    answer = seller.post("/contract/new", data=form_of(app, seller, submit="1"))
    [contract] = contracts(app)
    assert (answer.status_code, answer.location) == (302, f"/contract/{contract.id}")
    assert (contract.state, str(contract.amount)) == ("active", "1500.00")


def test_a_double_click_makes_one_contract(app: Flask, seller: FlaskClient) -> None:
    data = form_of(app, seller, submit="1")
    places = {seller.post("/contract/new", data=data).location for _ in range(2)}
    [contract] = contracts(app)
    assert places == {f"/contract/{contract.id}"}


def test_an_old_form_with_new_content_is_not_taken_for_a_double_click(
    app: Flask, seller: FlaskClient
) -> None:
    seller.post("/contract/new", data=form_of(app, seller, save="1"))
    [contract] = contracts(app)
    page = seller.get(f"/contract/{contract.id}/edit").text
    data = {
        "customer_id": str(contract.customer_id),
        "token": "u" * 32,
        "version": str(contract.version),
        "csrf_token": token_in(page),
        "save": "1",
    }
    address = f"/contract/{contract.id}/edit"
    assert [seller.post(address, data=data).status_code for _ in range(2)] == [302, 302]
    assert seller.post(address, data=data | {"payer": "张三"}).status_code == 409
    [contract] = contracts(app)
    assert (contract.payer, str(contract.amount)) == (None, "0.00")


def test_a_renewal_stays_a_renewal_when_its_draft_is_edited(app: Flask, seller: FlaskClient) -> None:
    data = form_of(app, seller, save="1")
    seller.post("/contract/new", data=data)
    with as_system(app) as session:
        draft = session.scalars(select(Contract)).one()
        draft.renewal_only, draft.reason = True, "老客户续费"
    [contract] = contracts(app)
    changed = data | {"version": str(contract.version), "token": "v" * 32, "payer": "张三"}
    assert seller.post(f"/contract/{contract.id}/edit", data=changed).status_code == 302
    [contract] = contracts(app)
    assert (contract.payer, contract.renewal_only, contract.reason) == ("张三", True, "老客户续费")


def test_a_refused_form_keeps_everything_and_lists_every_fault(app: Flask, seller: FlaskClient) -> None:
    data = form_of(app, seller, PRICE="一千五", save="1") | {
        "lines-0-quantity": "x",
        "lines-0-promised_on": "2026-02-30",
        "lines-0-reason": "老客户介绍",
        "signed_on": "昨日",
        "payer": "张三",
    }
    answer = seller.post("/contract/new", data=data)
    assert answer.status_code == 422 and contracts(app) == []
    for kept in ("一千五", "2026-02-30", "昨日", "张三", "老客户介绍"):
        assert kept in answer.text
    faults = answer.text.partition("data-faults")[2].partition("</div>")[0]
    for field in ("signed_on", "lines-0-quantity", "lines-0-promised_on", "lines-0-price-"):
        assert f'href="#{field}' in faults


def test_below_authority_without_a_reason_the_form_asks_for_it(app: Flask, seller: FlaskClient) -> None:
    answer = seller.post("/contract/new", data=form_of(app, seller, PRICE="700", submit="1"))
    assert answer.status_code == 422 and contracts(app) == []
    assert 'href="#lines-0-reason"' in answer.text and "共差 ¥50.00" in answer.text


def test_the_price_check_answers_without_saving(app: Flask, seller: FlaskClient) -> None:
    answer = seller.post("/contract/check", data=form_of(app, seller, PRICE="700"))
    assert answer.json is not None and "权限价 750.00" in answer.json["warnings"][0]
    assert "周敏" in answer.json["aside"] and "郑国华" in answer.json["aside"]
    assert contracts(app) == []


def test_prices_of_a_business_type_are_the_persons_own(app: Flask, seller: FlaskClient) -> None:
    with as_system(app) as session:
        type_id = kind(session, "SL01").id
    answer = seller.get(f"/contract/prices?business_type_id={type_id}")
    assert answer.json is not None
    first = answer.json["items"][0]
    assert (first["name"], first["reference"], first["authority"]) == ("代理费", "1500.00", "750.00")
    fragment = seller.get(f"/contract/line?business_type_id={type_id}&place=3").text
    assert "lines-3-quantity" in fragment and "<html" not in fragment


def test_a_foreign_customer_or_company_shows_nothing(app: Flask, seller: FlaskClient) -> None:
    with acting(app, "xiaoshou2") as session:
        foreign = customer_of(session, "别人的客户")
        company_of(session, foreign, "别人的公司")
    answer = seller.get(f"/contract/companies?customer_id={foreign.id}")
    assert answer.json == {"results": []}
    refused = seller.post("/contract/new", data=form_of(app, seller) | {"customer_id": str(foreign.id)})
    assert refused.status_code == 422 and "别人的" not in refused.text


def test_the_approve_button_shows_only_when_it_is_ones_turn(app: Flask, client: FlaskClient) -> None:
    with acting(app, "xiaoshou1") as session:
        contract = draft(session, customer_of(session), line(session, "SL01", "700", reason="老客户"))
        submit_contract(session, contract.id)
    seen = {}
    for login in ("xiaoshou1", "xszhuguan", "laoban"):
        browser = app.test_client()
        log_in(app, browser, login)
        page = browser.get(f"/contract/{contract.id}").text
        seen[login] = ('data-transition="approve"' in page, "为什么找您" in page)
    assert seen == {"xiaoshou1": (False, False), "xszhuguan": (True, True), "laoban": (False, False)}


def test_the_inbox_lists_what_waits_for_the_person_and_nothing_else(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        contract = draft(session, customer_of(session), line(session, "SL01", "700", reason="老客户"))
        submit_contract(session, contract.id)
        number = contract.number or ""
    seen = {}
    for login in ("xiaoshou1", "xszhuguan", "laoban"):
        browser = app.test_client()
        log_in(app, browser, login)
        seen[login] = (
            number in browser.get("/approvals/").text,
            number in browser.get("/contract/?tab=mine").text,
        )
    assert seen == {"xiaoshou1": (False, False), "xszhuguan": (True, True), "laoban": (False, False)}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_pages_ask_the_database_a_fixed_number_of_times(app: Flask, seller: FlaskClient) -> None:
    with acting(app, "xiaoshou1") as session:
        customer = customer_of(session)
        for number in range(6):
            lines = [line(session, code, "700", reason="老客户") for code in ("SL01", "SW01", "RD02")]
            contract = draft(session, customer, *lines)
            if number:
                submit_contract(session, contract.id)
    first = contracts(app)[0].id
    pages = {"/contract/": 10, f"/contract/{first}": 15, f"/contract/{first}/edit": 8, "/contract/new": 8}
    for address, most in pages.items():
        seller.get(address)
        with counted(app) as statements:
            assert seller.get(address).status_code == 200
        assert len(statements) <= most, (address, "\n".join(statements))
