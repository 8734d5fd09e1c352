"""Who may see and change the catalogue and the price tiers (spec 3-roles)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_ACTIONS = {
    "list": _l("see the list"),
    "show": _l("open"),
    "add": _l("create"),
    "edit": _l("change"),
}
_SEE = Preset(Level.ALL, "list show")
_KEEP = Preset(Level.ALL, "list show add edit")

declare(
    EntityAccess(
        entity="business_type",
        label=_l("Business types"),
        actions=_ACTIONS,
        presets={
            "salesperson": _SEE,
            "sales_manager": _SEE,
            "delivery_manager": _SEE,
            "accounting_manager": _SEE,
            "cashier": _SEE,
            "principal": _KEEP,
            "administrator": _KEEP,
        },
        scoped=False,
    ),
    EntityAccess(
        entity="price_tier",
        label=_l("Price tiers"),
        actions=_ACTIONS,
        presets={
            "salesperson": Preset(Level.OWN, "list show"),
            "sales_manager": _SEE,
            "delivery_manager": _SEE,
            "accounting_manager": _SEE,
            "cashier": _SEE,
            "principal": _KEEP,
            "administrator": _KEEP,
        },
    ),
    EntityAccess(
        entity="price_tier_version",
        label=_l("Price versions"),
        actions=_ACTIONS
        | {
            "submit": _l("submit for approval"),
            "approve": _l("approve"),
            "hand_back": _l("hand back"),
            "withdraw": _l("take back"),
            "discard": _l("discard"),
        },
        presets={
            "principal": Preset(Level.ALL, f"{_KEEP.actions} submit approve hand_back withdraw discard"),
            "administrator": Preset(Level.ALL, f"{_KEEP.actions} submit withdraw discard"),
        },
        scoped=False,
    ),
)
