"""Money that comes: entered by one, booked by another, falling on the receivables at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.finance.invariants import broken
from app.finance.models import CashEntry, Receipt
from app.finance.operations import Slip, allocate_advance, approve_receipt, enter_receipt
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.org.models import Person
from app.platform import clock
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from tests.finance.books import Line, balances, book, enter, receive, sign, slip
from tests.people import acting, as_system, person_id


def state_of(app: Flask, receipt_id: int) -> str:
    with as_system(app) as session:
        return session.get_one(Receipt, receipt_id).state


def sound(app: Flask) -> bool:
    with as_system(app) as session:
        return broken(session) == []


def test_what_the_cashier_books_falls_off_the_oldest_receivable_first(app: Flask) -> None:
    deal = sign(app, "6000", Line("3600", months=12, interval=6, start=date(2020, 1, 1)))
    assert balances(app, deal) == ["6000.00", "1800.00", "1800.00"]
    receipt_id = enter(app, deal, "4000")
    assert balances(app, deal) == ["6000.00", "1800.00", "1800.00"], "a slip nobody booked pays nothing"
    book(app, receipt_id)
    assert balances(app, deal) == ["5600.00", "0.00", "0.00"], "the recurring instalments were due first"
    assert sound(app)


def test_named_receivables_are_paid_first(app: Flask) -> None:
    deal = sign(app, "6000", Line("3600", months=12, interval=6, start=date(2020, 1, 1)))
    receive(app, deal, "5000", named=[deal.receivable_ids[0]])
    assert balances(app, deal) == ["1000.00", "1800.00", "1800.00"]


def test_money_beyond_the_contract_is_an_advance_that_pays_later_contracts(app: Flask) -> None:
    deal = sign(app, "1000")
    receipt_id = receive(app, deal, "1500")
    with acting(app, "caiwu") as session:
        assert session.get_one(Receipt, receipt_id).advance == Decimal(500)
    later = sign(app, "300", customer_id=deal.customer_id)
    with acting(app, "caiwu") as session:
        allocate_advance(session, receipt_id, receivables=later.receivable_ids)
    assert balances(app, later) == ["0.00"]
    with acting(app, "caiwu") as session:
        assert session.get_one(Receipt, receipt_id).advance == Decimal(200)
    with pytest.raises(BusinessError, match="Nothing is open"), acting(app, "caiwu") as session:
        allocate_advance(session, receipt_id)
    assert sound(app)


def test_a_cashier_without_a_superior_still_needs_a_colleague(app: Flask) -> None:
    """Nobody named above is no licence; only the principal at the top books the own slip."""
    deal = sign(app, "1000")
    with as_system(app) as session:
        session.get_one(Person, person_id(session, "caiwu")).superior_id = None
    receipt_id = enter(app, deal, "400", by="caiwu")
    with pytest.raises(BusinessError) as refused:
        book(app, receipt_id)
    assert "a colleague must" in str(refused.value)


def test_a_receipt_may_stay_an_advance_on_purpose(app: Flask) -> None:
    deal = sign(app, "1000")
    receipt_id = enter(app, deal, "400")
    book(app, receipt_id, rest="advance")
    assert balances(app, deal) == ["1000.00"]


def test_numbers_have_no_gaps_and_look_as_the_agency_wants(app: Flask) -> None:
    deal = sign(app, "1000")
    ids = [enter(app, deal, "100") for _ in range(3)]
    with as_system(app) as session:
        numbers = [session.get_one(Receipt, each).number for each in ids]
    year = clock.today().year
    assert numbers == [f"DK-{year}-{place:04d}" for place in (1, 2, 3)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-5)}, "amount"),
        ({"received_on": clock.today() + timedelta(days=1)}, "received_on"),
        ({"contract_id": 999_999}, "contract_id"),
        ({"customer_id": 999_999}, "customer_id"),
        ({"account_id": 999_999}, "account_id"),
        ({"method": "barter"}, "method"),
    ],
)
def test_a_slip_with_a_fault_is_refused_by_name(app: Flask, changes: dict, field: str) -> None:
    deal = sign(app, "1000")
    with pytest.raises(FieldErrors) as refused, acting(app, "xiaoshou1") as session:
        enter_receipt(session, replace(slip(session, deal, "100"), **changes))
    assert field in refused.value.fields


def test_a_salesperson_enters_nothing_for_somebody_elses_customer(app: Flask) -> None:
    deal = sign(app, "1000", owner="xiaoshou2")
    with pytest.raises(FieldErrors) as refused, acting(app, "xiaoshou1") as session:
        enter_receipt(session, slip(session, deal, "100"))
    assert {"customer_id", "contract_id"} <= set(refused.value.fields)


def test_the_contract_must_be_the_customers(app: Flask) -> None:
    deal, other = sign(app, "1000"), sign(app, "1000")
    with pytest.raises(FieldErrors) as refused, acting(app, "xiaoshou1") as session:
        enter_receipt(session, slip(session, deal, "100", contract_id=other.contract_id))
    assert set(refused.value.fields) == {"contract_id"}


def test_a_slip_number_stands_once_on_an_account_until_it_is_rejected(app: Flask) -> None:
    deal = sign(app, "1000")
    first = enter(app, deal, "100", slip_number="2026-77")
    with pytest.raises(FieldErrors) as refused:
        enter(app, deal, "100", slip_number="2026-77")
    assert set(refused.value.fields) == {"slip_number"}
    with acting(app, "caiwu") as session:
        RECEIPT_LIFECYCLE.perform(session, first, "reject", data={"reason": "看不清"})
    assert enter(app, deal, "100", slip_number="2026-77") != first


def test_the_same_form_sent_twice_is_one_receipt(app: Flask) -> None:
    deal = sign(app, "1000")
    ids = []
    for _ in range(2):
        with acting(app, "xiaoshou1") as session:
            ids.append(enter_receipt(session, slip(session, deal, "100"), token="click").id)
    assert ids[0] == ids[1]
    for _ in range(2):
        with acting(app, "caiwu") as session:
            approve_receipt(session, ids[0], token="another click")
    assert balances(app, deal) == ["900.00"]
    assert sound(app)


def test_booking_twice_is_refused(app: Flask) -> None:
    deal = sign(app, "1000")
    receipt_id = receive(app, deal, "100")
    with pytest.raises(Stale):
        book(app, receipt_id)
    assert balances(app, deal) == ["900.00"]


def test_nobody_books_an_own_receipt_but_who_stands_at_the_top(app: Flask) -> None:
    deal = sign(app, "1000")
    by_cashier = enter(app, deal, "100", by="caiwu")
    with pytest.raises(BusinessError, match="a colleague must"):
        book(app, by_cashier)
    book(app, by_cashier, by="laoban")
    by_principal = enter(app, deal, "100", by="laoban")
    book(app, by_principal, by="laoban")
    with as_system(app) as session:
        assert not session.get_one(Receipt, by_cashier).self_approved
        assert session.get_one(Receipt, by_principal).self_approved


@pytest.mark.parametrize(
    ("login", "error"),
    [("xiaoshou1", NotAllowed), ("xszhuguan", NotAllowed), ("blzhuguan", NotAllowed), ("admin", NotAllowed)],
)
def test_only_cashier_and_principal_book(app: Flask, login: str, error: type[Exception]) -> None:
    receipt_id = enter(app, sign(app, "1000"), "100")
    with pytest.raises(error):
        book(app, receipt_id, by=login)
    assert state_of(app, receipt_id) == "pending"


def test_a_stranger_cannot_even_see_the_receipt(app: Flask) -> None:
    receipt_id = enter(app, sign(app, "1000"), "100")
    with pytest.raises(NotFound), acting(app, "xiaoshou2") as session:
        RECEIPT_LIFECYCLE.perform(session, receipt_id, "withdraw")


def test_the_author_withdraws_and_the_cashier_rejects_with_a_reason(app: Flask) -> None:
    deal = sign(app, "1000")
    withdrawn, rejected = enter(app, deal, "100"), enter(app, deal, "100")
    with acting(app, "xiaoshou1") as session:
        RECEIPT_LIFECYCLE.perform(session, withdrawn, "withdraw")
    with pytest.raises(FieldErrors), acting(app, "caiwu") as session:
        RECEIPT_LIFECYCLE.perform(session, rejected, "reject")
    with acting(app, "caiwu") as session:
        RECEIPT_LIFECYCLE.perform(session, rejected, "reject", data={"reason": "没有到账"})
    assert (state_of(app, withdrawn), state_of(app, rejected)) == ("withdrawn", "rejected")
    assert balances(app, deal) == ["1000.00"]


def test_the_cash_book_has_one_line_for_each_booked_receipt(app: Flask) -> None:
    deal = sign(app, "1000")
    receipt_id = receive(app, deal, "250")
    enter(app, deal, "100")
    with as_system(app) as session:
        lines = session.scalars(select(CashEntry)).all()
    assert [(line.receipt_id, line.amount) for line in lines] == [(receipt_id, Decimal(250))]


def test_a_receivable_somebody_else_paid_meanwhile_is_not_paid_again(app: Flask) -> None:
    deal = sign(app, "1000", "500")
    first, second = enter(app, deal, "1000"), enter(app, deal, "100")
    book(app, first, receivables=[deal.receivable_ids[0]])
    with pytest.raises(BusinessError, match="no longer open"):
        book(app, second, receivables=[deal.receivable_ids[0]])
    assert balances(app, deal) == ["0.00", "500.00"]
    assert state_of(app, second) == "pending"


def test_the_receipt_of_a_contract_leaves_other_contracts_alone(app: Flask) -> None:
    deal = sign(app, "1000")
    other = sign(app, "500", customer_id=deal.customer_id)
    receive(app, deal, "1200")
    assert (balances(app, deal), balances(app, other)) == (["0.00"], ["500.00"])
    receive(app, deal, "100", contract_id=None)
    assert balances(app, other) == ["400.00"], "money for no contract in particular pays the oldest due"


def test_the_system_enters_no_money(app: Flask) -> None:
    deal = sign(app, "1000")
    with pytest.raises(NotAllowed), as_system(app) as session:
        enter_receipt(session, Slip(deal.customer_id, 1, Decimal(5), clock.today()))
