"""TABLE of what an administrator may set about periodic services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.settings_table import Setting

RENEWAL_DAYS = Setting(
    "bookkeeping.renewal_days",
    _l("Bookkeeping"),
    _l("“To renew” lists services that end within"),
    default=60,
    lowest=1,
    highest=365,
    unit=_l("days"),
)
