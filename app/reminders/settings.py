"""TABLE of what an administrator may set about reminders, beside their rules."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.settings_table import Setting

DAY_BEGINS = Setting(
    "reminders.day_begins",
    _l("Reminders"),
    _l("Reminders show at"),
    default=8,
    lowest=0,
    highest=23,
    unit=_l("o'clock"),
    help=_l("For reminders planned from now on."),
)
