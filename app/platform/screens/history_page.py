"""The history of a row as its page shows it: by day, in words, with what was before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.platform import clock, custom_values
from app.platform.access import Identity
from app.platform.actors import naming
from app.platform.entity import Field
from app.platform.history import Event, history_of
from app.platform.lifecycle import lifecycle_of
from app.platform.masking import details_as_seen, mask_text
from app.platform.screens.cells import day_text, text_of
from app.platform.screens.fields import choices_of
from app.platform.shaping import people, shape_of_row
from app.platform.timeline import TimelineEntry, customer_of

_ICONS = {"update": "pen", "insert": "plus", "created": "plus", "reveal": "eye", "file": "paperclip"}


class _Blanks(dict[str, Any]):
    """Placeholders nobody filled stay empty: a page is no place for a KeyError."""

    def __missing__(self, key: str) -> str:
        return ""


def words_of(entry: TimelineEntry, identity: Identity) -> str:
    """What was done, in the reader's language, as far as they may see the fields it tells of."""
    lifecycle = lifecycle_of(entry.subject)
    if lifecycle is not None and entry.title == f"{entry.subject}.{entry.kind}":
        return str(lifecycle.transitions[entry.kind].label)
    return str(_(entry.title)) % _Blanks(details_as_seen(identity, entry.subject, entry.details or {}))


def load(session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
    """The days of the history tab."""
    shape = shape_of_row(session, row, identity)
    events = history_of(session, shape, row, _words(session), people(session, identity))
    customer_id = customer_of(row)
    called = partial(naming(session, identity, [customer_id]), customer_id)
    return {
        "days": [
            {"label": day_text(day), "entries": [_entry(event, identity, called) for event in of_day]}
            for day, of_day in groupby(events, key=lambda event: clock.local(event.at).date())
        ]
    }


def _words(session: Session) -> Any:
    def words(field: Field, kept: Any) -> str:
        if kept in (None, "", []):
            return _("empty")
        if field.kind == "masked":
            return mask_text(str(kept))
        if field.custom == "file":
            return str(kept.get("name", "")) if isinstance(kept, Mapping) else ""
        if field.choices is not None:
            known = {str(key): str(label) for key, label in choices_of(field, session)}
            parts = kept if isinstance(kept, list) else [kept]
            return "、".join(known.get(str(part), str(part)) for part in parts)
        return text_of(field, _value(field, kept))

    return words


def _value(field: Field, kept: Any) -> Any:
    """What audit kept as text, as its kind again."""
    if field.custom:
        return custom_values.from_json(field.custom, kept)
    try:
        if field.kind == "money":
            return Decimal(str(kept))
        if field.kind == "date":
            return date.fromisoformat(str(kept)[:10])
    except (ValueError, ArithmeticError):
        return kept
    return kept


def _entry(event: Event, identity: Identity, called: Callable[[int | None, str], str]) -> dict[str, Any]:
    return {
        "icon": _ICONS.get(event.kind, "arrow-right"),
        "actor": called(event.actor_id, event.actor),
        "text": _text(event, identity),
        "time": f"{clock.local(event.at):%H:%M}",
        "body": event.deed.body if event.deed is not None else "",
        "changes": event.changes,
        **(_state(event.deed) if event.deed is not None else {}),
    }


def _text(event: Event, identity: Identity) -> str:
    if event.deed is not None:
        return words_of(event.deed, identity)
    return {
        "update": _("changed this:"),
        "insert": _("wrote this record down"),
        "reveal": _("looked at a masked value"),
    }[event.kind]


def _state(deed: TimelineEntry) -> dict[str, Any]:
    lifecycle, state = lifecycle_of(deed.subject), deed.to_state or ""
    if lifecycle is None or state == deed.from_state or state not in lifecycle.states:
        return {}
    return {"label": str(lifecycle.label(state)), "label_tone": lifecycle.tone(state)}
