"""收费至 follows booked money, instalment by instalment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.rules import paid_until
from app.finance.models import MoneyAccount
from app.finance.operations import Slip, enter_receipt
from app.finance.transitions import RECEIPT_LIFECYCLE
from tests.bookkeeping.books import MID_APRIL, a_company, a_contract, a_customer, a_line, service_of
from tests.people import acting

APRIL = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _mid_april(clock_at: Callable[[datetime], None]) -> None:
    clock_at(MID_APRIL)


def paid_to(app: Flask, company_id: int) -> date | None:
    with acting(app, "laoban") as session:
        return service_of(session, company_id).paid_until


def book(app: Flask, customer_id: int, amount: str) -> int:
    with acting(app, "xiaoshou1") as session:
        account = session.scalars(select(MoneyAccount.id)).first()
        assert account is not None
        slip = Slip(customer_id, account, Decimal(amount), date(2026, 4, 14))
        receipt_id = enter_receipt(session, slip).id
    with acting(app, "caiwu") as session:
        RECEIPT_LIFECYCLE.perform(session, receipt_id, "approve")
    return receipt_id


def quarterly(session: Session) -> tuple[int, int]:
    """A year at 1,000 yuan a month, paid by the quarter."""
    customer = a_customer(session)
    company = a_company(session, customer)
    line = replace(a_line(session, "JZ01", company_id=company.id, start=APRIL, gift=2), interval_months=3)
    a_contract(session, customer, line)
    return customer.id, company.id


def test_money_moves_the_paid_day_on_instalment_by_instalment(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer_id, company_id = quarterly(session)
    assert paid_to(app, company_id) is None
    book(app, customer_id, "3000.00")
    assert paid_to(app, company_id) == date(2026, 6, 30)
    book(app, customer_id, "9000.00")
    assert paid_to(app, company_id) == date(2027, 5, 31), "paid in full covers the gift months"


@pytest.mark.parametrize(
    ("covered", "until"),
    [
        ({}, None),
        ({1: date(2026, 6, 30)}, date(2026, 6, 30)),
        ({1: date(2027, 3, 31)}, date(2027, 3, 31)),
        ({1: date(2027, 3, 31), 2: date(2027, 6, 30)}, date(2027, 6, 30)),
        ({2: date(2028, 3, 31)}, None),
        ({1: date(2026, 6, 30), 2: date(2028, 3, 31)}, date(2026, 6, 30)),
    ],
)
def test_what_comes_after_an_unpaid_month_counts_no_more(
    covered: dict[int, date], until: date | None
) -> None:
    assert paid_until([(1, date(2027, 3, 31)), (2, date(2028, 3, 31))], covered) == until
