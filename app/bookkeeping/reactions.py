"""What bookkeeping does about facts from upstream."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService, ServiceTerm
from app.bookkeeping.operations import company_taxes_changed, follow_money, name_companies, start_services
from app.companies.events import CompanyChanged
from app.contracts.events import ContractActivated, ContractLineDone, ContractTerminated
from app.contracts.models import Contract, ContractLine
from app.finance.events import AdvanceAllocated, ReceiptBooked, ReceiptReversed, ReceivableWaived
from app.finance.models import Allocation, Receivable
from app.platform.timeline import tell

_DECIDES_TAXES = frozenset({"entity_type", "taxpayer_kind", "collection_method"})


def name_companies_of(session: Session, fact: ContractActivated) -> None:
    """Stands before every other reaction: work items and engagements need to know their company."""
    name_companies(session, session.get_one(Contract, fact.contract_id))


def start_services_of(session: Session, fact: ContractActivated) -> None:
    start_services(session, session.get_one(Contract, fact.contract_id))


def tell_onboarded(session: Session, fact: ContractLineDone) -> None:
    """Onboarding is over: the line behind a service was opened. A renewed one was open all along."""
    service = _service_of(session, fact.line_id)
    if service is not None and not session.get_one(Contract, fact.contract_id).renewal_only:
        tell(session, service, title="the service is open", kind="opened", label=service.name)


def tell_terminated(session: Session, fact: ContractTerminated) -> None:
    """The supervisor decides whether the service ends with its contract."""
    line_ids = session.scalars(select(ContractLine.id).where(ContractLine.contract_id == fact.contract_id))
    for line_id in line_ids.all():
        service = _service_of(session, line_id)
        if service is not None:
            tell(
                session,
                service,
                title="the contract was terminated",
                body=fact.reason,
                label=service.name,
            )


def _service_of(session: Session, line_id: int) -> PeriodicService | None:
    return session.scalars(
        select(PeriodicService)
        .join(ServiceTerm, ServiceTerm.service_id == PeriodicService.id)
        .where(ServiceTerm.contract_line_id == line_id)
    ).first()


def follow_receipt(session: Session, fact: ReceiptBooked | AdvanceAllocated | ReceiptReversed) -> None:
    """Money came or was taken back: 收费至 follows."""
    lines = session.scalars(
        select(Receivable.contract_line_id)
        .join(Allocation, Allocation.receivable_id == Receivable.id)
        .where(Allocation.receipt_id == fact.receipt_id)
        .distinct()
    )
    follow_money(session, lines.all())


def follow_waiver(session: Session, fact: ReceivableWaived) -> None:
    line_id = session.scalar(select(Receivable.contract_line_id).where(Receivable.id == fact.receivable_id))
    if line_id is not None:
        follow_money(session, [line_id])


def follow_register(session: Session, fact: CompanyChanged) -> None:
    """Another taxpayer kind or legal form means other taxes."""
    if fact.fields & _DECIDES_TAXES:
        company_taxes_changed(session, fact.company_id)
