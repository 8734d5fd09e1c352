"""The screens of finance as people use them: enter, book, reverse, waive, look."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.finance.models import Receipt, Waiver
from app.platform import clock
from tests.finance.books import Deal, Line, account, balances, enter, receive, sign
from tests.people import as_system, log_in, token_in


def as_person(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    log_in(app, client, login)
    return client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def send(client: FlaskClient, address: str, **typed: object) -> TestResponse:
    """Open the form at the address, then send it with what was typed."""
    page = client.get(address)
    assert page.status_code == 200, page.text
    data = {name: hidden(page.text, name) for name in ("token", "version")}
    return client.post(
        address, data={"csrf_token": token_in(page.text) or hidden(page.text, "csrf_token"), **data, **typed}
    )


def slip(app: Flask, deal: Deal, **changes: object) -> dict[str, object]:
    with as_system(app) as session:
        bank = account(session)
    plain = {
        "customer_id": deal.customer_id,
        "contract_id": deal.contract_id,
        "amount": "1,200.00",
        "account_id": bank,
        "method": "bank",
        "received_on": clock.today().isoformat(),
        "slip_number": "77001",
    }
    return plain | changes


def only_receipt(app: Flask) -> Receipt:
    with as_system(app) as session:
        return session.scalars(select(Receipt)).one()


def test_from_the_salespersons_slip_to_the_fallen_receivable(app: Flask) -> None:
    deal = sign(app, "1000", Line("600", months=12, interval=6, start=date(2020, 1, 1)))
    seller, cashier = as_person(app, "xiaoshou1"), as_person(app, "caiwu")
    form = seller.get(f"/receipt/new?customer_id={deal.customer_id}")
    assert "1,600.00" in form.text, "the only contract and what is open of it are offered"
    entered = send(seller, f"/receipt/new?customer_id={deal.customer_id}", **slip(app, deal))
    assert entered.status_code == 302, entered.text
    receipt = only_receipt(app)
    assert receipt.number in cashier.get("/receipt/").text
    dialog = cashier.get(f"/receipt/{receipt.id}/do/approve")
    proposed = re.findall(r"<b data-part>([^<]*)</b>", dialog.text)
    assert proposed == ["300.00", "300.00", "600.00"], "both instalments, then a part of the one-off"
    booked = send(
        cashier, f"/receipt/{receipt.id}/do/approve", receivables=[deal.receivable_ids[0]], rest="advance"
    )
    assert booked.status_code == 302, booked.text
    assert balances(app, deal) == ["0.00", "300.00", "300.00"]
    page = cashier.get(f"/receipt/{receipt.id}").text
    assert "200.00" in page, "the advance"
    again = send(cashier, f"/receipt/{receipt.id}/do/allocate", rest="oldest")
    assert again.status_code == 302, again.text
    assert balances(app, deal) == ["0.00", "100.00", "300.00"]


def test_a_refused_slip_keeps_what_was_typed_and_names_the_field(app: Flask) -> None:
    deal = sign(app, "1000")
    client = as_person(app, "xiaoshou1")
    for changes, word in (
        ({"amount": "0"}, "金额要大于零"),
        ({"amount": "abc"}, "abc"),
        ({"amount": "-5"}, "-5"),
        ({"received_on": "2026-02-31"}, "2026-02-31"),
        ({"received_on": "2199-01-01"}, "这一天还没到"),
        ({"contract_id": "999999"}, "合同"),
        ({"account_id": "999999"}, "账户"),
    ):
        answer = send(client, "/receipt/new", **slip(app, deal, payer="李国栋", **changes))
        assert answer.status_code == 422, changes
        assert word in answer.text and "李国栋" in answer.text, changes
    with as_system(app) as session:
        assert session.scalars(select(Receipt)).all() == []


def test_a_double_click_enters_one_receipt(app: Flask) -> None:
    deal = sign(app, "1000")
    client = as_person(app, "xiaoshou1")
    page = client.get("/receipt/new").text
    data = {"csrf_token": token_in(page), "token": hidden(page, "token"), **slip(app, deal, slip_number="")}
    first, second = (client.post("/receipt/new", data=data) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]


def test_reversal_and_its_approval_on_the_screen(app: Flask) -> None:
    deal = sign(app, "1000")
    receipt_id = receive(app, deal, "400")
    cashier, principal = as_person(app, "caiwu"), as_person(app, "laoban")
    assert "冲销 ¥400.00" in cashier.get(f"/receipt/{receipt_id}/do/reverse").text
    assert send(cashier, f"/receipt/{receipt_id}/do/reverse", reason="").status_code == 422
    assert send(cashier, f"/receipt/{receipt_id}/do/reverse", reason="打错户").status_code == 302
    with as_system(app) as session:
        counter = session.scalars(select(Receipt).where(Receipt.reverses_id == receipt_id)).one()
    assert counter.number in cashier.get(f"/receipt/{receipt_id}").text
    refused = send(cashier, f"/receipt/{counter.id}/do/approve", note="")
    assert refused.status_code == 422 and "郑国华" in refused.text
    assert send(principal, f"/receipt/{counter.id}/do/approve", note="同意").status_code == 302
    assert balances(app, deal) == ["1000.00"]
    book = cashier.get("/money_account/1").text
    assert "400.00" in book and counter.number in book


def test_a_waiver_is_asked_for_on_the_receivable(app: Flask) -> None:
    (receivable,) = (deal := sign(app, "1000")).receivable_ids
    cashier = as_person(app, "caiwu")
    assert send(cashier, f"/receivable/{receivable}/waive", amount="2000", reason="x").status_code == 422
    assert send(cashier, f"/receivable/{receivable}/waive", amount="0.50", reason="尾差").status_code == 302
    assert balances(app, deal) == ["999.50"]
    send(cashier, f"/receivable/{receivable}/waive", amount="300", reason="老客户")
    with as_system(app) as session:
        large = session.scalars(select(Waiver).where(Waiver.state == "pending")).one()
    assert (
        "轮到" in cashier.get(f"/waiver/{large.id}").text
        or "待审批" in cashier.get(f"/waiver/{large.id}").text
    )
    assert send(as_person(app, "laoban"), f"/waiver/{large.id}/do/approve", note="").status_code == 302
    assert balances(app, deal) == ["699.50"]
    assert "老客户" in cashier.get(f"/receivable/{receivable}").text


def test_a_colleagues_money_is_nowhere_to_be_found(app: Flask) -> None:
    theirs = sign(app, "1000", owner="xiaoshou2")
    receipt_id = enter(app, theirs, "77.77", by="xiaoshou2")
    (receivable,) = theirs.receivable_ids
    client = as_person(app, "xiaoshou1")
    for address in (
        f"/receipt/{receipt_id}",
        f"/receipt/{receipt_id}/do/withdraw",
        f"/receivable/{receivable}",
    ):
        assert client.get(address).status_code == 404, address
    for address in (
        "/receipt/?tab=all",
        "/receivable/?tab=all",
        f"/receipt/contracts?customer_id={theirs.customer_id}",
    ):
        page = client.get(address)
        assert page.status_code == 200 and "77.77" not in page.text and "HT-TEST" not in page.text, address


@pytest.mark.parametrize("login", ["blzhuguan", "waiqin", "xingzheng", "admin"])
def test_who_has_nothing_to_do_with_money_is_told_so(app: Flask, login: str) -> None:
    sign(app, "1000")
    client = as_person(app, login)
    for address in ("/receipt/", "/receivable/", "/waiver/", "/money_account/", "/receipt/new"):
        assert client.get(address).status_code == 403, address


def test_lists_filter_and_sort_on_both_databases(app: Flask) -> None:
    deal = sign(app, "1000", Line("1200", months=12, interval=3, start=date(2026, 1, 1)))
    receive(app, deal, "250", payer="李国栋")
    client = as_person(app, "caiwu")
    for address, there in (
        ("/receipt/?tab=all&account_id__is=1&amount__from=200&q=李国", True),
        ("/receipt/?tab=all&account_id__is=2", False),
        ("/receipt/?tab=booked&state__is=booked&received_on__to=2000-01-01", False),
        ("/receipt/?tab=booked&sort=-amount", True),
        ("/receivable/?tab=all&aging__is=%3E360,181-360,91-180,not_due&sort=-open", True),
        ("/receivable/?tab=overdue&open__from=1", True),
        ("/receivable/?tab=all&q=华南&sort=open", True),
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        assert ("华南智造" in page.text) is there, address
    assert client.get("/money_account/1?before=nonsense").status_code == 422


def test_the_customers_page_says_what_is_owed(app: Flask) -> None:
    deal = sign(app, "5600", Line("4000", months=12, interval=6, start=date(2020, 1, 1)))
    receive(app, deal, "2800")
    client = as_person(app, "xiaoshou1")
    customer, contract = f"/customer/{deal.customer_id}", f"/contract/{deal.contract_id}"
    panel = client.get(customer).text
    assert "6,800.00" in panel and "逾期 ¥1,200.00" in panel and "已收 ¥2,800.00" in panel
    for address in (f"{customer}?tab=receivables", f"{contract}?tab=receivables"):
        page = client.get(address)
        assert page.status_code == 200 and "HT-TEST" in page.text and "DK-" in page.text


def test_the_cash_book_pages_with_a_running_balance(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.finance.cash_book.ROWS", 2)
    deal = sign(app, "1000")
    for amount in ("100", "200", "300"):
        receive(app, deal, amount)
    client = as_person(app, "caiwu")
    newest = client.get("/money_account/1").text
    assert "600.00" in newest and "300.00" in newest and "期初余额" in newest
    older = re.search(r'href="([^"]*before=[^"]*)"', newest)
    assert older is not None
    page = client.get(older[1].replace("&amp;", "&")).text
    assert "100.00" in page and ">0.00<" in page
