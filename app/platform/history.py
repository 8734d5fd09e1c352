"""What happened to one row, newest first: its own deeds and every change of its fields, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform.access import elevated
from app.platform.audit import AuditEntry
from app.platform.entity import Entity, Field
from app.platform.timeline import TimelineEntry

MOST = 60
_SHOWN = ("insert", "update", "reveal")


@dataclass(frozen=True)
class Change:
    """One field that changed, with both values in words."""

    label: Any
    before: str
    after: str


@dataclass(frozen=True)
class Event:
    """One event: who, when; a deed of the timeline, or an edit with its changes."""

    at: datetime
    actor: str
    actor_id: int | None
    kind: str
    deed: TimelineEntry | None = None
    changes: Sequence[Change] = ()


Words = Callable[[Field, Any], str]


def history_of(
    session: Session, shape: Entity, row: Any, words: Words, names: Mapping[int, str]
) -> list[Event]:
    """The newest events of a row the person has found in scope; only of fields they may see.

    `words` says a kept value of a field as people read it, `names` what people are called.
    """
    with elevated(session):
        deeds = session.scalars(
            select(TimelineEntry)
            .where(TimelineEntry.subject == shape.grants_of, TimelineEntry.subject_id == row.id)
            .order_by(TimelineEntry.id.desc())
            .limit(MOST)
        ).all()
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.table_name == row.__table__.name, AuditEntry.row_id == row.id)
            .where(AuditEntry.action.in_(_SHOWN))
            .order_by(AuditEntry.id.desc())
            .limit(MOST)
        ).all()
    events = [Event(deed.at, deed.actor, deed.actor_id, deed.kind, deed) for deed in deeds]
    begun = any(event.kind == "created" for event in events)
    for entry in entries:
        actor = names.get(entry.actor_id or 0, entry.actor)
        changes = _changes(shape, entry, words) if entry.action == "update" else []
        if changes or entry.action == "reveal" or (entry.action == "insert" and not begun):
            events.append(Event(entry.at, actor, entry.actor_id, entry.action, None, changes))
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST]


def _changes(shape: Entity, entry: AuditEntry, words: Words) -> list[Change]:
    before, after = flat(entry.before), flat(entry.after)
    return [
        Change(field.label, words(field, before.get(field.name)), words(field, after.get(field.name)))
        for field in shape.fields
        if before.get(field.name) != after.get(field.name) and field.kind != "state"
    ]


def flat(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values of an audit entry with those of custom fields beside them."""
    plain = dict(values or {})
    return {**plain, **(plain.pop("extra", None) or {})}
