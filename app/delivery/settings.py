"""TABLE of what an administrator may set about work items."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.settings_table import Setting

SOON_DAYS = Setting(
    "delivery.soon_days",
    _l("Work items"),
    _l("“Due soon” means promised within"),
    default=3,
    lowest=1,
    highest=60,
    unit=_l("days"),
)
