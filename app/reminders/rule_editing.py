"""Changes to reminder rules. Never commits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.roles import PRESET_ROLES
from app.platform.errors import FieldErrors
from app.reminders.models import ReminderRule

_OFFSETS = re.compile(r"\s*[+-]?\d{1,3}(\s*[,，]\s*[+-]?\d{1,3})*\s*")
RECEIVERS = {
    "owner": _l("owner"),
    "accountant": _l("accountant of the books"),
    "superior": _l("the owner's superior"),
}


def receiver_choices(session: Session) -> list[tuple[str, Any]]:
    """Whom a rule may name: by their part in the customer, or by role."""
    names = session.scalars(select(Role.name).where(Role.name.not_in(("Admin", "Public"))).order_by(Role.id))
    roles = [(f"role:{name}", _l("everybody: %(role)s", role=PRESET_ROLES.get(name, name))) for name in names]
    return [*RECEIVERS.items(), *roles]


def words_of(receivers: str) -> list[str]:
    """The receivers of a rule, as stored: words separated by commas."""
    return [word.strip() for word in receivers.replace("，", ",").split(",") if word.strip()]


def save_rule(session: Session, rule: ReminderRule | None, data: Mapping[str, Any]) -> ReminderRule:
    """Create or change a rule, in force at the next planning. Raises FieldErrors."""
    _check(session, data)
    row = rule or ReminderRule()
    for name, value in data.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def _check(session: Session, data: Mapping[str, Any]) -> None:
    faults: dict[str, list[Any]] = {}
    if not _OFFSETS.fullmatch(data.get("offsets") or ""):
        faults["offsets"] = [_l("Whole numbers separated by commas, like -7,0,3.")]
    known, words = dict(receiver_choices(session)), words_of(data.get("receivers") or "")
    if unknown := [word for word in words if word not in known]:
        faults["receivers"] = [_l("There is no “%(name)s” to remind.", name=unknown[0].removeprefix("role:"))]
    elif not words:
        faults["receivers"] = [_l("Choose who is reminded.")]
    if faults:
        raise FieldErrors(_l("The rule cannot be saved."), faults)
