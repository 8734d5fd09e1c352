"""What is left of a value for somebody who may know that it is there, but not what it says.

Generated screens get a shaped entity (shaping.py) and need nothing of this. Whatever is written by hand asks
here, naming the place of a value: the field it is or is reckoned from, "contract.amount". What several fields
go into names them all, with blanks between, and is seen by who sees each: a balance says what was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.platform.access import FieldLevel, Identity

VEIL = "****"
_OPEN = frozenset({FieldLevel.FULL, FieldLevel.READ_ONLY})
_LEARNED = _OPEN | {FieldLevel.REVEALABLE}

Guard = Callable[[Session, Any, Identity], Sequence[Any]]


def sees(identity: Identity, place: str) -> bool:
    """Whether this person sees the fields of the place as they are."""
    return _levels(identity, place) <= _OPEN


def as_seen(identity: Identity, place: str, value: Any) -> Any:
    """The value, or what stands for it where the person may not see it: a veil for text, else nothing.

    Empty text stays empty. What is not text is asked for before it is written, so that a sum or a bar can be
    left out with its words: `{% if standing.paid|seen("receivable.amount receivable.paid") %}`.
    """
    if not value or sees(identity, place):
        return value
    return VEIL if isinstance(value, str) else None


def details_as_seen(identity: Identity, entity: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """What a sentence about a row tells: a detail named like a field of the row says what that field says."""
    return {name: as_seen(identity, f"{entity}.{name}", value) for name, value in details.items()}


def must_see(place: str) -> Guard:
    """A guard: nobody sets, confirms or moves an amount their role keeps from them.

    Such a click would be blind, and its signature worth nothing; a form for it would have to show what it
    asks about. So the step is refused with the reason, in bulk and in jobs, too. Who may look at the value
    on request may also decide on it.
    """

    def guard(_session: Session, _row: Any, identity: Identity) -> Sequence[Any]:
        if _levels(identity, place) <= _LEARNED:
            return []
        return [_l("Your role may not see the amount this is about. Ask a colleague who does.")]

    return guard


def _levels(identity: Identity, place: str) -> frozenset[FieldLevel]:
    pairs = (name.partition(".") for name in place.split())
    return frozenset(identity.field_level(entity, field) for entity, _dot, field in pairs)


def mask_text(text: str) -> str:
    """A few characters at both ends of a long value, nothing of a short one; empty stays empty.

    >>> mask_text("440301198001011234"), mask_text("王小燕"), mask_text("")
    ('440****234', '****', '')
    """
    if not text:
        return ""
    shown = min(3, len(text) // 4)
    return f"{text[:shown]}{VEIL}{text[-shown:] if shown else ''}"
