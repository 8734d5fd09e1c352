"""Who may do what with people, departments, roles and the system's own pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

declare(
    EntityAccess(
        entity="person",
        label=_l("People"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "add": _l("create"),
            "edit": _l("change"),
            "reset_password": _l("reset passwords"),
            "end_logins": _l("force log-out"),
        },
        presets={
            "administrator": Preset(Level.ALL, "list show add edit reset_password end_logins"),
            "principal": Preset(Level.ALL, "list show"),
        },
        scoped=False,
    ),
    EntityAccess(
        entity="role",
        label=_l("Roles"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "add": _l("create"),
            "edit": _l("change"),
            "explain": _l("ask why somebody cannot do something"),
        },
        presets={
            "administrator": Preset(Level.ALL, "list show add edit explain"),
            "principal": Preset(Level.ALL, "list show"),
        },
        scoped=False,
    ),
    EntityAccess(
        entity="custom_field",
        label=_l("Custom fields"),
        actions={"list": _l("see the list"), "show": _l("open"), "add": _l("create"), "edit": _l("change")},
        presets={"administrator": Preset(Level.ALL, "list show add edit")},
        scoped=False,
    ),
    EntityAccess(
        entity="department",
        label=_l("Departments"),
        actions={"list": _l("see the list"), "show": _l("open"), "add": _l("create"), "edit": _l("change")},
        presets={
            "administrator": Preset(Level.ALL, "list show add edit"),
            "principal": Preset(Level.ALL, "list show"),
        },
        scoped=False,
    ),
    EntityAccess(
        entity="setting",
        label=_l("Rules and parameters"),
        actions={"list": _l("see the list"), "edit": _l("change")},
        presets={"administrator": Preset(Level.ALL, "list edit")},
        scoped=False,
    ),
    EntityAccess(
        entity="audit",
        label=_l("Audit trail"),
        actions={"list": _l("see the list"), "show": _l("open")},
        presets={
            "administrator": Preset(Level.ALL, "list show"),
            "principal": Preset(Level.ALL, "list show"),
        },
        scoped=False,
    ),
)
