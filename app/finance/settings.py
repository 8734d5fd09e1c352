"""How receipts are numbered."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.finance.models import Receipt
from app.platform.number_formats import Numbered

Numbered("receipt", _l("Receipt"), lambda: Receipt.number, preset="DK-{year}-{number:04d}")
