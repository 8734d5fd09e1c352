"""What the customer's page and form show around the generated parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.customers import obligations
from app.customers.columns import checkpoints
from app.customers.company_names import core_name
from app.customers.contact_keys import mask
from app.customers.contacts import KINDS
from app.customers.dictionaries import offered
from app.customers.entity import PROSPECT_LIST, PUBLIC_LIST, RETAINED_LIST, SIGNED_LIST
from app.customers.forms import need_fields
from app.customers.models import Customer
from app.customers.ownership import MEMBER
from app.customers.queries import ownerships, people_taking_part, sees_numbers
from app.customers.states import PROSPECT, PUBLIC, RETAINED, SIGNED, STAGES
from app.platform import clock
from app.platform.access import Identity
from app.platform.entity import Entity
from app.platform.masking import sees
from app.platform.screens.cells import cell_of, day_text
from app.platform.screens.slots import in_slot

LISTS = {PROSPECT: PROSPECT_LIST, SIGNED: SIGNED_LIST, RETAINED: RETAINED_LIST, PUBLIC: PUBLIC_LIST}
USUAL_METHOD = "电话"


def list_parts(session: Session, identity: Identity) -> Mapping[str, Any]:
    """Buttons later stages add to the lists (import, export)."""
    buttons = [slot.load(session, None, identity) for slot in in_slot("prospect.action", identity)]
    return {
        "may_create_customer": identity.can("can_add", "customer"),
        "contributed_actions": [button for button in buttons if button is not None],
    }


def customer_parts(session: Session, row: Customer, identity: Identity, shape: Entity) -> Mapping[str, Any]:
    """Head, stage bar, contact points and what the person may do on the page of one customer."""
    people = people_taking_part(session, row.id)
    actions = [slot.load(session, row, identity) for slot in in_slot("customer.action", identity)]
    in_pool = row.stage == PUBLIC
    return {
        "stage_list": _stage_list(row.stage),
        "mark": core_name(row.name)[:1],
        "facts": _facts(row, people, shape),
        "badges": {name: _badge(row, shape, name) for name in ("level", "industry", "progress")},
        "stages": [*_stages(row), *_contributed_stages(session, row, identity)],
        "points": _points(row, whole=sees_numbers(session, row, identity), identity=identity),
        "members": [person for person, reason in people if reason == MEMBER],
        "needs": [(need.business_type.name, _answers(need)) for need in row.needs],
        "checkpoints": checkpoints(row),
        "owners": ownerships(session, row.id) if sees(identity, "customer.owner") else [],
        "contributed_actions": [action for action in actions if action is not None],
        "may_follow_up": identity.can("can_follow_up", "customer") and not in_pool,
        "may_change": identity.can("can_edit", "customer") and not in_pool,
        "may_share": identity.can("can_share", "customer") and not in_pool,
    }


def _stage_list(stage: str) -> dict[str, Any]:
    entity = LISTS[stage]
    return {"label": entity.plural, "url": url_for(f"{entity.name}.index")}


def _facts(row: Customer, people: Sequence[tuple[Any, str]], shape: Entity) -> list[tuple[Any, ...]]:
    """The line under the name: only what the reader may see, the way they may see it."""
    facts: list[tuple[Any, ...]] = []
    who = "owner" if row.owner is not None else "former_owner"
    for name in ("number", who):
        facts += _fact(row, shape, name)
    if people:
        names = dict.fromkeys(person.name for person, _reason in people)
        facts.append((_("Together with"), "、".join(names)))
    for name in ("source", "created_at"):
        facts += _fact(row, shape, name)
    if row.next_contact_on is not None and shape.has("next_contact_on"):
        cell = cell_of(shape, "next_contact_on", row)
        note = cell_of(shape, "next_contact_note", row).text if shape.has("next_contact_note") else ""
        facts.append((cell.field.label, f"{cell.text} {note}".strip(), cell.tone))
    return facts


def _fact(row: Customer, shape: Entity, name: str) -> list[tuple[Any, ...]]:
    text = cell_of(shape, name, row).text if shape.has(name) else ""
    return [(shape.field(name).label, text)] if text else []


def _badge(row: Customer, shape: Entity, name: str) -> str:
    """The value for a coloured badge; nothing when the reader may not see it plainly."""
    plain = shape.has(name) and shape.field(name).kind != "masked"
    return cell_of(shape, name, row).text if plain else ""


def _stages(row: Customer) -> list[dict[str, Any]]:
    reached = {PROSPECT: row.created_at, SIGNED: row.signed_at, RETAINED: row.retained_at}
    order = [PROSPECT, SIGNED, RETAINED]
    place = order.index(row.stage) if row.stage in order else -1
    if row.stage == PUBLIC:
        return [{"label": STAGES[PUBLIC][0], "note": _day_of(row.released_at), "state": "current"}]
    return [
        {
            "label": STAGES[stage][0],
            "note": _day_of(reached[stage]),
            "state": "current" if position == place else "past" if position < place else "later",
        }
        for position, stage in enumerate(order)
    ]


def _day_of(moment: datetime | None) -> str:
    return day_text(clock.local(moment).date()) if moment is not None else ""


def _contributed_stages(session: Session, row: Customer, identity: Identity) -> list[Mapping[str, Any]]:
    found = [slot.load(session, row, identity) for slot in in_slot("customer.stage", identity)]
    return [stage for stage in found if stage is not None]


def _points(row: Customer, *, whole: bool, identity: Identity) -> list[dict[str, Any]]:
    may_reveal = identity.can("can_reveal", "customer") and row.stage != PUBLIC
    return [
        {
            "id": point.id,
            "person": point.person_name or "",
            "note": "、".join(filter(None, (point.role, str(KINDS.get(point.kind, point.kind))))),
            "text": point.value if whole else mask(point.value),
            "shared": point.shared,
            "reveal": None
            if whole or not may_reveal
            else url_for("customer.reveal", pk=row.id, point_id=point.id),
        }
        for point in row.contact_points
    ]


def _answers(need: Any) -> list[tuple[Any, str]]:
    answers = []
    for field in need_fields(need.business_type):
        value = need.answers.get(field.name.split("-", 2)[2])
        if value not in (None, ""):
            choices = field.choices if isinstance(field.choices, Mapping) else {}
            answers.append((field.label, str(choices.get(value, value))))
    return answers


def form_parts(session: Session, identity: Identity, form: Any) -> Mapping[str, Any]:
    """The need forms by business type, and the obligations a new prospect will get."""
    source, level = (form[name].data if name in form else None for name in ("source", "level"))
    rule = obligations.rule_for(obligations.active_rules(session), source, level)
    return {
        "need_forms": [need_form(kind, form) for kind in form.asking],
        "preview": obligations.checkpoints(rule, clock.today()) if rule is not None else [],
        "owner_name": identity.name,
        "collision_url": url_for("customer.collisions"),
    }


def need_form(kind: BusinessType, form: Any) -> Mapping[str, Any]:
    """The questions of one business type, with the fields of the form that answer them."""
    fields = [(form[field.name], field) for field in need_fields(kind)]
    return {"id": kind.id, "name": kind.name, "fields": fields}


def methods(session: Session) -> Sequence[tuple[Any, Any]]:
    """The contact methods to choose from."""
    return offered("contact_method")(session)
