"""Open the work of a contract, and close an item once closing has cleared it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.catalogue.models import BusinessType
from app.companies.models import Company
from app.companies.operations import create_company
from app.contracts.models import Contract, ContractLine
from app.delivery import effects, participation, rules
from app.delivery.clearance import Clearance
from app.delivery.events import WorkItemOpened
from app.delivery.models import WorkItem, WorkStep
from app.delivery.queries import departments_of_kinds, kinds_for
from app.delivery.states import OPEN, ItemState
from app.delivery.transitions import LIFECYCLE
from app.platform import clock
from app.platform.access import elevated, identity_of
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.events import publish
from app.platform.timeline import tell
from app.platform.workdays import add_workdays

_LINE_LOADS = (
    selectinload(ContractLine.business_type).selectinload(BusinessType.steps),
    selectinload(ContractLine.items),
)


def open_items(session: Session, contract_id: int) -> list[WorkItem]:
    """One item per contract line that has none yet; none at all for a contract that only renews."""
    contract = session.scalars(
        select(Contract)
        .where(Contract.id == contract_id)
        .options(selectinload(Contract.lines).options(*_LINE_LOADS))
    ).one()
    if contract.renewal_only:
        return []
    known = set(session.scalars(select(WorkItem.contract_line_id).where(WorkItem.contract_id == contract_id)))
    opened = [_open_item(session, contract, line) for line in contract.lines if line.id not in known]
    for department_id in session.scalars(departments_of_kinds(_kinds_concerned(opened))):
        participation.join(session, contract.customer_id, department_id=department_id)
    return opened


def _kinds_concerned(items: Sequence[WorkItem]) -> set[str]:
    """The departments that see the work: delivery sees all of it, bookkeeping what becomes an engagement."""
    if not items:
        return set()
    return {"delivery"}.union(*(kinds_for(item.business_type) for item in items))


def _open_item(session: Session, contract: Contract, line: ContractLine) -> WorkItem:
    business_type = line.business_type
    item = WorkItem(
        customer_id=line.customer_id,
        contract_id=line.contract_id,
        contract_line_id=line.id,
        company_id=line.company_id or contract.company_id,
        business_type_id=business_type.id,
        difficulty=business_type.difficulty,
        recurring=line.recurring,
        promised_on=line.promised_on or add_workdays(clock.today(), business_type.duration_days),
        opened_at=clock.now(),
        steps=_steps_for(line),
    )
    LIFECYCLE.begin(
        session,
        item,
        ItemState.UNASSIGNED,
        title="opened the work",
        label=business_type.name,
    )
    publish(session, WorkItemOpened(item.id))
    return item


def _steps_for(line: ContractLine) -> list[WorkStep]:
    sold = {item.item_id for item in line.items}
    return [
        WorkStep(
            customer_id=line.customer_id,
            name=template.name,
            position=template.position,
            milestone=template.milestone,
            in_order=template.in_order,
            state="open",
        )
        for template in line.business_type.steps
        if rules.applies(template, sold)
    ]


def end_items(session: Session, contract_id: int, reason: str) -> None:
    """Cancel whatever of the contract is still open: it was terminated."""
    open_ids = session.scalars(
        select(WorkItem.id)
        .where(WorkItem.contract_id == contract_id, WorkItem.state.in_(OPEN))
        .order_by(WorkItem.id)
    ).all()
    for item_id in open_ids:
        LIFECYCLE.perform(session, item_id, "end_with_contract", data={"reason": reason})


def name_company(session: Session, item_id: int, *, company_id: int | None, new_name: str) -> WorkItem:
    """Say which company the work is for: one of the customer's, or a new one (DLV-5).

    Raises FieldErrors without either, BusinessError when the item is finished or in other hands.
    """
    identity = identity_of(session)
    identity.require("can_report_step", "work_item")
    item = session.scalars(
        select(WorkItem).where(WorkItem.id == item_id).with_for_update(of=WorkItem)
    ).first()
    if item is None:
        raise NotFound()
    reasons = list(effects.by_handler_or_supervisor(session, item, identity))
    if item.state not in OPEN:
        reasons.append(_l("This item is finished; its company stays."))
    if reasons:
        raise BusinessError(_l("This cannot be done yet."), *reasons, code="guard")
    with elevated(session):
        company = _company_for(session, item, company_id, new_name.strip())
        item.company = company
        tell(session, item, title="said the work is for %(company)s", label=item.name, company=company.name)
    return item


def _company_for(session: Session, item: WorkItem, company_id: int | None, new_name: str) -> Company:
    if company_id is None and not new_name:
        message = _l("Choose a company, or type the name of a new one.")
        raise FieldErrors(_l("Some information is missing."), {"name": [message]})
    if company_id is None:
        return create_company(
            session, item.customer_id, name=new_name[:120], registration_state="in_formation"
        )
    company = session.get(Company, company_id)
    if company is None or company.customer_id != item.customer_id:
        raise BusinessError(_l("This company does not belong to the customer."))
    return company


def close(
    session: Session,
    clearance: Clearance,
    *,
    reason: str = "",
    version: int | None = None,
    token: str | None = None,
) -> WorkItem:
    """Close (one-off) or open (recurring) the cleared item. Raises as `Lifecycle.perform` does."""
    item = session.get(WorkItem, clearance.work_item_id)
    if item is None:
        raise NotFound()
    name = "force_close" if clearance.forced else "open" if item.recurring else "close"
    data = {"reason": reason, "clearance": clearance}
    return LIFECYCLE.perform(session, item.id, name, data=data, version=version, token=token)  # type: ignore[no-any-return]
