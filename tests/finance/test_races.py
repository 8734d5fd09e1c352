"""Many people at once on one contract: nothing is paid twice, booked twice or over-paid (reliability.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from app.finance.invariants import broken
from app.finance.models import Allocation, CashEntry, Receipt, Receivable
from app.finance.operations import allocate_advance, approve_receipt, enter_receipt
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.finance.waiving import waive
from app.platform.errors import BusinessError
from tests.finance.books import Deal, balances, enter, receive, sign, slip
from tests.people import acting, as_system

Deed = Callable[[], object]


def all_at_once(deeds: Sequence[Deed]) -> list[str]:
    """Start every deed at the same moment; "done" or the code of the refusal, for each."""
    start = Barrier(len(deeds))

    def run(deed: Deed) -> str:
        start.wait()
        try:
            deed()
        except BusinessError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def approving(app: Flask, receipt_id: int, by: str = "caiwu") -> Deed:
    def deed() -> None:
        with acting(app, by) as session:
            approve_receipt(session, receipt_id)

    return deed


def money(app: Flask, deal: Deal) -> tuple[Decimal, Decimal, Decimal]:
    """Paid on the contract, allocated in all, in the cash book."""
    with as_system(app) as session:
        assert broken(session) == []
        paid = session.scalar(
            select(func.sum(Receivable.paid)).where(Receivable.contract_id == deal.contract_id)
        )
        return (
            paid,
            session.scalar(select(func.sum(Allocation.amount))),
            session.scalar(select(func.sum(CashEntry.amount))),
        )


def test_sixteen_people_paying_a_contract_never_pay_more_than_it_asks(app: Flask) -> None:
    deal = sign(app, "600", "400")
    ids = [enter(app, deal, "100") for _ in range(16)]
    outcome = all_at_once([approving(app, each) for each in ids])
    assert outcome == ["done"] * 16, "what is too much becomes an advance"
    assert money(app, deal) == (Decimal(1000), Decimal(1000), Decimal(1600))


def test_sixteen_clicks_on_one_receipt_book_it_once(app: Flask) -> None:
    deal = sign(app, "1000")
    receipt_id = enter(app, deal, "100")
    outcome = all_at_once([approving(app, receipt_id, by) for by in ("caiwu", "laoban") * 8])
    assert sorted(outcome) == ["done"] + ["stale"] * 15
    assert money(app, deal) == (Decimal(100), Decimal(100), Decimal(100))


def test_named_receivables_are_fought_for_and_paid_once(app: Flask) -> None:
    deal = sign(app, "1000")
    (receivable,) = deal.receivable_ids
    ids = [enter(app, deal, "1000") for _ in range(8)]

    def naming(receipt_id: int) -> Deed:
        def deed() -> None:
            with acting(app, "caiwu") as session:
                approve_receipt(session, receipt_id, receivables=[receivable])

        return deed

    outcome = all_at_once([naming(each) for each in ids])
    assert sorted(outcome) == ["done"] + ["not_open"] * 7
    assert money(app, deal) == (Decimal(1000), Decimal(1000), Decimal(1000))


def test_one_slip_sent_by_eight_threads_is_one_receipt(app: Flask) -> None:
    deal = sign(app, "1000")
    receive(app, deal, "1")  # the year's counter of numbers is there

    def entering() -> None:
        with acting(app, "xiaoshou1") as session:
            enter_receipt(session, slip(session, deal, "100", slip_number="88"), token="one click")

    outcome = all_at_once([entering] * 8)
    assert "done" in outcome
    with as_system(app) as session:
        found = session.scalar(select(func.count()).where(Receipt.slip_number == "88"))
    assert found == 1, outcome


def test_booking_waiving_allocating_and_reversing_at_once_keep_the_ledger_whole(app: Flask) -> None:
    deal = sign(app, "500", "500")
    booked = receive(app, deal, "300")
    advance = enter(app, deal, "200")
    with acting(app, "caiwu") as session:
        approve_receipt(session, advance, rest="advance")
        RECEIPT_LIFECYCLE.perform(session, booked, "reverse", data={"reason": "x"})
        counter = session.scalars(select(Receipt.id).where(Receipt.reverses_id == booked)).one()
    pending = [enter(app, deal, "250") for _ in range(4)]

    def waiving() -> None:
        with acting(app, "caiwu") as session:
            waive(session, deal.receivable_ids[1], Decimal(25), "x")

    def allocating() -> None:
        with acting(app, "caiwu") as session:
            allocate_advance(session, advance)

    deeds = [approving(app, each) for each in pending]
    deeds += [approving(app, counter, "laoban"), waiving, waiving, allocating, allocating]
    outcome = all_at_once(deeds)
    assert set(outcome) <= {"done", "stale", "guard", "nothing_open", "invalid"}, outcome
    assert outcome[:5] == ["done"] * 5
    money(app, deal)
    assert all(Decimal(balance) >= 0 for balance in balances(app, deal))
