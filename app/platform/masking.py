"""What is left of a value for somebody who may know that it is there, but not what it says."""

from __future__ import annotations

from app.platform.access import FieldLevel, Identity

_HIDDEN = "****"
_OPEN = frozenset({FieldLevel.FULL, FieldLevel.READ_ONLY})


def sees(identity: Identity, entity: str, name: str) -> bool:
    """Whether this person sees the field as it is; pages written by hand ask here."""
    return identity.field_level(entity, name) in _OPEN


def as_seen(identity: Identity, place: str, text: str) -> str:
    """The text about the field "entity.name", or what stands for it where the person may not see it."""
    entity, _dot, name = place.partition(".")
    return text if not text or sees(identity, entity, name) else _HIDDEN


def mask_text(text: str) -> str:
    """A few characters at both ends of a long value, nothing of a short one; empty stays empty.

    >>> mask_text("440301198001011234"), mask_text("王小燕"), mask_text("")
    ('440****234', '****', '')
    """
    if not text:
        return ""
    shown = min(3, len(text) // 4)
    return f"{text[:shown]}{_HIDDEN}{text[-shown:] if shown else ''}"
