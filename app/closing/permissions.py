"""Who may look at closing checks. Closing itself is a permission of the work item."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_WHO = (
    "salesperson",
    "sales_manager",
    "delivery_manager",
    "accountant",
    "accounting_manager",
    "cashier",
    "principal",
)

declare(
    EntityAccess(
        entity="closing",
        label=_l("Closing check"),
        actions={"list": _l("see the checks")},
        presets=dict.fromkeys(_WHO, Preset(Level.ALL, "list")),
        scoped=False,
    ),
)
