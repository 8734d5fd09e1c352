"""Everybody has reminders of their own; rules belong to the administrator."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.org.roles import PRESET_ROLES
from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

declare(
    EntityAccess(
        entity="reminder",
        label=_l("Reminders"),
        actions={"list": _l("see the list"), "show": _l("open")},
        presets={role: Preset(Level.OWN, "list show") for role in PRESET_ROLES},
    ),
    EntityAccess(
        entity="reminder_rule",
        label=_l("Reminder rules"),
        actions={"list": _l("see the list"), "show": _l("open"), "add": _l("create"), "edit": _l("change")},
        presets={"administrator": Preset(Level.ALL, "list show add edit")},
        scoped=False,
    ),
)
