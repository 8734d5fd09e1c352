"""The board: open items of one group of business, a column per present step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.delivery import rules
from app.delivery.entity import promised_text, promised_tone, step_name
from app.delivery.models import WorkItem
from app.delivery.queries import due_soon, kinds_for, overdue, short_loads
from app.delivery.settings import SOON_DAYS
from app.delivery.states import RUNNING, ItemState, StepState
from app.org.models import Person
from app.platform.access import Identity
from app.platform.masking import as_seen

BOARD_LIMIT = 300
COLUMN_LIMIT = 7


@dataclass(frozen=True)
class Column:
    """One column: its words, all its items, and the filter of the list behind it."""

    label: str
    kept: dict[str, str]
    items: list[WorkItem] = field(default_factory=list)


@dataclass(frozen=True)
class Summary:
    """The figures above the board."""

    overdue: int
    soon: int
    suspended: int


def groups_in_work(session: Session) -> Sequence[tuple[str, int]]:
    """The groups of business types with running items in sight, the busiest first."""
    found = session.execute(
        select(BusinessType.group, func.count())
        .select_from(WorkItem)
        .join(BusinessType, WorkItem.business_type_id == BusinessType.id)
        .where(WorkItem.state.in_(RUNNING))
        .group_by(BusinessType.group)
        .order_by(func.count().desc(), BusinessType.group)
    )
    return [(group, count) for group, count in found]


def handlers_in_work(session: Session) -> Sequence[Person]:
    busy = select(WorkItem.handler_id).where(WorkItem.state.in_(RUNNING)).distinct()
    return session.scalars(select(Person).where(Person.id.in_(busy)).order_by(Person.id)).all()


def items_on_board(group: str, handler_id: int | None) -> Select[WorkItem]:
    """Running items of the group, the most urgent first."""
    statement = (
        select(WorkItem)
        .join(WorkItem.business_type)
        .where(BusinessType.group == group, WorkItem.state.in_(RUNNING))
        .options(*short_loads())
        .order_by(WorkItem.promised_on, WorkItem.id)
        .limit(BOARD_LIMIT)
    )
    return statement if handler_id is None else statement.where(WorkItem.handler_id == handler_id)


def summary(session: Session, group: str) -> Summary:
    """How many items of the group are late, nearly late, and stand still."""

    def count(*criteria: Any) -> int:
        statement = select(func.count()).select_from(WorkItem).join(WorkItem.business_type)
        return session.scalar(statement.where(BusinessType.group == group, *criteria)) or 0

    return Summary(
        count(*overdue()),
        count(*due_soon(SOON_DAYS.of(session))),
        count(WorkItem.state == ItemState.SUSPENDED),
    )


def columns_of(items: Sequence[WorkItem]) -> list[Column]:
    """To assign first, then one per present step in the order of the flow, then what waits for closing."""
    unassigned = Column(_("To assign"), {"state__is": ItemState.UNASSIGNED})
    done = Column(_("Waits for closing"), {"state__is": ItemState.DONE})
    steps: dict[str, Column] = {}
    places: dict[str, list[int]] = {}
    for item in items:
        present = rules.current(item.steps)
        if item.state == ItemState.UNASSIGNED:
            unassigned.items.append(item)
        elif present is None:
            done.items.append(item)
        else:
            name = short_name(present.name)
            steps.setdefault(name, Column(name, {"step__has": name})).items.append(item)
            places.setdefault(name, []).append(present.position)
    in_flow = sorted(steps, key=lambda name: (sum(places[name]) / len(places[name]), name))
    return [unassigned, *(steps[name] for name in in_flow), *([done] if done.items else [])]


def short_name(step: str) -> str:
    """The name of a step without what stands in brackets, as the head of a column."""
    return re.split(r"[(（]", step, maxsplit=1)[0].strip() or step


def card_of(item: WorkItem, url: str, reader: Identity) -> dict[str, Any]:
    """An item as the board draws it; only unassigned ones can be picked."""
    return {
        "id": item.id if item.state == ItemState.UNASSIGNED else None,
        "title": item.company.name if item.company else item.customer.name,
        "url": url,
        "text": _card_text(item),
        "who": as_seen(reader, "work_item.handler_id", item.handler.name) if item.handler else None,
        "due": promised_text(item),
        "due_tone": promised_tone(item),
        "weight": weight_of(item),
        "steps": open_steps(item),
        "difficulty": item.difficulty,
    }


def _card_text(item: WorkItem) -> str:
    if item.state == ItemState.UNASSIGNED:
        return str(_("%(name)s, difficulty %(number)s", name=item.name, number=item.difficulty))
    return item.name if step_name(item) else str(_("%(name)s, all steps done", name=item.name))


def kinds_wanted(items: Sequence[WorkItem]) -> set[str]:
    """The kinds of departments that could take the unassigned items; delivery when there are none."""
    kinds = {
        kind for item in items if item.state == ItemState.UNASSIGNED for kind in kinds_for(item.business_type)
    }
    return kinds or {"delivery"}


def open_steps(item: WorkItem) -> int:
    return sum(step.state == StepState.OPEN for step in item.steps)


def weight_of(item: WorkItem) -> int:
    """What the item adds to its handler's load."""
    return item.difficulty * open_steps(item)
