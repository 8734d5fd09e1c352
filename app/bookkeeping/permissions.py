"""Who may do what with engagements, filings and their calendar (spec 3-roles)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_SEE = "list show"
_MARK = "list show mark_filed zero mark_paid no_tax payment_failed correct not_required"
_LEAD = "list show add edit hand_over suspend resume end renew"

declare(
    EntityAccess(
        entity="engagement",
        label=_l("Bookkeeping customers and periodic services"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "add": _l("create"),
            "edit": _l("change the tax profile"),
            "hand_over": _l("hand over"),
            "suspend": _l("suspend"),
            "resume": _l("resume"),
            "end": _l("end"),
            "renew": _l("renew"),
        },
        presets={
            "salesperson": Preset(Level.OWN, "list show renew"),
            "sales_manager": Preset(Level.TREE, "list show renew"),
            "accountant": Preset(Level.OWN, "list show edit renew"),
            "accounting_manager": Preset(Level.ALL, _LEAD),
            "cashier": Preset(Level.ALL, _SEE),
            "principal": Preset(Level.ALL, _LEAD),
        },
    ),
    EntityAccess(
        entity="filing",
        label=_l("Tax filings"),
        actions={
            "list": _l("see the list"),
            "show": _l("open"),
            "mark_filed": _l("mark as filed"),
            "zero": _l("mark as zero filing"),
            "mark_paid": _l("mark as paid"),
            "no_tax": _l("mark as without tax"),
            "payment_failed": _l("note a failed payment"),
            "correct": _l("reopen for correction"),
            "not_required": _l("mark as not required"),
        },
        presets={
            "salesperson": Preset(Level.OWN, _SEE),
            "sales_manager": Preset(Level.TREE, _SEE),
            "accountant": Preset(Level.OWN, _MARK),
            "accounting_manager": Preset(Level.ALL, _MARK),
            "cashier": Preset(Level.ALL, _SEE),
            "principal": Preset(Level.ALL, _MARK),
        },
    ),
    EntityAccess(
        entity="filing_notice",
        label=_l("Filing deadlines"),
        actions={"list": _l("see the list"), "show": _l("open"), "add": _l("create"), "edit": _l("change")},
        presets={
            "administrator": Preset(Level.ALL, "list show add edit"),
            "accounting_manager": Preset(Level.ALL, "list show add edit"),
            "accountant": Preset(Level.ALL, _SEE),
            "principal": Preset(Level.ALL, _SEE),
        },
        scoped=False,
    ),
    EntityAccess(
        entity="tax_kind",
        label=_l("Tax kinds"),
        actions={"list": _l("see the list"), "show": _l("open"), "edit": _l("change")},
        presets={
            "administrator": Preset(Level.ALL, "list show edit"),
            "accounting_manager": Preset(Level.ALL, _SEE),
        },
        scoped=False,
    ),
)
