"""What must hold of the ledger at all times (spec 2-lifecycle, Receipt, Invariant), as set-based questions.

`doctor` and the state machine of the tests ask them. Each answers the rows that break it; none is fine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.contracts.models import Contract, ContractLine
from app.finance.models import Allocation, CashEntry, MoneyAccount, Receipt, Receivable, Waiver
from app.finance.states import OWED_STATES, ReceiptState, WaiverState
from app.platform.access import elevated
from app.platform.money import ZERO

BOOKED = (ReceiptState.BOOKED.value, ReceiptState.REVERSED.value)
"""A reversed receipt was booked once; its counter document weighs it up."""


@dataclass(frozen=True)
class Breach:
    """A row on which the ledger does not add up: what its rows say and what stands there, in yuan."""

    invariant: str
    row_id: int
    expected: Decimal
    found: Decimal

    def __str__(self) -> str:
        return f"{self.invariant} {self.row_id}: expected {self.expected}, found {self.found}"


def broken(session: Session) -> list[Breach]:
    """Every breach in the database, for all rows whoever asks."""
    with elevated(session):
        return [breach for name, ask in INVARIANTS.items() for breach in _breaches(session, name, ask())]


def _breaches(session: Session, name: str, statement: Select[int, Decimal, Decimal]) -> Iterator[Breach]:
    for row_id, expected, found in session.execute(statement):
        yield Breach(name, row_id, expected, found)


def _sum(column: ColumnElement[Decimal], *where: ColumnElement[bool]) -> ColumnElement[Decimal]:
    """Σ of the column over the rows of its table that fit, as a correlated value; nothing adds up to zero."""
    inner = select(func.coalesce(func.sum(column), literal(ZERO, column.type))).where(*where)
    return inner.scalar_subquery()


def _contract_asks_for_its_lines() -> Select[int, Decimal, Decimal]:
    lines = _sum(ContractLine.__table__.c.amount, ContractLine.contract_id == Contract.id)
    asked = _sum(Receivable.__table__.c.amount, Receivable.contract_id == Contract.id)
    return select(Contract.id, lines, asked).where(Contract.state.in_(OWED_STATES), lines != asked)


def _receivable_paid_by_allocations() -> Select[int, Decimal, Decimal]:
    rows = Allocation.__table__.c
    paid = _sum(rows.amount, rows.receivable_id == Receivable.id)
    return select(Receivable.id, paid, Receivable.paid).where(paid != Receivable.paid)


def _receivable_waived_by_waivers() -> Select[int, Decimal, Decimal]:
    rows = Waiver.__table__.c
    waived = _sum(rows.amount, rows.receivable_id == Receivable.id, rows.state == WaiverState.BOOKED.value)
    return select(Receivable.id, waived, Receivable.waived).where(waived != Receivable.waived)


def _receipt_allocated_by_its_rows() -> Select[int, Decimal, Decimal]:
    rows = Allocation.__table__.c
    allocated = _sum(rows.amount, rows.receipt_id == Receipt.id)
    return select(Receipt.id, allocated, Receipt.allocated).where(allocated != Receipt.allocated)


def _only_booked_documents_pay() -> Select[int, Decimal, Decimal]:
    return select(Receipt.id, literal(ZERO, Receipt.amount.type), Receipt.allocated).where(
        Receipt.state.not_in(BOOKED), Receipt.allocated != ZERO
    )


def _cash_entry_of_each_booked_document() -> Select[int, Decimal, Decimal]:
    rows = CashEntry.__table__.c
    entered = _sum(rows.amount, rows.receipt_id == Receipt.id)
    due = case((Receipt.state.in_(BOOKED), Receipt.amount), else_=literal(ZERO, Receipt.amount.type))
    return select(Receipt.id, due, entered).where(due != entered)


def _cash_book_of_each_account() -> Select[int, Decimal, Decimal]:
    documents, entries = Receipt.__table__.c, CashEntry.__table__.c
    booked = _sum(documents.amount, documents.account_id == MoneyAccount.id, documents.state.in_(BOOKED))
    entered = _sum(entries.amount, entries.account_id == MoneyAccount.id, entries.receipt_id.is_not(None))
    return select(MoneyAccount.id, booked, entered).where(booked != entered)


def _reversal_weighs_up_its_receipt() -> Select[int, Decimal, Decimal]:
    """A reversed receipt has one booked counter document over the same amounts; others have none."""
    counter = aliased(Receipt)
    back = _sum(
        counter.amount + counter.allocated,
        counter.reverses_id == Receipt.id,
        counter.state == ReceiptState.BOOKED.value,
    )
    own = case(
        (Receipt.state == ReceiptState.REVERSED.value, -(Receipt.amount + Receipt.allocated)),
        else_=literal(ZERO, Receipt.amount.type),
    )
    return select(Receipt.id, own, back).where(or_(own != back), Receipt.kind == "receipt")


INVARIANTS = {
    "contract asks for its lines": _contract_asks_for_its_lines,
    "receivable is paid by allocations": _receivable_paid_by_allocations,
    "receivable is waived by waivers": _receivable_waived_by_waivers,
    "receipt is allocated by its rows": _receipt_allocated_by_its_rows,
    "only booked documents pay": _only_booked_documents_pay,
    "booked documents stand in the cash book": _cash_entry_of_each_booked_document,
    "cash book of an account is its documents": _cash_book_of_each_account,
    "reversal weighs up its receipt": _reversal_weighs_up_its_receipt,
}
"""Per contract: receivable = lines after discount; balance = receivable − waivers − Σ booked allocations;
Σ of the cash book = Σ booked receipts − reversals."""
