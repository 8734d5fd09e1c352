"""The screens of bookkeeping: matrix, marking, engagement page, deadlines, log-in calendar, command."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.bookkeeping.operations import determine_taxes, save_notice
from app.bookkeeping.tax_types import tax_types
from app.bookkeeping.transitions import ENGAGEMENT_LIFECYCLE
from app.platform.database import engines
from tests.bookkeeping.books import (
    MID_APRIL,
    a_company,
    a_contract,
    a_customer,
    a_line,
    an_engagement,
    filings,
    service_of,
)
from tests.people import acting, log_in, person_id, token_in

ClockAt = Callable[[datetime], None]
APRIL = date(2026, 4, 1)
FACTS = {"entity_type": "limited_company", "taxpayer_kind": "small_scale", "collection_method": "by_books"}


@pytest.fixture(autouse=True)
def _mid_april(clock_at: ClockAt) -> None:
    clock_at(MID_APRIL)


@pytest.fixture
def company_id(app: Flask) -> int:
    """A company kept by the accountant since January."""
    with acting(app, "laoban") as session:
        company = a_company(session, a_customer(session))
        service = an_engagement(session, company, started_on=date(2026, 1, 1))
        data = {"accountant_id": str(person_id(session, "kuaiji"))}
        ENGAGEMENT_LIFECYCLE.perform(session, service.id, "hand_over", data=data)
        return company.id


def states(app: Flask, company_id: int) -> dict[str, str]:
    with acting(app, "laoban") as session:
        rows = filings(session, company_id, APRIL)
        return {code: row.state + (" zero" if row.zero else "") for (code, _), row in rows.items()}


def test_the_matrix_shows_the_month_and_why_it_ends_when_it_does(
    app: Flask, client: FlaskClient, company_id: int
) -> None:
    log_in(app, client, "kuaiji")
    assert client.get("/filing-month/").location == "/filing-month/2026/4"
    page = client.get("/filing-month/2026/4").text
    assert "4月20日 周一" in page and "清明连休" in page and "还有 6 天，4 个工作日" in page
    assert page.count("data-cell=") == 5, "added-on taxes share a column, and so does VAT"
    assert "华南智造科技（东莞）有限公司" in page and "小规模" in page
    assert client.get("/filing-month/2026/5?show=late&whose=mine&q=华南").status_code == 200
    for wrong in ("/filing-month/2026/13", "/filing-month/1999/1", "/filing-month/2026/4?after=99999"):
        assert client.get(wrong).status_code in (404, 422)


def test_cells_are_marked_together_and_what_does_not_fit_is_left(
    app: Flask, client: FlaskClient, company_id: int
) -> None:
    log_in(app, client, "kuaiji")
    token = token_in(client.get("/filing-month/2026/4").text)
    with acting(app, "laoban") as session:
        ids = {code: row.id for (code, _), row in filings(session, company_id, APRIL).items()}

    def mark(name: str, **data: Any) -> int:
        address = f"/filing-month/2026/4/mark/{name}"
        return client.post(address, data={"csrf_token": token, **data}).status_code

    assert mark("zero", cells=f"{ids['VAT_S']},{ids['FIN']}") == 302
    assert mark("mark_filed", cells=[str(ids["FIN"]), f"{ids['UCT']},{ids['EDU']},{ids['LEDU']}"]) == 302
    assert mark("mark_paid", cells=f"{ids['IIT_W']},{ids['UCT']},{ids['FIN']}") == 302
    assert mark("not_required", cells=str(ids["CIT_Q"])) == 200, "asks for the reason"
    assert mark("not_required", cells=str(ids["CIT_Q"]), confirmed="1") == 422
    assert mark("not_required", cells=str(ids["CIT_Q"]), confirmed="1", reason="汇总纳税") == 302
    assert states(app, company_id) == {
        "VAT_S": "filed zero",
        "FIN": "filed",
        "UCT": "paid",
        "EDU": "filed",
        "LEDU": "filed",
        "IIT_W": "paid",
        "CIT_Q": "not_required",
    }
    assert mark("mark_paid", ids=str(company_id)) == 302
    assert states(app, company_id)["LEDU"] == "paid"
    assert mark("correct", cells="1") == 404


def test_foreign_cells_are_left_alone(app: Flask, client: FlaskClient, company_id: int) -> None:
    with acting(app, "laoban") as session:
        ids = [str(row.id) for row in filings(session, company_id, APRIL).values()]
        service = service_of(session, company_id)
        data = {"accountant_id": str(person_id(session, "kjzhuguan"))}
        ENGAGEMENT_LIFECYCLE.perform(session, service.id, "hand_over", data=data)
        service_id = service.id
    log_in(app, client, "kuaiji")
    token = token_in(client.get("/filing-month/2026/4").text)
    client.post("/filing-month/2026/4/mark/mark_filed", data={"csrf_token": token, "cells": ids})
    assert set(states(app, company_id).values()) == {"to_file"}
    assert client.get(f"/engagement/{service_id}").status_code == 404
    assert client.get(f"/filing/{ids[0]}").status_code == 404
    assert client.get(f"/filing/{ids[0]}/do/mark_filed").status_code == 404


def test_who_only_sees_cannot_mark(app: Flask, client: FlaskClient, company_id: int) -> None:
    log_in(app, client, "caiwu")
    page = client.get("/filing-month/2026/4").text
    assert "data-cell=" in page and "cellbar" not in page
    token = token_in(page)
    answer = client.post("/filing-month/2026/4/mark/mark_filed", data={"csrf_token": token, "ids": "1"})
    assert answer.status_code == 403


def test_the_pages_of_an_engagement(app: Flask, client: FlaskClient) -> None:
    with acting(app, "xiaoshou1") as session:
        customer = a_customer(session)
        company = a_company(session, customer)
        a_contract(session, customer, a_line(session, "JZ01", company_id=company.id, start=date(2026, 3, 1)))
        service_id, company_id, customer_id = service_of(session, company.id).id, company.id, customer.id
    log_in(app, client, "kjzhuguan")
    assert "税费种未认定" in client.get("/engagement/?tab=taxes").text
    page = client.get(f"/engagement/{service_id}").text
    assert "认定税费种" in page and "1,000.00" in page
    data = {"csrf_token": token_in(page), **FACTS}
    assert client.get(f"/engagement/{service_id}/taxes").status_code == 200
    assert (
        client.post(f"/engagement/{service_id}/taxes", data={**data, "taxpayer_kind": ""}).status_code == 422
    )
    assert client.post(f"/engagement/{service_id}/taxes", data=data).status_code == 302
    profile = client.get(f"/engagement/{service_id}/profile")
    assert profile.status_code == 200 and "增值税(小规模)" in profile.text
    none = dict.fromkeys(tax_types(), "")
    chosen = {**none, "csrf_token": data["csrf_token"], "VAT_S": "quarter", "SOC": "month"}
    assert client.post(f"/engagement/{service_id}/profile", data=chosen).status_code == 302
    with acting(app, "laoban") as session:
        assert {code for code, _period in filings(session, company_id, APRIL)} == {"VAT_S", "SOC"}
    renewal = {"csrf_token": data["csrf_token"], "months": "12", "gift_months": "1"}
    assert "/contract/" in client.post(f"/engagement/{service_id}/renewal", data=renewal).location
    for address in (
        f"/engagement/{service_id}",
        "/engagement/?q=华南&sort=company&accountant_id__is=8&taxpayer_kind__is=small_scale",
        "/engagement/counts",
        "/service/",
        "/filing/?tab=all&q=华南&sort=company",
        f"/company/{company_id}?tab=bookkeeping",
        f"/customer/{customer_id}?tab=bookkeeping",
        f"/customer/{customer_id}?tab=companies",
    ):
        assert client.get(address).status_code == 200, address


def test_an_engagement_is_started_by_hand(app: Flask, client: FlaskClient) -> None:
    with acting(app, "laoban") as session:
        company_id = a_company(session, a_customer(session)).id
    log_in(app, client, "laoban")
    page = client.get(f"/engagement/new?company_id={company_id}").text
    data = {"csrf_token": token_in(page), "company_id": str(company_id), "started_on": "2026-04-01"}
    assert client.post("/engagement/new", data={**data, "started_on": "31.31."}).status_code == 422
    assert client.post("/engagement/new", data=data).status_code == 302
    assert client.post("/engagement/new", data=data).status_code == 422


def test_a_deadline_is_stored_on_its_screen(app: Flask, client: FlaskClient, company_id: int) -> None:
    log_in(app, client, "kjzhuguan")
    page = client.get("/filing_notice/new?year=2026&month=4").text
    data = {"csrf_token": token_in(page), "year": "2026", "month": "4", "due_on": "2026-04-28"}
    assert client.post("/filing_notice/new", data={**data, "month": "13"}).status_code == 422
    assert client.post("/filing_notice/new", data=data).status_code == 302
    assert "4月28日 周二" in client.get("/filing-month/2026/4").text
    assert client.get("/filing_notice/").status_code == client.get("/tax_kind/").status_code == 200


def test_the_log_in_page_tells_the_deadlines_of_the_year(app: Flask, client: FlaskClient) -> None:
    page = client.get("/login/").text
    assert "4 月申报到 20 日截止" in page and "还有 4 个工作日。遇清明，顺延 3 个工作日。" in page
    assert "周五，劳动节顺延" in page and "周一，遇周末" in page


def test_after_the_deadline_the_log_in_page_looks_ahead(
    app: Flask, client: FlaskClient, clock_at: ClockAt
) -> None:
    clock_at(datetime(2026, 12, 28, 2, tzinfo=UTC))
    assert "1 月申报到 15 日截止" in client.get("/login/").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_command_tells_a_year_with_notices(app: Flask, command: Callable[..., Result]) -> None:
    with acting(app, "kjzhuguan") as session:
        notice = {"year": 2026, "month": 3, "due_on": date(2026, 3, 20)}
        save_notice(session, None, notice)
        save_notice(session, None, {**notice, "region": "深圳市", "due_on": date(2026, 3, 27)})
    rows = json.loads(command("tax-calendar", "2026", "--json").stdout)
    assert rows[0] == {"month": "2026-01", "due": "2026-01-20", "source": "rule"}
    assert rows[2] == {"month": "2026-03", "due": "2026-03-20", "source": "notice"}
    here = json.loads(command("tax-calendar", "2026", "--region", "深圳市", "--json").stdout)
    assert here[2]["due"] == "2026-03-27"
    assert json.loads(command("tax-calendar", "2027", "--json").stdout)[0]["source"] == "estimate"
    for wrong in ("2020", "year"):
        refused = command("tax-calendar", wrong, "--json")
        assert refused.exit_code == 2 and refused.stdout == ""


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/filing-month/2026/4", 10),
        ("/filing-month/2026/4?whose=mine&show=unfiled", 10),
        ("/engagement/", 10),
        ("/filing/", 10),
        ("/engagement/{service}", 15),
        ("/company/{company}", 15),
        ("/company/{company}?tab=bookkeeping", 15),
        ("/company/{company}/edit", 8),
        ("/engagement/new", 8),
    ],
)
def test_a_page_costs_a_fixed_number_of_statements(
    app: Flask, client: FlaskClient, company_id: int, address: str, most: int
) -> None:
    with acting(app, "laoban") as session:
        for number in range(3):
            company = a_company(
                session, a_customer(session, f"另 {number}", f"1390013900{number}"), f"乙{number}"
            )
            service = an_engagement(session, company, started_on=date(2026, 1, 1))
            determine_taxes(session, service, FACTS)
        service_id = service_of(session, company_id).id
    log_in(app, client, "laoban")
    address = address.format(service=service_id, company=company_id)
    assert client.get(address).status_code == 200
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            statements.append(statement)

    with app.app_context():
        used = {engines().reader, engines().writer}
    for engine in used:
        event.listen(engine, "before_cursor_execute", count)
    assert client.get(address).status_code == 200
    for engine in used:
        event.remove(engine, "before_cursor_execute", count)
    assert len(statements) <= most, "\n".join(statements)
