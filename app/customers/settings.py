"""TABLE of what an administrator may set about prospects, beside the pool and contact rules."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.settings_table import Setting

IDLE_DAYS = Setting(
    "customers.idle_days",
    _l("Prospect customers"),
    _l("“Untouched for long” lists prospects without contact for"),
    default=30,
    lowest=1,
    highest=365,
    unit=_l("days"),
)
