"""Questions about the work: who has how much, which items belong where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.catalogue.models import BusinessType
from app.delivery.models import WorkItem, WorkStep
from app.delivery.settings import SOON_DAYS
from app.delivery.states import OPEN, RUNNING, StepState
from app.org.models import Department, Person
from app.platform import clock
from app.platform.access import elevated


@dataclass(frozen=True)
class Workload:
    """What one person has in hand. `load` = Σ difficulty × remaining steps; late and soon are parts of it."""

    person: Person
    items: int
    load: int
    late: int
    late_load: int
    soon_load: int
    absent_until: date | None

    @property
    def calm_load(self) -> int:
        return self.load - self.late_load - self.soon_load


def current_step_name() -> ScalarSelect[str]:
    """The name of the first open step, as SQL."""
    return (
        select(WorkStep.name)
        .where(WorkStep.work_item_id == WorkItem.id, WorkStep.state == StepState.OPEN)
        .order_by(WorkStep.position)
        .limit(1)
        .correlate(WorkItem)
        .scalar_subquery()
    )


def overdue() -> tuple[ColumnElement[bool], ...]:
    """Running items whose promised day has passed."""
    return WorkItem.state.in_(RUNNING), WorkItem.promised_on < clock.today()


def due_soon(days: int) -> tuple[ColumnElement[bool], ...]:
    """Running items promised for today or the next days (the setting SOON_DAYS)."""
    today = clock.today()
    return WorkItem.state.in_(RUNNING), WorkItem.promised_on.between(today, today + timedelta(days))


def items_of(*, customer_id: int | None = None, contract_id: int | None = None) -> Select[WorkItem]:
    """The work items of a customer or a contract, newest first, with what a short list shows of them."""
    statement = select(WorkItem).options(*short_loads()).order_by(WorkItem.id.desc()).limit(100)
    if customer_id is not None:
        statement = statement.where(WorkItem.customer_id == customer_id)
    if contract_id is not None:
        statement = statement.where(WorkItem.contract_id == contract_id)
    return statement


def open_with_step(customer_id: int) -> Select[WorkItem, str]:
    """The open items of a customer, the most urgent first, each with the name of its present step."""
    return (
        select(WorkItem, current_step_name())
        .where(WorkItem.customer_id == customer_id, WorkItem.state.in_(OPEN))
        .options(joinedload(WorkItem.business_type))
        .order_by(WorkItem.promised_on, WorkItem.id)
        .limit(20)
    )


def short_loads() -> tuple[ExecutableOption, ...]:
    """What lists and boards show beside the item itself."""
    return (
        joinedload(WorkItem.business_type),
        joinedload(WorkItem.customer),
        joinedload(WorkItem.company),
        joinedload(WorkItem.contract),
        joinedload(WorkItem.handler),
        selectinload(WorkItem.steps),
    )


def workloads(session: Session, kinds: Collection[str]) -> Sequence[Workload]:
    """Everybody in departments of these kinds who may be given work, the least loaded present one first.

    Counts every open item, also those the asker may not see: a load that leaves some out would mislead.
    """
    people = session.scalars(
        select(Person)
        .join(Department, Person.department_id == Department.id)
        .where(Person.active.is_(True), Department.kind.in_(kinds))
        .order_by(Person.id)
    ).all()
    loads = _loads([p.id for p in people], SOON_DAYS.of(session))
    with elevated(session):
        figures = {row[0]: row[1:] for row in session.execute(loads)}
    found = [_workload(person, figures.get(person.id, (0,) * 5)) for person in people]
    return sorted(found, key=lambda w: (w.absent_until is not None, w.load, w.items, w.person.id))


def _workload(person: Person, figures: Sequence[int]) -> Workload:
    items, load, late, late_load, soon_load = (int(figure) for figure in figures)
    return Workload(person, items, load, late, late_load, soon_load, _absent_until(person))


def _loads(person_ids: Collection[int], soon_days: int) -> Select[Any]:
    today = clock.today()
    remaining = (
        select(func.count())
        .select_from(WorkStep)
        .where(WorkStep.work_item_id == WorkItem.id, WorkStep.state == StepState.OPEN)
        .correlate(WorkItem)
        .scalar_subquery()
    )
    weight = WorkItem.difficulty * remaining
    late = WorkItem.promised_on < today
    soon = WorkItem.promised_on.between(today, today + timedelta(soon_days))
    running = WorkItem.state != "suspended"
    return (
        select(
            WorkItem.handler_id,
            func.count(),
            func.coalesce(func.sum(weight), 0),
            func.coalesce(func.sum(case((late & running, 1), else_=0)), 0),
            func.coalesce(func.sum(case((late & running, weight), else_=0)), 0),
            func.coalesce(func.sum(case((soon & running, weight), else_=0)), 0),
        )
        .where(WorkItem.handler_id.in_(person_ids), WorkItem.state.in_(OPEN))
        .group_by(WorkItem.handler_id)
    )


def _absent_until(person: Person) -> date | None:
    today = clock.today()
    if person.absent_from is None or person.absent_from > today:
        return None
    last = person.absent_until or date.max
    return last if last >= today else None


def kinds_for(business_type: BusinessType | None) -> tuple[str, ...]:
    """The kinds of departments that handle a business type; without one, every kind that handles any."""
    if business_type is None:
        return ("delivery", "bookkeeping")
    return ("bookkeeping",) if business_type.bookkeeping else ("delivery",)


def suggestion(loads: Sequence[Workload]) -> Workload | None:
    """The least loaded person who is here; None when nobody is."""
    return next((w for w in loads if w.absent_until is None), None)


def departments_of_kinds(kinds: Collection[str]) -> Select[int]:
    return select(Department.id).where(Department.kind.in_(kinds), Department.active.is_(True))
