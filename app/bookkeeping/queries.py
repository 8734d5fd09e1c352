"""Questions about services and filings."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from app.bookkeeping.models import PeriodicService, ServiceTerm, TaxFiling, TaxKind
from app.bookkeeping.states import FilingState, ServiceKind, ServiceState
from app.bookkeeping.tax_types import ENDS_FILED
from app.platform import clock


def running_service(company_id: int, kind: ServiceKind) -> Select[PeriodicService]:
    """The service of that kind a company has now, locked for a change."""
    return (
        select(PeriodicService)
        .where(
            PeriodicService.company_id == company_id,
            PeriodicService.kind == kind.value,
            PeriodicService.state != ServiceState.ENDED.value,
        )
        .order_by(PeriodicService.id)
        .with_for_update(of=PeriodicService)
    )


def services_of_customer(customer_id: int) -> Select[PeriodicService]:
    """Every service of the customer's companies, running ones first."""
    return (
        select(PeriodicService)
        .where(PeriodicService.customer_id == customer_id)
        .options(joinedload(PeriodicService.company), joinedload(PeriodicService.accountant))
        .order_by(PeriodicService.state == ServiceState.ENDED.value, PeriodicService.id)
    )


def services_of_company(company_id: int) -> Select[PeriodicService]:
    """Every service of one company, running ones first."""
    return (
        select(PeriodicService)
        .where(PeriodicService.company_id == company_id)
        .options(joinedload(PeriodicService.company), joinedload(PeriodicService.accountant))
        .order_by(PeriodicService.state == ServiceState.ENDED.value, PeriodicService.id)
    )


def terms_of(service_id: int) -> Select[ServiceTerm]:
    """The terms of a service in order: its price history."""
    return (
        select(ServiceTerm)
        .where(ServiceTerm.service_id == service_id)
        .order_by(ServiceTerm.starts_on, ServiceTerm.id)
    )


def filings_of(service_ids: list[int], since: date) -> Select[TaxFiling]:
    """The filings of services in the months from `since` on, newest month first."""
    return (
        select(TaxFiling)
        .where(TaxFiling.service_id.in_(service_ids), TaxFiling.matrix_month >= since)
        .order_by(TaxFiling.matrix_month.desc(), TaxFiling.id)
    )


def tax_kinds(session: Session) -> dict[str, TaxKind]:
    """Every tax kind by code, in the order of the matrix."""
    return {kind.code: kind for kind in session.scalars(select(TaxKind).order_by(TaxKind.position))}


def unfiled() -> ColumnElement[bool]:
    """没报: nobody has filed it yet."""
    return TaxFiling.state == FilingState.TO_FILE.value


def unpaid() -> ColumnElement[bool]:
    """没缴: filed, and money is still owed or the payment failed."""
    owed = and_(
        TaxFiling.state == FilingState.FILED.value,
        TaxFiling.zero.is_(False),
        TaxFiling.tax_code.not_in(sorted(ENDS_FILED)),
    )
    return or_(owed, TaxFiling.state == FilingState.PAYMENT_FAILED.value)


def filing_overdue() -> ColumnElement[bool]:
    """逾期未报."""
    return and_(unfiled(), TaxFiling.due_on < clock.today())


def payment_overdue() -> ColumnElement[bool]:
    """逾期未缴."""
    return and_(unpaid(), TaxFiling.due_on < clock.today())


def is_finished(filing: TaxFiling) -> bool:
    """Whether nothing is left to do: filed and paid, or nothing to file or to pay."""
    if filing.state == FilingState.FILED:
        return filing.zero or filing.tax_code in ENDS_FILED
    return filing.state in (FilingState.PAID, FilingState.NO_TAX, FilingState.NOT_REQUIRED)
