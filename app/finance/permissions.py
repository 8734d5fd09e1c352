"""Who may do what with money (spec 3-roles, column receipts / finance)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

declare(
    EntityAccess(
        entity="receipt",
        label=_l("Receipts"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "add": _l("enter"),
            "edit": _l("fill in further fields"),
            "approve": _l("book"),
            "reject": _l("reject"),
            "withdraw": _l("withdraw"),
            "allocate": _l("allocate advances"),
            "reverse": _l("reverse"),
        },
        presets={
            "salesperson": Preset(Level.OWN, "list show add edit withdraw"),
            "sales_manager": Preset(Level.TREE, "list show"),
            "accountant": Preset(Level.OWN, "list show add edit withdraw"),
            "cashier": Preset(Level.ALL, "list show add edit approve reject withdraw allocate reverse"),
            "principal": Preset(Level.ALL, "list show add edit approve reject withdraw allocate reverse"),
        },
    ),
    EntityAccess(
        entity="receivable",
        label=_l("Receivables"),
        actions={"list": _l("see the list"), "show": _l("open"), "waive": _l("waive")},
        presets={
            "salesperson": Preset(Level.OWN, "list show"),
            "sales_manager": Preset(Level.TREE, "list show"),
            "accountant": Preset(Level.OWN, "list show"),
            "accounting_manager": Preset(Level.TREE, "list show"),
            "cashier": Preset(Level.ALL, "list show waive"),
            "principal": Preset(Level.ALL, "list show waive"),
        },
    ),
    EntityAccess(
        entity="waiver",
        label=_l("Waivers"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "approve": _l("approve"),
            "reject": _l("reject"),
            "withdraw": _l("withdraw"),
        },
        presets={
            "cashier": Preset(Level.ALL, "list show withdraw"),
            "principal": Preset(Level.ALL, "list show approve reject withdraw"),
        },
    ),
    EntityAccess(
        entity="money_account",
        label=_l("Accounts and cash book"),
        actions={"list": _l("see the list"), "show": _l("open"), "add": _l("create"), "edit": _l("change")},
        presets={
            "cashier": Preset(Level.ALL, "list show add edit"),
            "principal": Preset(Level.ALL, "list show"),
        },
        scoped=False,
    ),
)
