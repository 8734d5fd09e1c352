"""Who may do what with contracts (spec 3-roles, 2-lifecycle)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_AUTHOR = "list show add edit submit withdraw discard copy"
_SUPERIOR = f"{_AUTHOR} approve hand_back reject terminate carry_on"

declare(
    EntityAccess(
        entity="contract",
        label=_l("Sales contracts"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "add": _l("create"),
            "edit": _l("change"),
            "submit": _l("submit"),
            "approve": _l("approve"),
            "hand_back": _l("hand back"),
            "reject": _l("reject"),
            "withdraw": _l("take back"),
            "discard": _l("discard"),
            "terminate": _l("terminate"),
            "carry_on": _l("carry on after all"),
            "settle": _l("settle the end"),
            "copy": _l("copy"),
        },
        presets={
            "salesperson": Preset(Level.OWN, _AUTHOR),
            "sales_manager": Preset(Level.TREE, _SUPERIOR),
            "principal": Preset(Level.ALL, _SUPERIOR),
            "delivery_manager": Preset(Level.ALL, "list show"),
            "accountant": Preset(Level.OWN, "list show"),
            "accounting_manager": Preset(Level.ALL, "list show"),
            "cashier": Preset(Level.ALL, "list show settle"),
        },
    ),
)
