"""What people do with customers: create, edit, contact points, needs. Stages move by the lifecycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers import claims, obligations, ownership
from app.customers.checks import not_in_pool
from app.customers.collisions import Known, Relation, collisions_of_keys
from app.customers.company_names import core_name
from app.customers.contacts import field_of, points_of
from app.customers.events import CustomerCreated
from app.customers.models import ContactPoint, Customer, Need
from app.customers.states import NEW_LEAD, PROSPECT
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform import clock, numbering
from app.platform.access import Identity, elevated, identity_of
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.events import publish
from app.platform.masking import sees
from app.platform.row_locks import hold_row


def create_customer(
    session: Session,
    *,
    name: str,
    contacts: Iterable[Sequence[Any]] = (),
    business_type_ids: Sequence[int] = (),
    needs: Mapping[int, Mapping[str, Any]] | None = None,
    source: str | None = None,
    industry: str | None = None,
    region: str | None = None,
    level: str | None = None,
    introducer: str | None = None,
    owner_id: int | None = None,
    note: str | None = None,
    next_contact_on: date | None = None,
    next_contact_note: str | None = None,
    passed_by_superior: bool = False,
    reason: str = "",
) -> Customer:
    """Create a prospect with everything that hangs on it; the owner is the actor unless another is named.

    `contacts` are rows (person_name, kind, value, shared, role), the last two optional. `needs` maps a
    business type to the answers of its need form; `business_type_ids` adds types without answers. Raises
    FieldErrors (name, "contacts-0-value"), BusinessError code "collision" when a colleague's prospect has a
    number and no superior passed it, NotAllowed when the actor may not name another owner or pass it.
    """
    identity = identity_of(session)
    owner = _owner_of_new(identity, owner_id)
    points = points_of(contacts)
    _refuse_nameless(name)
    known = collisions_of_keys(session, (point.key for point in points.values()))
    collided = refuse_collisions(identity, points, known, owner, passed_by_superior, reason)
    now = clock.now()
    customer = Customer(
        name=name.strip()[:120],
        core_name=core_name(name)[:120],
        source=source,
        industry=industry,
        region=region,
        level=level,
        introducer=introducer,
        progress=NEW_LEAD,
        note=note,
        owner_id=owner,
        next_contact_on=next_contact_on,
        next_contact_note=next_contact_note,
        created_at=now,
        created_by_id=identity.person_id,
        contact_points=list(points.values()),
        needs=_needs(business_type_ids, needs),
    )
    with elevated(session):
        customer.number = numbering.draw(session, "customer")
        CUSTOMER_LIFECYCLE.begin(
            session, customer, PROSPECT, title="created the customer", **_passing(collided, reason)
        )
        ownership.begin(session, customer, owner, "created")
        claims.take(session, customer, _own_keys(points.values(), collided))
        obligations.lay_down(session, customer)
    publish(session, CustomerCreated(customer_id=customer.id))
    return customer


def _owner_of_new(identity: Identity, owner_id: int | None) -> int:
    if owner_id is not None and owner_id != identity.person_id:
        if not identity.can("can_import", "customer"):
            identity.require("can_assign", "customer")
        return owner_id
    if identity.person_id is None:
        raise BusinessError(_l("A prospect needs an owner."), code="owner")
    return identity.person_id


def _refuse_nameless(name: str) -> None:
    if not (name or "").strip():
        raise FieldErrors(_l("Some information is missing."), {"name": [_l("This is required.")]})


def _needs(ids: Sequence[int], answers: Mapping[int, Mapping[str, Any]] | None) -> list[Need]:
    wanted = dict.fromkeys((*ids, *(answers or {})))
    return [
        Need(business_type_id=type_id, answers=dict((answers or {}).get(type_id, {}))) for type_id in wanted
    ]


def _passing(collided: Sequence[ContactPoint], reason: str) -> dict[str, Any]:
    return {"passed": [point.value for point in collided], "reason": reason} if collided else {}


def _own_keys(points: Iterable[ContactPoint], passed: Sequence[ContactPoint]) -> list[str]:
    return [point.key for point in points if not point.shared and point not in passed]


def refuse_collisions(
    identity: Identity,
    points: Mapping[int, ContactPoint],
    known: Mapping[str, Sequence[Known]],
    owner_id: int,
    passed_by_superior: bool,
    reason: str,
) -> list[ContactPoint]:
    """Apply the collision rule; returns the points a superior let pass. Raises FieldErrors or NotAllowed."""
    faults: dict[str, list[Any]] = {}
    collided: list[ContactPoint] = []
    for place, point in points.items():
        blocking = next(
            (k for k in known.get(point.key, ()) if k.relation_to(owner_id) is Relation.FOREIGN), None
        )
        # That the own point is called shared proves nothing: the known one must be, or a superior says so.
        if blocking is not None:
            faults[field_of(place)] = [_belongs_to(blocking, identity)]
            collided.append(point)
    if not faults:
        return []
    if not passed_by_superior:
        refusal = FieldErrors(_l("Collision: a colleague's prospect has this number."), faults)
        refusal.code = "collision"
        raise refusal
    identity.require("can_pass_collision", "customer")
    if not reason.strip():
        raise FieldErrors(_l("Say why the collision may pass."), {"reason": [_l("This is required.")]})
    return collided


def _belongs_to(known: Known, identity: Identity) -> str:
    if not sees(identity, "customer.owner"):
        return str(_("It belongs to a colleague."))
    if known.department:
        return str(
            _("It belongs to %(owner)s (%(department)s).", owner=known.owner, department=known.department)
        )
    return str(_("It belongs to %(owner)s.", owner=known.owner))


def find(session: Session, customer_id: int) -> Customer:
    """The customer in the actor's scope. Raises NotFound, and BusinessError for one in the public pool."""
    customer = session.scalars(select(Customer).where(Customer.id == customer_id)).first()
    if customer is None:
        raise NotFound()
    refuse_pool(session, customer)
    return customer


def refuse_pool(session: Session, customer: Customer) -> None:
    """Raises BusinessError for a customer in the public pool."""
    for reason in not_in_pool(session, customer, identity_of(session)):
        raise BusinessError(reason, code="public")


def hold(session: Session, customer_id: int) -> Customer:
    """Lock the customer and read it anew, whoever asks: for later stages whose deed depends on its stage.

    After any contract (lock order: docs/decisions/0013-lock-order.md). Raises NotFound.
    """
    return hold_row(session, Customer, customer_id)


def edit_customer(
    session: Session,
    customer: Customer,
    values: Mapping[str, Any],
    needs: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Change what is written about a customer; `needs` replaces the whole list when given.

    Owner, stage and numbers have operations of their own. Raises FieldErrors for a blank name.
    """
    refuse_pool(session, customer)
    given = {name: value for name, value in values.items() if name in EDITED}
    if "name" in given:
        _refuse_nameless(given["name"])
        customer.core_name = core_name(given["name"])[:120]
    for name, value in given.items():
        setattr(customer, name, value)
    if needs is not None:
        _replace_needs(customer, needs)
    customer.changed_at = clock.now()
    session.flush()


EDITED = frozenset(
    {
        "name",
        "source",
        "industry",
        "region",
        "level",
        "progress",
        "introducer",
        "note",
        "next_contact_on",
        "next_contact_note",
    }
)


def _replace_needs(customer: Customer, needs: Mapping[int, Mapping[str, Any]]) -> None:
    kept = {need.business_type_id: need for need in customer.needs if need.business_type_id in needs}
    for type_id, answers in needs.items():
        if type_id in kept:
            kept[type_id].answers = dict(answers)
        else:
            kept[type_id] = Need(business_type_id=type_id, answers=dict(answers))
    customer.needs = list(kept.values())


def add_contact_point(
    session: Session,
    customer_id: int,
    contact: Sequence[Any],
    *,
    passed_by_superior: bool = False,
    reason: str = "",
) -> ContactPoint:
    """Add (person_name, kind, value, shared, role); the same rule about collisions as at creation."""
    customer = find(session, customer_id)
    points = points_of([contact])
    point = points[0]
    passed: Sequence[ContactPoint] = ()
    if customer.stage == PROSPECT and customer.owner_id is not None:
        known = collisions_of_keys(session, [point.key])
        identity = identity_of(session)
        passed = refuse_collisions(identity, points, known, customer.owner_id, passed_by_superior, reason)
    point.customer_id = customer.id
    customer.changed_at = clock.now()
    session.add(point)
    session.flush()
    _claim_anew(session, customer, [], _own_keys([point], passed))
    return point


def change_contact_point(session: Session, point_id: int, contact: Sequence[Any]) -> ContactPoint:
    """Correct a contact point; a new number is held against the collision rule."""
    point = _find_point(session, point_id)
    customer = find(session, point.customer_id)
    points = points_of([contact])
    fresh, before = points[0], point.key
    if customer.stage == PROSPECT and customer.owner_id is not None and fresh.key != before:
        known = collisions_of_keys(session, [fresh.key])
        refuse_collisions(identity_of(session), points, known, customer.owner_id, False, "")
    for name in ("person_name", "role", "kind", "value", "key", "shared"):
        setattr(point, name, getattr(fresh, name))
    customer.changed_at = clock.now()
    session.flush()
    _claim_anew(session, customer, [before], _own_keys([point], ()))
    return point


def remove_contact_point(session: Session, point_id: int) -> None:
    """Take a contact point off its customer; a colleague's prospect that shares the number holds it then."""
    point = _find_point(session, point_id)
    customer = find(session, point.customer_id)
    key = point.key
    session.delete(point)
    customer.changed_at = clock.now()
    session.flush()
    _claim_anew(session, customer, [key], [])


def _find_point(session: Session, point_id: int) -> ContactPoint:
    point = session.scalars(select(ContactPoint).where(ContactPoint.id == point_id)).first()
    if point is None:
        raise NotFound()
    return point


def _claim_anew(session: Session, customer: Customer, freed: Sequence[str], wanted: Sequence[str]) -> None:
    if customer.stage == PROSPECT:
        with elevated(session):
            claims.release(session, customer.id, freed)
            claims.take(session, customer, wanted)


def leave_customer(session: Session, customer_id: int, person_id: int) -> None:
    """End the membership of a colleague the customer was shared with."""
    customer = find(session, customer_id)
    with elevated(session):
        ownership.leave(session, customer.id, person_id=person_id)


def sign(session: Session, customer_id: int) -> Customer:
    """A contract became active. For later stages, which act for the agency."""
    return _by_the_agency(session, customer_id, "sign")


def retain(session: Session, customer_id: int) -> Customer:
    """No line is in work any more."""
    return _by_the_agency(session, customer_id, "retain")


def fall_back(session: Session, customer_id: int) -> Customer:
    """The last contract was terminated."""
    return _by_the_agency(session, customer_id, "fall_back")


def _by_the_agency(session: Session, customer_id: int, name: str) -> Customer:
    with elevated(session):
        customer: Customer = CUSTOMER_LIFECYCLE.perform(session, customer_id, name)
    return customer
