"""The answers of the collision check as the form shows them while somebody types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.customers.collisions import Collision, Relation, collisions, normalise
from app.customers.contact_keys import ContactPointInvalid
from app.customers.contacts import FAULTS
from app.customers.states import STAGES
from app.platform.access import Identity
from app.platform.masking import as_seen, sees


def answers_for(
    session: Session, identity: Identity, kind: str, value: str, exclude: int | None
) -> list[dict[str, Any]]:
    """What `collision.js` draws under the field; a number not yet complete says what it should look like."""
    try:
        found = collisions(session, [(kind, value)], exclude=exclude)
    except ContactPointInvalid as fault:
        return [{"title": str(FAULTS[fault.code]), "fault": True, "blocks": False}]
    compared = "" if kind == "name" else normalise(kind, value).display if kind else ""
    return [_answer(one, identity, compared) for one in found]


def _answer(one: Collision, identity: Identity, compared: str) -> dict[str, Any]:
    return {
        "title": _title(one),
        "kind": one.kind,
        "stage": one.stage,
        "stage_label": str(STAGES[one.stage][0]),
        "owner": as_seen(identity, "customer.owner", one.owner),
        "owner_department": one.department if sees(identity, "customer.owner") else "",
        "reason": _("compared as %(number)s", number=compared) if compared else "",
        "message": _message(one),
        "blocks": one.blocks,
        "customer_url": url_for("customer.show", pk=one.customer_id) if one.customer_id else None,
        "actions": _actions(one, identity),
    }


def _title(one: Collision) -> str:
    if one.kind == "name":
        return str(_("Similar to “%(name)s”", name=one.name) if one.name else _("A similar name is known"))
    return str(_("This number is known already"))


def _message(one: Collision) -> str:
    if one.relation is Relation.FOREIGN and not one.customer_id:
        return str(_("You do not see that customer's name and content. Ask your superior to decide."))
    if one.kind == "name":
        return str(_("You may go on."))
    return str(one.reason)


def _actions(one: Collision, identity: Identity) -> Sequence[Mapping[str, Any]]:
    if one.customer_id is None:
        return []
    if one.relation is Relation.OWN:
        url = url_for("customer.new_contact", pk=one.customer_id)
        return [{"label": _("Add to this customer"), "icon": "plus", "url": url, "dialog": True}]
    if one.relation is Relation.POOL and identity.can("can_claim", "customer"):
        url = url_for("customer.do", pk=one.customer_id, name="claim")
        return [{"label": _("Claim"), "icon": "hand", "url": url, "dialog": True}]
    return []
