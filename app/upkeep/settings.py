"""TABLE of what an administrator may set about the upkeep of the installation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.settings_table import Setting

BACKUP_DAYS = Setting(
    "upkeep.backup_days",
    _l("Upkeep"),
    _l("“doctor” warns when the newest backup is older than"),
    default=8,
    lowest=1,
    highest=90,
    unit=_l("days"),
)
