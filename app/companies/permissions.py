"""Who may do what with companies (spec 3-roles)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_EDITS = "list show add edit"

declare(
    EntityAccess(
        entity="company",
        label=_l("Companies"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "add": _l("create"),
            "edit": _l("change"),
        },
        presets={
            "salesperson": Preset(Level.OWN, _EDITS),
            "sales_manager": Preset(Level.TREE, _EDITS),
            "field_worker": Preset(Level.OWN, "list show edit"),
            "delivery_manager": Preset(Level.ALL, _EDITS),
            "accountant": Preset(Level.OWN, "list show edit"),
            # "With engagements": the whole department takes part in whatever it keeps the books of.
            "accounting_manager": Preset(Level.TREE, _EDITS),
            "cashier": Preset(Level.ALL, "list show"),
            "office_clerk": Preset(Level.ALL, "list show"),
            "principal": Preset(Level.ALL, _EDITS),
        },
    )
)
