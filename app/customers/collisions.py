"""The collision check: is this number known already, in which stage, and whose is it?

It looks at every customer, whatever the asker may see, and answers only stage, owner and department of a
foreign one, never its name (spec 2-lifecycle, Collision rule).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, literal, or_, select
from sqlalchemy.orm import Session

from app.customers.company_names import core_name, may_be_same
from app.customers.contact_keys import ContactKey, ContactKind, guess_kind
from app.customers.contact_keys import normalise as normalise_with
from app.customers.models import ContactPoint, Customer
from app.customers.states import PROSPECT, PUBLIC
from app.org.models import Department, Person
from app.platform.access import Identity, elevated, identity_of

KEYS_PER_STATEMENT = 500
_MOST_NAMES, _CANDIDATES = 5, 200


class Relation(StrEnum):
    """What the known customer is to the asker."""

    FOREIGN = "foreign"
    """A colleague's active prospect: the only one that blocks."""
    OWN = "own"
    POOL = "pool"
    CUSTOMER = "customer"
    """Signed or retained."""
    SHARED = "shared"
    """A switchboard or an introducer's number."""


REASONS = {
    Relation.FOREIGN: _l("A colleague's prospect has this number."),
    Relation.OWN: _l("Your own prospect has this number. Add to that customer instead."),
    Relation.POOL: _l("This number is in the public pool. Claim that customer instead."),
    Relation.CUSTOMER: _l("This number belongs to a customer already. Your superior decides."),
    Relation.SHARED: _l("This number is marked as shared and blocks nobody."),
}
SIMILAR = _l("A customer with a similar name is known.")


@dataclass(frozen=True)
class Known:
    """One customer that has the key already."""

    key: str
    customer_id: int
    stage: str
    owner_id: int | None
    owner: str
    department: str
    shared: bool

    def relation_to(self, person_id: int | None) -> Relation:
        if self.shared:
            return Relation.SHARED
        if self.stage == PUBLIC:
            return Relation.POOL
        if self.stage != PROSPECT:
            return Relation.CUSTOMER
        return Relation.OWN if self.owner_id == person_id else Relation.FOREIGN


@dataclass(frozen=True)
class Collision:
    """What the asker gets to know; `name` and `customer_id` only when they may see that customer anyway."""

    value: str
    kind: str
    stage: str
    owner: str
    department: str
    relation: Relation | None
    reason: Any
    blocks: bool
    customer_id: int | None = None
    name: str = ""


def office_area_code() -> str:
    """The area code of landlines written without one."""
    return str(current_app.config.get("AREA_CODE", "0755"))


def normalise(kind: str, value: str) -> ContactKey:
    """The key of a contact point. Raises ContactPointInvalid."""
    return normalise_with(ContactKind(kind), value, area_code=office_area_code())


def collisions_of_keys(session: Session, keys: Iterable[str]) -> dict[str, list[Known]]:
    """Every customer of the agency that has one of the keys, by key, earliest first. For imports as well."""
    wanted = sorted(set(keys))
    found: dict[str, list[Known]] = {}
    with elevated(session):
        for start in range(0, len(wanted), KEYS_PER_STATEMENT):
            part = ContactPoint.key.in_(wanted[start : start + KEYS_PER_STATEMENT])
            for row in session.execute(_known().where(part)):
                found.setdefault(row.key, []).append(_read(row))
    return found


def collisions(
    session: Session, values: Sequence[tuple[str, str]], *, exclude: int | None = None
) -> list[Collision]:
    """What stands against these (kind, value) pairs for the identity of the session.

    The kind may be "" (guessed) or "name". `exclude` leaves one customer out, the one being edited. Raises
    ContactPointInvalid for text that is no contact point of its kind.
    """
    asked = [(kind, value) for kind, value in values if kind != "name"]
    names = [value for kind, value in values if kind == "name" and value.strip()]
    keys = [
        (normalise(kind or _guessed(value), value).key, kind or _guessed(value), value)
        for kind, value in asked
    ]
    known = collisions_of_keys(session, (key for key, _kind, _value in keys)) if keys else {}
    alike = {name: similar_names(session, name) for name in names}
    ids = {one.customer_id for rows in (*known.values(), *alike.values()) for one in rows}
    seen = _names_in_sight(session, ids)
    identity = identity_of(session)
    answers = [
        _answer(one, value, kind, identity, seen)
        for key, kind, value in keys
        for one in known.get(key, ())
        if one.customer_id != exclude
    ]
    return answers + [
        _similar(one, name, seen)
        for name, rows in alike.items()
        for one in rows
        if one.customer_id != exclude
    ]


def similar_names(session: Session, name: str) -> list[Known]:
    """Customers whose core name may mean the same company; it warns and never blocks."""
    core = core_name(name)
    shorter = [core[:length] for length in range(2, len(core))]
    near = or_(Customer.core_name.in_([core, *shorter]), _begins(session, core))
    statement = (
        select(Customer.name.label("key"), literal(False).label("shared"), *_columns())
        .select_from(Customer)
        .outerjoin(Person, Customer.owner_id == Person.id)
        .outerjoin(Department, Person.department_id == Department.id)
        .where(near)
        .limit(_CANDIDATES)
    )
    with elevated(session):
        rows = session.execute(statement).all()
    return [_read(row) for row in rows if may_be_same(row.key, name)][:_MOST_NAMES]


def _begins(session: Session, core: str) -> ColumnElement[bool]:
    """A prefix search each database answers from its index."""
    if session.get_bind().dialect.name == "sqlite":
        return Customer.core_name.between(core, core + "\U0010ffff")
    return Customer.core_name.startswith(core, autoescape=True)


def _columns() -> tuple[Any, ...]:
    return (
        Customer.id.label("customer_id"),
        Customer.stage,
        Customer.owner_id,
        Person.first_name,
        Person.last_name,
        Department.name.label("department"),
    )


def _known() -> Any:
    return (
        select(ContactPoint.key, ContactPoint.shared, *_columns())
        .join(Customer, ContactPoint.customer_id == Customer.id)
        .outerjoin(Person, Customer.owner_id == Person.id)
        .outerjoin(Department, Person.department_id == Department.id)
        .order_by(ContactPoint.id)
    )


def _read(row: Row[Any]) -> Known:
    return Known(
        key=row.key,
        customer_id=row.customer_id,
        stage=row.stage,
        owner_id=row.owner_id,
        owner=f"{row.first_name or ''}{row.last_name or ''}",
        department=row.department or "",
        shared=bool(row.shared),
    )


def _guessed(value: str) -> str:
    return guess_kind(value) or ContactKind.MOBILE


def _names_in_sight(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of those among the customers that the asker may see anyway."""
    if not ids:
        return {}
    return dict(
        session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids))).tuples().all()
    )


def _answer(one: Known, value: str, kind: str, identity: Identity, seen: dict[int, str]) -> Collision:
    relation = one.relation_to(identity.person_id)
    return Collision(
        value=value,
        kind=str(kind),
        stage=one.stage,
        owner=one.owner,
        department=one.department,
        relation=relation,
        reason=REASONS[relation],
        blocks=relation is Relation.FOREIGN,
        customer_id=one.customer_id if one.customer_id in seen else None,
        name=seen.get(one.customer_id, ""),
    )


def _similar(one: Known, value: str, seen: dict[int, str]) -> Collision:
    return Collision(
        value=value,
        kind="name",
        stage=one.stage,
        owner=one.owner,
        department=one.department,
        relation=None,
        reason=SIMILAR,
        blocks=False,
        customer_id=one.customer_id if one.customer_id in seen else None,
        name=seen.get(one.customer_id, ""),
    )
