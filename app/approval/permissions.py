"""Who keeps the approval rules (spec 3-roles: administrators edit rules without seeing customers' money)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

declare(
    EntityAccess(
        entity="approval_rule",
        label=_l("Approval rules"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "add": _l("create"),
            "edit": _l("change"),
        },
        presets={
            "administrator": Preset(Level.ALL, "list show add edit"),
            "principal": Preset(Level.ALL, "list show"),
        },
        scoped=False,
    ),
)
