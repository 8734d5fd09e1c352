"""One filing from 待报 to 已缴: what each state allows, and what it writes down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.bookkeeping.models import TaxFiling
from app.bookkeeping.queries import is_finished
from app.bookkeeping.states import FilingState
from app.bookkeeping.transitions import FILING_LIFECYCLE
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from tests.bookkeeping.books import MID_APRIL, a_company, a_customer, an_engagement, filings
from tests.people import acting, person_id

APRIL = date(2026, 4, 1)
TODAY = date(2026, 4, 14)
ALLOWED = {
    "mark_filed": {"to_file"},
    "zero": {"to_file"},
    "not_required": {"to_file"},
    "no_tax": {"filed"},
    "payment_failed": {"filed"},
    "mark_paid": {"filed", "payment_failed"},
    "correct": {"filed", "paid", "no_tax", "payment_failed", "not_required"},
}


@pytest.fixture(autouse=True)
def _mid_april(clock_at: Callable[[datetime], None]) -> None:
    clock_at(MID_APRIL)


def april(session: Session) -> dict[str, TaxFiling]:
    company = a_company(session, a_customer(session))
    an_engagement(session, company, started_on=date(2026, 1, 1))
    return {code: row for (code, _period), row in filings(session, company.id, APRIL).items()}


def do(session: Session, row: TaxFiling, *names: str, **data: object) -> TaxFiling:
    for name in names:
        FILING_LIFECYCLE.perform(session, row.id, name, data={"reason": "试", **data})
    return row


@pytest.mark.parametrize("state", list(FilingState))
@pytest.mark.parametrize("transition", list(FILING_LIFECYCLE.transitions))
def test_every_state_allows_or_refuses_every_transition(transition: str, state: FilingState) -> None:
    assert (state.value in FILING_LIFECYCLE.transitions[transition].source) is (state in ALLOWED[transition])


def test_a_tax_is_filed_and_paid(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row = do(session, april(session)["VAT_S"], "mark_filed", amount=Decimal("1234.50"))
        assert (row.filed_on, row.filed_by_id) == (TODAY, person_id(session, "laoban"))
        assert not is_finished(row), "the tax is still to be paid"
        do(session, row, "payment_failed")
        assert row.note == "试"
        do(session, row, "mark_paid")
        assert (row.state, row.paid_on, row.amount) == ("paid", TODAY, Decimal("1234.50")) and is_finished(
            row
        )


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("VAT_S", ["zero"]),
        ("VAT_S", ["mark_filed", "no_tax"]),
        ("VAT_S", ["not_required"]),
        ("FIN", ["mark_filed"]),
    ],
)
def test_other_ways_to_be_finished(app: Flask, code: str, names: list[str]) -> None:
    with acting(app, "laoban") as session:
        assert is_finished(do(session, april(session)[code], *names))


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("code", "before", "refused"),
    [
        ("FIN", [], "zero"),
        ("FIN", ["mark_filed"], "mark_paid"),
        ("FIN", ["mark_filed"], "payment_failed"),
        ("VAT_S", ["zero"], "mark_paid"),
        ("VAT_S", ["zero"], "no_tax"),
    ],
)
def test_who_owes_nothing_pays_nothing(app: Flask, code: str, before: list[str], refused: str) -> None:
    with acting(app, "laoban") as session:
        row = do(session, april(session)[code], *before)
        with pytest.raises(BusinessError):
            do(session, row, refused)


def test_a_correction_starts_over_with_a_reason(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row = do(session, april(session)["VAT_S"], "zero")
        with pytest.raises(FieldErrors):
            FILING_LIFECYCLE.perform(session, row.id, "correct")
        do(session, row, "correct", reason="漏报收入")
        assert (row.state, row.zero, row.filed_on, row.note) == ("to_file", False, None, "漏报收入")


def test_doing_it_twice_is_doing_it_once_and_a_stale_form_is_refused(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row = april(session)["VAT_S"]
        version = row.version
        for _click in range(2):
            FILING_LIFECYCLE.perform(session, row.id, "mark_filed", version=version, token="one-form")
        with pytest.raises(Stale):
            FILING_LIFECYCLE.perform(session, row.id, "mark_filed")


def test_who_may_not_and_who_does_not_see(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row_id = april(session)["VAT_S"].id
    with acting(app, "caiwu") as session, pytest.raises(NotAllowed):
        FILING_LIFECYCLE.perform(session, row_id, "mark_filed")
    with acting(app, "kuaiji") as session, pytest.raises(NotFound):
        FILING_LIFECYCLE.perform(session, row_id, "mark_filed")
