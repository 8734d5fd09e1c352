"""What delivery adds to the pages of customers and contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.delivery.entity import promised_text, promised_tone, step_name
from app.delivery.models import WorkItem
from app.delivery.queries import items_of, open_with_step
from app.delivery.transitions import LIFECYCLE
from app.platform.access import Identity
from app.platform.screens.slots import Contribution, contribute


def shown(item: WorkItem) -> dict[str, Any]:
    """An item as short lists draw it."""
    finished = [step for step in item.steps if step.state != "open"]
    return {
        "row": item,
        "state": LIFECYCLE.label(item.state),
        "tone": LIFECYCLE.tone(item.state),
        "step": step_name(item),
        "done": len(finished),
        "total": len(item.steps),
        "promised": promised_text(item),
        "promised_tone": promised_tone(item),
    }


def _of_customer(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any]:
    return {"items": [shown(item) for item in session.scalars(items_of(customer_id=customer.id))]}


def _open_of_customer(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any] | None:
    rows = session.execute(open_with_step(customer.id)).tuples()
    found = [
        {
            "row": item,
            "state": LIFECYCLE.label(item.state),
            "step": step,
            "promised": promised_text(item),
            "promised_tone": promised_tone(item),
        }
        for item, step in rows
    ]
    return {"items": found} if found else None


def _of_contract(session: Session, contract: Any, identity: Identity) -> Mapping[str, Any]:
    return {"items": [shown(item) for item in session.scalars(items_of(contract_id=contract.id))]}


def plug_in() -> None:
    """Fill the slots of earlier screens."""
    see = ("can_list", "work_item")
    contribute(
        Contribution(
            "customer.tab", "work", _l("Progress of work"), "delivery/items.html", _of_customer, see, 60
        ),
        Contribution(
            "customer.aside",
            "work",
            _l("In work"),
            "delivery/customer_aside.html",
            _open_of_customer,
            see,
            30,
        ),
        Contribution(
            "contract.tab", "work", _l("Progress of work"), "delivery/items.html", _of_contract, see, 60
        ),
    )
