"""TABLE of what an administrator may set about log-ins and passwords."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.settings_table import Setting

_GROUP = _l("Log-in")

IDLE_HOURS = Setting(
    "org.idle_hours",
    _GROUP,
    _l("Logged out after doing nothing for"),
    default=8,
    lowest=1,
    highest=72,
    unit=_l("hours"),
)
LIFE_DAYS = Setting(
    "org.life_days",
    _GROUP,
    _l("Log in again at the latest after"),
    default=7,
    lowest=1,
    highest=60,
    unit=_l("days"),
)
BAD_LOGINS = Setting(
    "org.bad_logins",
    _GROUP,
    _l("Bad passwords until the log-in is locked"),
    default=5,
    lowest=3,
    highest=20,
    help=_l("Counted per account and address."),
)
LOCK_MINUTES = Setting(
    "org.lock_minutes",
    _GROUP,
    _l("Locked for"),
    default=15,
    lowest=1,
    highest=1440,
    unit=_l("minutes"),
)
# First passwords the program draws are 17 characters long.
SHORTEST_PASSWORD = Setting(
    "org.shortest_password",
    _GROUP,
    _l("Shortest password"),
    default=12,
    lowest=8,
    highest=16,
    unit=_l("characters"),
    help=_l("For passwords set from now on."),
)
