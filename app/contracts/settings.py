"""TABLE of what an administrator may set about contracts, and how they are numbered."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.contracts.models import Contract
from app.platform.number_formats import Numbered
from app.platform.settings_table import Setting

NUMBER_KIND = "contract"

Numbered(NUMBER_KIND, _l("Contract"), lambda: Contract.number, preset="HT-{year}-{number:04d}")

ONE_OFF_DAYS = Setting(
    "contracts.one_off_days",
    _l("Sales contracts"),
    _l("One-off lines fall due after"),
    default=7,
    lowest=0,
    highest=365,
    unit=_l("days"),
    help=_l("Counted from the day the contract takes effect; receivables there are keep their day."),
)
