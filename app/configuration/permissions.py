"""Who may take the whole configuration out and put a file in: the administrator."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

declare(
    EntityAccess(
        entity="configuration",
        label=_l("Configuration file"),
        actions={"export": _l("download and compare"), "apply": _l("apply")},
        presets={"administrator": Preset(Level.ALL, "export apply")},
        scoped=False,
    )
)
