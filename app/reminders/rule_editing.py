"""Changes to reminder rules. Never commits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.platform.errors import FieldErrors
from app.reminders.models import ReminderRule

_OFFSETS = re.compile(r"\s*[+-]?\d{1,3}(\s*[,，]\s*[+-]?\d{1,3})*\s*")
_RECEIVERS = re.compile(
    r"\s*(owner|accountant|superior|role:\w+)(\s*[,，]\s*(owner|accountant|superior|role:\w+))*\s*"
)


def save_rule(session: Session, rule: ReminderRule | None, data: Mapping[str, Any]) -> ReminderRule:
    """Create or change a rule, in force at the next planning. Raises FieldErrors."""
    _check(data)
    row = rule or ReminderRule()
    for name, value in data.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def _check(data: Mapping[str, Any]) -> None:
    faults: dict[str, list[Any]] = {}
    if not _OFFSETS.fullmatch(data.get("offsets") or ""):
        faults["offsets"] = [_l("Whole numbers separated by commas, like -7,0,3.")]
    if not _RECEIVERS.fullmatch(data.get("receivers") or ""):
        faults["receivers"] = [_l("Only owner, accountant, superior and role:NAME.")]
    if faults:
        raise FieldErrors(_l("The rule cannot be saved."), faults)
