"""What contracts ask for, what is owed since when, and until when a line is paid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.contracts.models import ContractLine
from app.finance import queries
from app.finance.aging import AgingClass, aging_class
from app.finance.demands import _plan_line, lay_down_receivables
from app.finance.invariants import broken
from app.finance.models import MoneyAccount, Receipt, Receivable
from app.finance.operations import save_account
from app.finance.waiving import waive
from app.platform.errors import FieldErrors
from app.platform.money import from_fen
from tests.finance.books import Deal, Line, account, receive, sign
from tests.people import acting, as_system

NOON = datetime(2026, 4, 14, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def asked(app: Flask, deal: Deal) -> list[tuple[str, str, str | None]]:
    """Due day, amount and last day covered of each receivable of the contract."""
    with as_system(app) as session:
        rows = session.scalars(
            select(Receivable).where(Receivable.contract_id == deal.contract_id).order_by(Receivable.id)
        )
        return [
            (str(row.due_on), str(row.amount), str(row.covers_until) if row.covers_until else None)
            for row in rows
        ]


def test_a_contract_in_force_asks_for_every_line_to_the_fen(app: Flask, clock_at) -> None:
    clock_at(NOON)
    deal = sign(
        app, "2600", Line("1000.01", months=8, gift_months=2, interval=3, start=date(2026, 5, 1)), "0"
    )
    assert asked(app, deal) == [
        ("2026-04-21", "2600.00", None),
        ("2026-05-01", "375.01", "2026-07-31"),
        ("2026-08-01", "375.00", "2026-10-31"),
        ("2026-11-01", "250.00", "2027-02-28"),
    ]
    with as_system(app) as session:
        assert lay_down_receivables(session, deal.contract_id) == [], "a second time changes nothing"
        assert broken(session) == []


@given(fen=st.integers(0, 10**9), months=st.integers(0, 40), interval=st.sampled_from([0, 1, 3, 5, 6, 12]))
def test_any_line_makes_a_plan_whatever_stands_in_it(fen: int, months: int, interval: int) -> None:
    line = ContractLine(
        id=1,
        amount=from_fen(fen),
        recurring=True,
        paid_months=months,
        gift_months=0,
        interval_months=interval,
        start_month=None,
    )
    plan = _plan_line(line, NOON.date())
    assert plan.amount == from_fen(fen)
    assert (plan.recurrence is None) == (months == 0)


def test_a_line_is_paid_until_the_last_instalment_settled_without_a_gap(app: Flask) -> None:
    deal = sign(app, Line("1200", months=12, interval=3, start=date(2026, 1, 1)))
    first, second, third, _fourth = deal.receivable_ids
    (line,) = deal.line_ids

    def until() -> dict[int, date]:
        with acting(app, "blzhuguan") as session:
            return queries.paid_until(session, deal.line_ids)

    assert until() == {}
    receive(app, deal, "300", named=[second])
    assert until() == {}, "the first is still open"
    receive(app, deal, "299.99", named=[first])
    assert until() == {}
    with acting(app, "caiwu") as session:
        waive(session, first, Decimal("0.01"), "尾差")
    assert until() == {line: date(2026, 6, 30)}
    receive(app, deal, "300", named=[third])
    assert until() == {line: date(2026, 9, 30)}


def test_whoever_has_the_line_may_ask_whether_it_is_paid(app: Flask) -> None:
    deal = sign(app, "800", Line("1200", months=12, interval=6, start=date(2026, 1, 1)))
    receive(app, deal, "800", named=[deal.receivable_ids[0]])
    with acting(app, "waiqin") as session:
        paid = queries.line_paid(session, deal.line_ids[0])
        assert (paid.asked, paid.paid, paid.waived, paid.open) == (800, 800, 0, 0)
        instalment = queries.first_instalment(session, deal.line_ids[1])
        assert instalment is not None and instalment.balance == 600
        assert queries.line_paid(session, 999_999).asked == 0


def test_arrears_fall_into_their_classes_and_into_the_readers_scope(app: Flask, clock_at) -> None:
    clock_at(NOON)
    mine = sign(app, "100", Line("400", months=4, interval=1, start=date(2025, 1, 1)))
    sign(app, "7000", owner="xiaoshou2")
    receive(app, mine, "150")

    def statement(login: str) -> dict[AgingClass, tuple[int, Decimal]]:
        with acting(app, login) as session:
            found = queries.arrears(session, date(2026, 4, 14))
        return {each.aging_class: (each.receivables, each.open) for each in found if each.receivables}

    assert statement("xiaoshou1") == {
        AgingClass.NOT_DUE: (1, Decimal(100)),
        AgingClass.OVER_360: (3, Decimal(250)),
    }
    assert statement("caiwu")[AgingClass.NOT_DUE] == (2, Decimal(7100))
    assert statement("waiqin") == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_class_in_sql_is_the_class_of_the_rule(app: Flask) -> None:
    deal = sign(app, Line("400", months=400 // 10, interval=1, start=date(2023, 1, 1)))
    today = date(2026, 4, 14)
    with as_system(app) as session:
        rows = session.execute(
            select(Receivable.due_on, queries.aging(today)).where(Receivable.contract_id == deal.contract_id)
        )
        assert all(aging_class(due, today) == age for due, age in rows)


def test_the_opening_balance_of_an_account_stands_once_the_book_has_begun(app: Flask) -> None:
    deal = sign(app, "1000")
    with acting(app, "caiwu") as session:
        new = save_account(session, None, {"name": "招商银行", "kind": "bank", "opening": Decimal(500)})
        account_id = new.id
    receive(app, deal, "250", account_id=account_id)
    with pytest.raises(FieldErrors) as refused, acting(app, "caiwu") as session:
        row = session.get_one(MoneyAccount, account_id)
        save_account(session, row, {"name": "招商银行", "kind": "bank", "opening": Decimal(600)})
    assert set(refused.value.fields) == {"opening"}
    with as_system(app) as session:
        assert account(session) != account_id
        assert session.scalar(select(Receipt.account_id)) == account_id
