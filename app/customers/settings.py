"""TABLE of what an administrator may set about prospects, and how customers are numbered."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.customers.models import Customer
from app.platform.number_formats import Numbered
from app.platform.settings_table import Setting

Numbered(
    "customer",
    _l("Customer"),
    lambda: Customer.number,
    preset="KH-{year}-{number:04d}",
    gap_free=False,
)

IDLE_DAYS = Setting(
    "customers.idle_days",
    _l("Prospect customers"),
    _l("“Untouched for long” lists prospects without contact for"),
    default=30,
    lowest=1,
    highest=365,
    unit=_l("days"),
)
