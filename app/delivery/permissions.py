"""Who may do what with work items (spec 3-roles)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_WORK = "list show edit report_step skip_step undo_step suspend resume"
_LEAD = f"{_WORK} assign cancel close open"

declare(
    EntityAccess(
        entity="work_item",
        label=_l("Work items"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "edit": _l("fill in further fields"),
            "assign": _l("assign"),
            "report_step": _l("report a step"),
            "skip_step": _l("skip a step"),
            "undo_step": _l("undo a step"),
            "suspend": _l("put on hold"),
            "resume": _l("take up again"),
            "cancel": _l("cancel the item"),
            "close": _l("close (one-off)"),
            "open": _l("open (recurring)"),
            "force_close": _l("force close"),
        },
        presets={
            "salesperson": Preset(Level.OWN, "list show"),
            "sales_manager": Preset(Level.TREE, "list show"),
            "field_worker": Preset(Level.OWN, _WORK),
            "delivery_manager": Preset(Level.ALL, _LEAD),
            "accountant": Preset(Level.OWN, _WORK),
            # The bookkeeping department takes part wherever books are to be kept.
            "accounting_manager": Preset(Level.TREE, f"{_LEAD} force_close"),
            "cashier": Preset(Level.ALL, "list show"),
            "principal": Preset(Level.ALL, f"{_LEAD} force_close"),
        },
    ),
)
