"""What an explanation has to know about one row: which it is, whom it belongs to, what may be told of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.org.models import Department, Participation, Person
from app.platform.access import Identity, Level, Scoped, acting_as, elevated
from app.platform.database import new_session
from app.platform.entity import Entity, entities
from app.platform.lifecycle import lifecycle_of

REACH_WORDS = {
    Level.NONE: _l("nothing"),
    Level.OWN: _l("own"),
    Level.DEPARTMENT: _l("own department"),
    Level.TREE: _l("own department and those below"),
    Level.ALL: _l("all"),
}
PART_WORDS = {
    "owner": _l("owner"),
    "member": _l("member"),
    "handler": _l("handler"),
    "accountant": _l("accountant of the books"),
}
# What a reason may still say of a row whoever asks may not open: rules and colleagues, no figures.
_TOLD = frozenset({"colleagues", "count", "days", "action", "state"})


def entity_of(name: str) -> Entity | None:
    """The declaration that shows rows of this kind; the one of its own name rather than another list."""
    lists = [one for one in entities().values() if one.grants_of == name]
    return next((one for one in lists if one.name == name), lists[0] if lists else None)


def model_of(name: str) -> type[Any] | None:
    """The model whose rows the rights of this entity are about; None for rights without rows."""
    entity, lifecycle = entity_of(name), lifecycle_of(name)
    return lifecycle.model if lifecycle is not None else entity.model if entity is not None else None


def fields_of(name: str) -> list[tuple[str, str]]:
    """The declared fields of this kind of record, in words."""
    entity = entity_of(name)
    return [(field.name, str(field.label)) for field in entity.fields] if entity is not None else []


def find(session: Session, name: str, text: str) -> int | None:
    """The id behind an id, a number or the address of a page; None when there is no such row."""
    model, text = model_of(name), text.strip()
    if model is None:
        return None
    address = re.search(r"/(\d+)(?:[/?#]|$)", text) if "/" in text else None
    given = address.group(1) if address else text.lstrip("#")
    with elevated(session):
        if given.isdecimal() and given.isascii() and len(given) < 16:
            return session.scalar(select(model.id).where(model.id == int(given)))
        if hasattr(model, "number"):
            return session.scalar(select(model.id).where(model.number == text).limit(1))
    return None


def title_for(viewer: Identity, name: str, row_id: int) -> str:
    """The title of the row, if the viewer may open it; else nothing."""
    entity = entity_of(name)
    if entity is None or not viewer.can("can_show", name):
        return ""
    with new_session(writes=False) as session, acting_as(session, viewer):
        statement = select(entity.model).where(entity.model.id == row_id)
        if entity.detail_loads:
            statement = statement.options(*entity.detail_loads())
        row = session.scalars(statement).first()
        return entity.title(row) if row is not None else ""


@dataclass(frozen=True)
class Tie:
    """What ties a row to people: a customer's id, a person's id, or something only its stage knows."""

    kind: str
    value: int | None


def tie_of(session: Session, model: type[Scoped], row_id: int) -> Tie:
    key: Any = model
    with elevated(session):
        column = getattr(model, model.scope_by)
        return Tie(model.scope_kind, session.scalar(select(column).where(key.id == row_id)))


@dataclass(frozen=True)
class Part:
    """Somebody, or a whole department, who takes part."""

    person_id: int | None
    department_id: int | None
    text: str


def taking_part(session: Session, tie: Tie) -> list[Part]:
    """Everybody the tie leads to, in words."""
    if tie.kind == "person" and tie.value is not None:
        found = session.execute(
            select(Person, Department.name)
            .outerjoin(Department, Department.id == Person.department_id)
            .where(Person.id == tie.value)
        )
        return [Part(one.id, one.department_id, _who(one.name, name, None)) for one, name in found]
    if tie.kind != "customer" or tie.value is None:
        return []
    parts = session.execute(
        select(Participation, Person, Department.name)
        .outerjoin(Person, Person.id == Participation.person_id)
        .outerjoin(
            Department,
            or_(Department.id == Participation.department_id, Department.id == Person.department_id),
        )
        .where(Participation.customer_id == tie.value)
        .order_by(Participation.id)
    )
    return [
        Part(
            part.person_id,
            part.department_id if one is None else one.department_id,
            _who(one.name if one else "", department, part.reason),
        )
        for part, one, department in parts
    ]


def _who(name: str, department: str | None, reason: str | None) -> str:
    notes = [department or "", str(PART_WORDS.get(reason, reason)) if reason else ""]
    said = "，".join(note for note in notes if note and note != name)
    name = name or department or ""
    return f"{name}（{said}）" if said and said != name else name


def within_reach(parts: Sequence[Part], who: Identity, level: Level) -> list[str]:
    """What brings the row into reach at this level: the person's own part, or that of a department."""
    if level is Level.NONE:
        return []
    departments: frozenset[int | None] = frozenset()
    if level is Level.TREE:
        departments = frozenset(who.tree)
    elif level is Level.DEPARTMENT and who.department_id is not None:
        departments = frozenset({who.department_id})
    return [
        part.text for part in parts if part.person_id == who.person_id or part.department_id in departments
    ]


def outside_words(level: Level, others: Sequence[Part]) -> str:
    """Why the row is out of reach, and who is in it."""
    if level is Level.NONE:
        return str(_("No role shows any record of this kind, so this one does not exist for them."))
    words = {"level": REACH_WORDS[level], "others": "、".join(part.text for part in others) or "–"}
    text: str = _(
        "Out of reach at the row level “%(level)s”: only these take part: %(others)s.",
        **words,
    )
    return text


def without_figures(reason: Any) -> str:
    """A reason as a rule: its words, with "…" for whatever it says of the row."""
    if not isinstance(reason, LazyString) or not reason._args:
        return str(_("A check stands against it; what it says is about a record you may not open."))
    told = {key: value if key in _TOLD else "…" for key, value in reason._kwargs.items()}
    return str(reason._func(*reason._args, **told))
