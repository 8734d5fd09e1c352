"""Reports belong to positions (spec 3-roles, 5-reports)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.org.roles import PRESET_ROLES
from app.platform.access import Level
from app.platform.grants import EntityAccess, Preset, declare

_RUN = {"run": _l("run")}
_SALES = ("salesperson", "sales_manager", "cashier", "principal")
_FINANCE = ("salesperson", "sales_manager", "cashier", "accountant", "principal")
_BOOKS = ("accountant", "accounting_manager", "principal")


def _to(*roles: str) -> dict[str, Preset]:
    return {role: Preset(Level.OWN, "run") for role in roles}


declare(
    EntityAccess("report_sales", _l("Sales reports"), _RUN, _to(*_SALES), scoped=False),
    EntityAccess("report_finance", _l("Finance reports"), _RUN, _to(*_FINANCE), scoped=False),
    EntityAccess("report_bookkeeping", _l("Bookkeeping reports"), _RUN, _to(*_BOOKS), scoped=False),
    EntityAccess(
        entity="report_snapshot",
        label=_l("Report results"),
        actions={"list": _l("see the list"), "show": _l("open")},
        presets={role: Preset(Level.OWN, "list show") for role in PRESET_ROLES},
    ),
)
