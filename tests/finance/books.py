"""Contracts in force and receipts on them, laid down without the way there: what finance is tested with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.contracts.events import ContractActivated
from app.contracts.models import Contract, ContractLine
from app.customers.models import Customer
from app.finance.models import MoneyAccount, Receivable
from app.finance.operations import Slip, approve_receipt, enter_receipt
from app.org.models import Participation
from app.platform import clock
from app.platform.events import publish
from app.platform.lifecycle import lifecycle_of
from tests.people import acting, as_system, person_id


@dataclass(frozen=True)
class Line:
    """What one contract line sells, in yuan; recurring when it has months."""

    amount: str
    months: int = 0
    gift_months: int = 0
    interval: int = 12
    start: date | None = None


@dataclass(frozen=True)
class Deal:
    """Ids of a signed contract."""

    customer_id: int
    contract_id: int
    line_ids: tuple[int, ...]
    receivable_ids: tuple[int, ...]


def sign(app: Flask, *lines: Line | str, owner: str = "xiaoshou1", customer_id: int | None = None) -> Deal:
    """A customer of the owner with a contract in force over these lines; receivables are laid down."""
    with as_system(app) as session:
        author = person_id(session, owner)
        customer = _customer(session, customer_id, author)
        contract = Contract(
            customer_id=customer.id,
            author_id=author,
            created_at=clock.now(),
            activated_at=clock.now(),
            number=None,
        )
        kind = session.scalars(select(BusinessType).limit(1)).first() or _business_type(session)
        contract.lines = [_line(line, customer, kind) for line in lines]
        contract.amount = sum((line.amount for line in contract.lines), Decimal(0))
        _begin(session, "contract", contract, "state", "active")
        contract.number = f"HT-TEST-{contract.id:04d}"
        publish(session, ContractActivated(contract_id=contract.id))
        receivables = session.scalars(
            select(Receivable.id).where(Receivable.contract_id == contract.id).order_by(Receivable.id)
        )
        return Deal(customer.id, contract.id, tuple(line.id for line in contract.lines), tuple(receivables))


def _customer(session: Session, customer_id: int | None, owner_id: int) -> Customer:
    if customer_id is not None:
        return session.get_one(Customer, customer_id)
    customer = Customer(name="华南智造科技（东莞）有限公司", owner_id=owner_id, created_at=clock.now())
    _begin(session, "customer", customer, "stage", "signed")
    taking_part = select(Participation.id).where(Participation.customer_id == customer.id)
    if session.scalar(taking_part) is None:
        session.add(Participation(customer_id=customer.id, person_id=owner_id, reason="owner"))
    return customer


def _business_type(session: Session) -> BusinessType:
    kind = BusinessType(code="T1", group="公司设立", name="公司新设")
    session.add(kind)
    session.flush()
    return kind


def _line(line: Line | str, customer: Customer, kind: BusinessType) -> ContractLine:
    sold = line if isinstance(line, Line) else Line(line)
    return ContractLine(
        customer_id=customer.id,
        business_type_id=kind.id,
        amount=Decimal(sold.amount),
        recurring=sold.months > 0,
        paid_months=sold.months,
        gift_months=sold.gift_months,
        interval_months=sold.interval,
        start_month=sold.start,
    )


def _begin(session: Session, entity: str, row: Any, attribute: str, state: str) -> None:
    lifecycle = lifecycle_of(entity)
    if lifecycle is not None:
        lifecycle.begin(session, row, state, title="laid down for a test")
        return
    setattr(row, attribute, state)
    session.add(row)
    session.flush()


def account(session: Session, name: str = "基本户") -> int:
    found = session.scalar(select(MoneyAccount.id).where(MoneyAccount.name == name))
    assert found is not None
    return found


def slip(session: Session, deal: Deal, amount: str, **changes: Any) -> Slip:
    """Money for the contract, received today on the bank account."""
    plain = Slip(
        customer_id=deal.customer_id,
        contract_id=deal.contract_id,
        account_id=account(session),
        amount=Decimal(amount),
        received_on=clock.today(),
    )
    return replace(plain, **changes)


def enter(app: Flask, deal: Deal, amount: str, by: str = "xiaoshou1", **changes: Any) -> int:
    """Enter a receipt as this person; answers its id."""
    with acting(app, by) as session:
        return enter_receipt(session, slip(session, deal, amount, **changes)).id


def book(app: Flask, receipt_id: int, by: str = "caiwu", **how: Any) -> None:
    with acting(app, by) as session:
        approve_receipt(session, receipt_id, **how)


def receive(app: Flask, deal: Deal, amount: str, *, named: Sequence[int] = (), **changes: Any) -> int:
    """A receipt entered by the salesperson and booked by the cashier."""
    receipt_id = enter(app, deal, amount, **changes)
    book(app, receipt_id, receivables=named)
    return receipt_id


def balances(app: Flask, deal: Deal) -> list[str]:
    """What is open on each receivable of the contract, in their order."""
    with as_system(app) as session:
        rows = session.scalars(
            select(Receivable).where(Receivable.contract_id == deal.contract_id).order_by(Receivable.id)
        )
        return [str(row.balance) for row in rows]
