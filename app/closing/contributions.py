"""What closing adds to work items and contracts: the guard of closing, the panels, and the clearance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.closing.blocks import missing_row
from app.closing.checks import check_contracts, check_item
from app.closing.findings import Place
from app.closing.operations import clear, missing_for
from app.delivery import clearance
from app.delivery.models import WorkItem
from app.delivery.states import OPEN
from app.delivery.transitions import LIFECYCLE
from app.platform.access import Identity
from app.platform.screens.slots import Contribution, contribute


def checks_are_met(session: Session, row: WorkItem, identity: Identity) -> Sequence[Any]:
    """Everything the closing checks of the line still miss."""
    return missing_for(check_item(session, row))


def _of_item(session: Session, row: WorkItem, identity: Identity) -> Mapping[str, Any] | None:
    if row.state not in OPEN:
        return None
    check = check_item(session, row)
    return {
        "contract_id": row.contract_id,
        "may_see_contract": identity.can("can_show", "contract") and identity.can("can_list", "closing"),
        "word": _l("Open for service") if row.recurring else _l("Close the item"),
        "findings": [
            {
                "label": finding.label,
                "met": finding.met,
                "summary": finding.answer.summary,
                "missing": [missing_row(m, identity, place_url) for m in finding.answer.missing],
            }
            for finding in check.findings
        ],
    }


def _of_contract(session: Session, contract: Any, identity: Identity) -> Mapping[str, Any] | None:
    if contract.state != "active":
        return None
    check = check_contracts(session, [contract.id])[0]
    if not check.open_lines:
        return None
    return {"check": check, "contract_id": contract.id}


def place_url(place: Place) -> str | None:
    """The address of the screen; None when this program has no such screen."""
    known = place.endpoint in current_app.view_functions
    return url_for(place.endpoint, **dict(place.values)) if known else None


def plug_in() -> None:
    """Fill the slots of earlier screens, guard their transitions, give clearances."""
    clearance.supply(clear)
    LIFECYCLE.contribute_guard("close", checks_are_met)
    LIFECYCLE.contribute_guard("open", checks_are_met)
    contribute(
        Contribution(
            "work_item.aside",
            "closing",
            _l("Closing check"),
            "closing/item_aside.html",
            _of_item,
            ("can_list", "work_item"),
            20,
        ),
        Contribution(
            "contract.aside",
            "closing",
            _l("Closing check"),
            "closing/contract_aside.html",
            _of_contract,
            ("can_list", "closing"),
            60,
        ),
    )
