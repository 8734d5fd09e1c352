"""Questions about money: what is open, what a line was paid, who owes since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.contracts.models import Contract, ContractLine
from app.finance.aging import AGING_BOUNDS, AgingClass
from app.finance.allocation import OpenItem
from app.finance.models import Allocation, Receipt, Receivable, Waiver
from app.finance.states import ReceiptState
from app.platform import clock
from app.platform.access import elevated
from app.platform.money import ZERO


class Paid(NamedTuple):
    """Sums in yuan."""

    asked: Decimal
    paid: Decimal
    waived: Decimal

    @property
    def open(self) -> Decimal:
        return self.asked - self.waived - self.paid


class Standing(NamedTuple):
    """What a customer or contract owes, in yuan; `overdue` is the part of what is open that fell due."""

    asked: Decimal
    paid: Decimal
    waived: Decimal
    overdue: Decimal

    @property
    def open(self) -> Decimal:
        return self.asked - self.waived - self.paid


def is_open() -> ColumnElement[bool]:
    """Something is still to be paid. Written like the partial index `ix_receivable_open`."""
    return Receivable.paid + Receivable.waived < Receivable.amount


def open_amount() -> ColumnElement[Decimal]:
    return Receivable.amount - Receivable.waived - Receivable.paid


def open_receivables(customer_id: int, contract_id: int | None = None) -> Select[Receivable]:
    """What is open of the customer, or of one contract, oldest due first."""
    statement = (
        select(Receivable)
        .where(Receivable.customer_id == customer_id, is_open())
        .order_by(Receivable.due_on, Receivable.id)
    )
    return statement if contract_id is None else statement.where(Receivable.contract_id == contract_id)


def open_items(rows: Iterable[Receivable]) -> list[OpenItem]:
    return [OpenItem(row.id, row.due_on, row.balance) for row in rows]


def line_paid(session: Session, line_id: int) -> Paid:
    """What the contract line asks for in all, and what of it is paid and waived.

    Answers everybody who got hold of the line, also roles without sight of money ("paid?" only).
    """
    with elevated(session):
        sums = session.execute(_sums().where(Receivable.contract_line_id == line_id)).one()
    return Paid(sums[0], sums[1], sums[2])


def first_instalment(session: Session, line_id: int) -> Receivable | None:
    """The earliest receivable of the line; None when the line asks for nothing. For everybody, as above."""
    statement = (
        select(Receivable)
        .where(Receivable.contract_line_id == line_id)
        .order_by(Receivable.instalment)
        .limit(1)
    )
    with elevated(session):
        return session.scalars(statement).first()


def paid_until(session: Session, line_ids: Iterable[int]) -> dict[int, date]:
    """收费至 of recurring lines: the last day covered by instalments settled without a gap from the first.

    Lines of which not even the first instalment is settled are not in the answer.
    """
    earlier = aliased(Receivable)
    gap = (
        select(earlier.id)
        .where(
            earlier.contract_line_id == Receivable.contract_line_id,
            earlier.instalment <= Receivable.instalment,
            earlier.paid + earlier.waived < earlier.amount,
        )
        .exists()
    )
    statement = (
        select(Receivable.contract_line_id, func.max(Receivable.covers_until))
        .where(
            Receivable.contract_line_id.in_(list(line_ids)),
            Receivable.covers_until.is_not(None),
            ~gap,
        )
        .group_by(Receivable.contract_line_id)
    )
    with elevated(session):
        found = session.execute(statement).tuples().all()
    return {line_id: day for line_id, day in found if day is not None}


def _sums() -> Select[Decimal, Decimal, Decimal]:
    zero = literal(ZERO, Receivable.amount.type)
    return select(
        func.coalesce(func.sum(Receivable.amount), zero),
        func.coalesce(func.sum(Receivable.paid), zero),
        func.coalesce(func.sum(Receivable.waived), zero),
    )


def standing(session: Session, where: ColumnElement[bool], on_day: date) -> Standing:
    """Sums over the receivables that fit, in the reader's own scope. Overdue: due before the day."""
    zero = literal(ZERO, Receivable.amount.type)
    overdue = case((Receivable.due_on < on_day, open_amount()), else_=zero)
    statement = _sums().add_columns(func.coalesce(func.sum(overdue), zero)).where(where)
    asked, paid, waived, late = session.execute(statement).one()
    return Standing(asked, paid, waived, late)


def aging(on_day: date) -> ColumnElement[str]:
    """The aging class of a receivable as SQL; the bounds are those of `app.finance.aging`."""
    branches = [
        (Receivable.due_on >= on_day - timedelta(days=bounds.last), bounds.aging_class.value)
        for bounds in AGING_BOUNDS
        if bounds.last is not None
    ]
    return case(*branches, else_=AGING_BOUNDS[-1].aging_class.value)


class Arrears(NamedTuple):
    """One line of the arrears statement: how many receivables are open in the class, and how much."""

    aging_class: AgingClass
    receivables: int
    open: Decimal


def arrears_statement(on_day: date) -> Select[str, int, Decimal]:
    """Open receivables by aging class, set-based: (class, how many, yuan)."""
    age = aging(on_day)
    return select(age, func.count(), func.sum(open_amount())).where(is_open()).group_by(age)


def arrears(session: Session, on_day: date | None = None) -> list[Arrears]:
    """The statement of the day (default today) in the order of the classes, every class once.

    Counts what the reader may see.
    """
    statement = arrears_statement(on_day or clock.today())
    found = {age: (count, amount) for age, count, amount in session.execute(statement)}
    return [
        Arrears(bounds.aging_class, *found.get(bounds.aging_class.value, (0, ZERO)))
        for bounds in AGING_BOUNDS
    ]


def overdue_receivables(on_day: date) -> Select[Receivable]:
    """Open and due before the day, oldest first."""
    return (
        select(Receivable)
        .where(is_open(), Receivable.due_on < on_day)
        .order_by(Receivable.due_on, Receivable.id)
    )


def waiting_reversal(receipt_id: int) -> Select[Receipt]:
    """The counter document of the receipt that waits or stands."""
    return select(Receipt).where(
        Receipt.reverses_id == receipt_id,
        Receipt.state.in_((ReceiptState.PENDING.value, ReceiptState.BOOKED.value)),
    )


def advances(customer_id: int) -> Select[Receipt]:
    """Booked receipts of the customer with money that pays nothing yet, oldest first."""
    return (
        select(Receipt)
        .where(
            Receipt.customer_id == customer_id,
            Receipt.kind == "receipt",
            Receipt.state == ReceiptState.BOOKED.value,
            Receipt.allocated < Receipt.amount,
        )
        .order_by(Receipt.id)
    )


def allocations_of(receipt_id: int) -> Select[Allocation]:
    return select(Allocation).where(Allocation.receipt_id == receipt_id).order_by(Allocation.id)


def owing_contracts(customer_id: int) -> Select[Contract, Decimal]:
    """Contracts of the customer with something open, and how much, oldest first."""
    return (
        select(Contract, func.sum(open_amount()))
        .join(Receivable, Receivable.contract_id == Contract.id)
        .where(Contract.customer_id == customer_id, is_open())
        .group_by(Contract.id)
        .order_by(Contract.id)
    )


def allocations_to(receivable_id: int) -> Select[Allocation]:
    """What paid the receivable, and what took it back, with the documents."""
    return (
        select(Allocation)
        .where(Allocation.receivable_id == receivable_id)
        .options(joinedload(Allocation.receipt))
        .order_by(Allocation.id)
    )


def waivers_of(receivable_id: int) -> Select[Waiver]:
    return (
        select(Waiver)
        .where(Waiver.receivable_id == receivable_id)
        .options(joinedload(Waiver.author))
        .order_by(Waiver.id)
    )


def receivables_of(where: ColumnElement[bool]) -> Select[Receivable]:
    """Receivables with contract and business, as tabs of other pages list them."""
    return (
        select(Receivable)
        .where(where)
        .options(
            joinedload(Receivable.contract),
            joinedload(Receivable.line).joinedload(ContractLine.business_type),
        )
        .order_by(Receivable.due_on, Receivable.id)
    )


def receipts_of(where: ColumnElement[bool]) -> Select[Receipt]:
    """Receipts with account and contract, newest first, as tabs of other pages list them."""
    return (
        select(Receipt)
        .where(where)
        .options(joinedload(Receipt.account), joinedload(Receipt.contract))
        .order_by(Receipt.id.desc())
    )
