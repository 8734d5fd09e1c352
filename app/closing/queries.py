"""Everything the checks look at, read for many contracts in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, joinedload

from app.closing.findings import Subject
from app.contracts.models import Contract, ContractLine
from app.delivery.models import WorkItem
from app.delivery.states import OPEN
from app.finance.models import Receipt, Receivable
from app.org.models import Person
from app.platform.access import Identity, elevated, identity_of

R = TypeVar("R")


def lines_where(criterion: ColumnElement[bool]) -> Select[ContractLine]:
    """Contract lines with contract, business type and company, in the order of the contract."""
    return (
        select(ContractLine)
        .where(criterion)
        .options(
            joinedload(ContractLine.contract).joinedload(Contract.customer),
            joinedload(ContractLine.contract).joinedload(Contract.author),
            joinedload(ContractLine.business_type),
            joinedload(ContractLine.company),
        )
        .order_by(ContractLine.contract_id, ContractLine.position, ContractLine.id)
    )


def subjects_of(session: Session, criterion: ColumnElement[bool]) -> list[Subject]:
    """The lines with all the checks look at: four statements, however many. Call it past the row scope."""
    lines = session.scalars(lines_where(criterion)).all()
    line_ids = [line.id for line in lines]
    items = {item.contract_line_id: item for item in session.scalars(_items(line_ids)).unique()}
    receivables = _by(session.scalars(_receivables(line_ids)), "contract_line_id")
    pending = _by(session.scalars(_pending({line.contract_id for line in lines})), "contract_id")
    reader = identity_of(session)
    return [
        _subject(reader, line, items.get(line.id), receivables[line.id], pending[line.contract_id])
        for line in lines
    ]


def _subject(
    reader: Identity,
    line: ContractLine,
    item: WorkItem | None,
    receivables: Sequence[Receivable],
    pending: Sequence[Receipt],
) -> Subject:
    company = line.company or (item.company if item else None)
    steps = item.steps if item else ()
    return Subject(line.contract, line, item, steps, company, receivables, pending, reader)


def _items(line_ids: Sequence[int]) -> Select[WorkItem]:
    return (
        select(WorkItem)
        .where(WorkItem.contract_line_id.in_(line_ids))
        .options(joinedload(WorkItem.steps), joinedload(WorkItem.handler), joinedload(WorkItem.company))
    )


def _receivables(line_ids: Sequence[int]) -> Select[Receivable]:
    return (
        select(Receivable)
        .where(Receivable.contract_line_id.in_(line_ids))
        .order_by(Receivable.instalment, Receivable.id)
        .execution_options(populate_existing=True)
    )


def _pending(contract_ids: Collection[int]) -> Select[Receipt]:
    return (
        select(Receipt)
        .where(Receipt.contract_id.in_(contract_ids), Receipt.state == "pending", Receipt.kind == "receipt")
        .order_by(Receipt.id)
    )


def _by(rows: Iterable[R], key: str) -> dict[int, list[R]]:
    grouped: dict[int, list[R]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, key)].append(row)
    return grouped


def closable_contracts(limit: int) -> Select[int]:
    """Active contracts in the reader's sight with work still open, those whose work is furthest first."""
    done_first = (
        select(WorkItem.id)
        .where(WorkItem.contract_id == Contract.id, WorkItem.state == "done")
        .correlate(Contract)
        .exists()
    )
    still_open = (
        select(WorkItem.id)
        .where(WorkItem.contract_id == Contract.id, WorkItem.state.in_(OPEN))
        .correlate(Contract)
        .exists()
    )
    return (
        select(Contract.id)
        .where(Contract.state == "active", still_open)
        .order_by(done_first.desc(), Contract.id)
        .limit(limit)
    )


def renewed_lines(contract_ids: Collection[int]) -> ColumnElement[bool]:
    """Lines of these contracts, as far as they only renew and are in force, that have not ended yet."""
    renewals = select(Contract.id).where(
        Contract.id.in_(contract_ids), Contract.state == "active", Contract.renewal_only.is_(True)
    )
    return and_(ContractLine.contract_id.in_(renewals), ContractLine.done.is_(None))


def items_in(session: Session, customer_id: int, states: Collection[str]) -> int:
    """How many work items of the customer are in these states, whoever asks."""
    return _count(session, WorkItem, WorkItem.customer_id == customer_id, WorkItem.state.in_(states))


def active_contracts_of(session: Session, customer_id: int) -> int:
    """How many contracts of the customer are in force, whoever asks; renewals make nobody signed."""
    return _count(
        session,
        Contract,
        Contract.customer_id == customer_id,
        Contract.state == "active",
        Contract.renewal_only.is_(False),
    )


def _count(session: Session, model: type[Any], *criteria: ColumnElement[bool]) -> int:
    with elevated(session):
        return session.scalar(select(func.count()).select_from(model).where(*criteria)) or 0


def people_who_may(action: str, entity: str) -> Select[Person]:
    """Everybody working here with a role that grants the action on the entity."""
    granting = (
        select(assoc_permissionview_role.c.role_id)
        .join(PermissionView, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
        .join(Permission, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        .where(Permission.name == action, ViewMenu.name == entity)
    )
    holders = select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id.in_(granting))
    return select(Person).where(Person.active.is_(True), Person.id.in_(holders)).order_by(Person.id)
