"""The declaration of work items: list, filters, detail."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session, joinedload, object_session

from app.catalogue.models import BusinessType
from app.companies.models import Company
from app.contracts.models import Contract
from app.customers.models import Customer
from app.delivery import rules
from app.delivery.models import WorkItem, WorkStep
from app.delivery.queries import current_step_name, due_soon, overdue, short_loads
from app.delivery.settings import SOON_DAYS
from app.delivery.states import OPEN, RUNNING, ItemState
from app.delivery.transitions import LIFECYCLE
from app.org.models import Person
from app.platform import clock
from app.platform.entity import Entity, Field, Section, Tab
from app.platform.screens.cells import day_text


def _of(model: type[Any], column: Any, tie: Any) -> ScalarSelect[Any]:
    return select(column).where(model.id == tie).correlate(WorkItem).scalar_subquery()


def step_name(row: WorkItem) -> str | None:
    """The name of the first open step."""
    step = rules.current(row.steps)
    return step.name if step else None


def promised_text(row: WorkItem) -> str:
    """The promised day in words; overdue days only while the item is on the clock."""
    if row.promised_on is None:
        return ""
    return day_text(row.promised_on, deadline=row.state in RUNNING)


def promised_tone(row: WorkItem) -> str:
    """The class that colours the promised day: bad when it passed, warn when it is soon."""
    if row.promised_on is None or row.state not in RUNNING:
        return ""
    days = (row.promised_on - clock.today()).days
    soon = SOON_DAYS.of(object_session(row))
    return "bad" if days < 0 else "warn" if days <= soon else ""


def _title(row: WorkItem) -> str:
    return f"{row.business_type.name} · {row.company.name if row.company else row.customer.name}"


def _handlers(session: Session) -> list[tuple[Any, Any]]:
    handlers = select(Person).where(Person.id.in_(select(WorkItem.handler_id).distinct())).order_by(Person.id)
    return [(person.id, person.name) for person in session.scalars(handlers)]


def _groups(session: Session) -> list[tuple[Any, Any]]:
    groups = session.scalars(select(BusinessType.group).group_by(BusinessType.group))
    return [(group, group) for group in sorted(groups)]


WORK_ITEM = Entity(
    name="work_item",
    model=WorkItem,
    label=_l("work item"),
    plural=_l("Work items"),
    group=_l("Business"),
    icon="list-check",
    title=_title,
    order="promised_on",
    lifecycle=LIFECYCLE,
    empty_hint=_l("Work items open by themselves when a contract takes effect."),
    fields=(
        Field(
            "name",
            _l("Business"),
            searchable=True,
            expression=lambda: _of(BusinessType, BusinessType.name, WorkItem.business_type_id),
        ),
        Field(
            "company",
            _l("Company"),
            searchable=True,
            expression=lambda: _of(Company, Company.name, WorkItem.company_id),
        ),
        Field(
            "customer",
            _l("Customer"),
            searchable=True,
            expression=lambda: _of(Customer, Customer.name, WorkItem.customer_id),
        ),
        Field(
            "contract",
            _l("Contract"),
            searchable=True,
            expression=lambda: _of(Contract, Contract.number, WorkItem.contract_id),
        ),
        Field("state", _l("State"), kind="state", filterable=True),
        Field("step", _l("Present step"), value=step_name, expression=current_step_name, filterable=True),
        Field(
            "handler_id",
            _l("Handler"),
            kind="choice",
            choices=_handlers,
            value=lambda row: row.handler,
            cell="person",
            filterable=True,
        ),
        Field(
            "promised_on",
            _l("Promised for"),
            kind="date",
            value=promised_text,
            tone=promised_tone,
            cell="deadline",
            sortable=True,
            filterable=True,
        ),
        Field("difficulty", _l("Difficulty"), kind="int", sortable=True, filterable=True),
        Field(
            "group",
            _l("Business group"),
            kind="choice",
            choices=_groups,
            value=lambda row: row.business_type.group,
            expression=lambda: _of(BusinessType, BusinessType.group, WorkItem.business_type_id),
            filterable=True,
        ),
        Field("recurring", _l("Recurring"), kind="bool", filterable=True),
        Field("forced", _l("Force closed"), kind="bool", filterable=True),
        Field("opened_at", _l("Opened on"), kind="moment", sortable=True, filterable=True),
        Field("finished_at", _l("Finished on"), kind="moment", sortable=True, filterable=True),
    ),
    list_fields=(
        "name",
        "company",
        "customer",
        "contract",
        "state",
        "step",
        "handler_id",
        "promised_on",
        "difficulty",
    ),
    sections=(
        Section(
            _l("The work"), ("handler_id", "promised_on", "difficulty", "opened_at", "finished_at", "forced")
        ),
    ),
    form_sections=(),
    tabs=(
        Tab("unassigned", _l("To assign"), lambda _who: (WorkItem.state == ItemState.UNASSIGNED,)),
        Tab(
            "mine",
            _l("In my hands"),
            lambda who: (WorkItem.handler_id == who.person_id, WorkItem.state.in_(OPEN)),
        ),
        Tab("overdue", _l("Overdue"), lambda _who: overdue()),
        Tab("soon", _l("Due soon"), lambda who: due_soon(SOON_DAYS.under(who.version))),
        Tab("all", _l("All"), lambda _who: ()),
    ),
    loads=short_loads,
    detail_loads=lambda: (
        *short_loads(),
        joinedload(WorkItem.line),
    ),
)

STEP_LOADS = (joinedload(WorkStep.done_by),)
