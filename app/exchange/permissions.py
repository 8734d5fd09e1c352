"""Import runs belong to who started them; importing prospects is the right `import` on customers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_IMPORTERS = ("sales_manager", "principal", "administrator")

declare(
    EntityAccess(
        entity="import_run",
        label=_l("Imports"),
        actions={"list": _l("see the list"), "show": _l("open"), "undo": _l("undo")},
        presets={role: Preset(Level.OWN, "list show undo") for role in _IMPORTERS},
    )
)
