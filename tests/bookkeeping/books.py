"""Helpers of these tests: customers, companies, contracts, engagements, as the real operations make them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService, TaxFiling
from app.bookkeeping.operations import start_engagement
from app.catalogue.models import BusinessType
from app.companies.models import Company
from app.companies.operations import create_company
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.models import Contract
from app.contracts.operations import save_contract, submit_contract
from app.customers.models import Customer
from app.customers.operations import create_customer

MID_APRIL = datetime(2026, 4, 14, 2, tzinfo=UTC)
"""10:00 on 14 April 2026 on the agency's wall."""


def a_customer(session: Session, name: str = "华南智造", mobile: str = "13800138000") -> Customer:
    return create_customer(session, name=name, contacts=[(None, "mobile", mobile, False)])


def a_company(session: Session, customer: Customer, name: str = "华南智造科技（东莞）有限公司") -> Company:
    return create_company(
        session, customer.id, name=name, entity_type="limited_company", collection_method="by_books"
    )


def a_line(
    session: Session, code: str, *, company_id: int | None = None, start: date | None = None, gift: int = 0
) -> LineInput:
    """A year of that business type at 300 yuan a month."""
    kind = session.scalars(select(BusinessType).where(BusinessType.code == code)).one()
    return LineInput(
        business_type_id=kind.id,
        items=(ItemInput(kind.items[0].id, Decimal("12000.00")),),
        company_id=company_id,
        paid_months=12,
        gift_months=gift,
        start_month=start,
    )


def a_contract(session: Session, customer: Customer, *lines: LineInput, renewal: bool = False) -> Contract:
    """A contract in force: at these prices nobody has to approve it."""
    data = ContractInput(customer_id=customer.id, lines=lines, renewal_only=renewal)
    contract = submit_contract(session, save_contract(session, None, data).id)
    assert contract.state == "active", contract.state
    return contract


def an_engagement(
    session: Session, company: Company, *, kind: str | None = "small_scale", started_on: date
) -> PeriodicService:
    company.taxpayer_kind = kind
    session.flush()
    return start_engagement(session, company.id, started_on=started_on)


def filings(session: Session, company_id: int, month: date | None = None) -> dict[tuple[str, str], TaxFiling]:
    """The filings of a company by tax and period, of one matrix month or of all."""
    statement = select(TaxFiling).where(TaxFiling.company_id == company_id)
    if month is not None:
        statement = statement.where(TaxFiling.matrix_month == month)
    statement = statement.execution_options(populate_existing=True)
    return {(row.tax_code, row.period): row for row in session.scalars(statement)}


def service_of(session: Session, company_id: int, kind: str = "bookkeeping") -> PeriodicService:
    statement = select(PeriodicService).where(
        PeriodicService.company_id == company_id, PeriodicService.kind == kind
    )
    return session.scalars(statement).one()
