"""Customers, companies and contracts for the tests of this stage, made the way people make them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.companies.models import Company
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.models import Contract
from app.contracts.operations import save_contract
from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import clock
from app.platform.access import elevated


def customer_of(session: Session, name: str = "华南智造") -> Customer:
    """A prospect owned by whoever acts."""
    return create_customer(session, name=name)


def company_of(session: Session, customer: Customer, name: str = "华南智造（东莞）有限公司") -> Company:
    company = Company(customer_id=customer.id, name=name, core_name=name, created_at=clock.now())
    with elevated(session):
        session.add(company)
        session.flush()
    return company


def kind(session: Session, code: str) -> BusinessType:
    return session.scalars(select(BusinessType).where(BusinessType.code == code)).one()


def line(session: Session, code: str, amount: str, discount: str = "0", **more: Any) -> LineInput:
    """One line that sells the first item of the business type."""
    item = kind(session, code).items[0]
    return LineInput(
        business_type_id=kind(session, code).id,
        items=(ItemInput(item.id, Decimal(amount), Decimal(discount)),),
        **more,
    )


def draft(session: Session, customer: Customer, *lines: LineInput, **more: Any) -> Contract:
    data = ContractInput(customer_id=customer.id, lines=lines, **more)
    return save_contract(session, None, data)
