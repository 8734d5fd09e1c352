"""Questions about one customer and the people around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from app.customers.models import ContactPoint, Customer, Ownership
from app.customers.ownership import MEMBER, OWNER
from app.customers.states import PUBLIC
from app.org.models import Participation, Person
from app.platform.access import Identity


def in_ownership_chain(session: Session, customer: Customer, identity: Identity) -> bool:
    """Whether the person is owner, member or a superior of one of them: they see numbers whole (ORG-4)."""
    if identity.is_system or customer.owner_id == identity.person_id:
        return True
    return bool(session.scalar(_IN_CHAIN, {"customer": customer.id, "person": identity.person_id}))


def _chain_of_customer() -> Select[tuple[bool]]:
    """Whether a person is among those a customer belongs to and their superiors."""
    taking_part, people = Participation.__table__.c, Person.__table__.c
    chain = (
        select(taking_part.person_id.label("id"))
        .where(taking_part.customer_id == bindparam("customer"), taking_part.reason.in_((OWNER, MEMBER)))
        .cte("chain", recursive=True)
    )
    chain = chain.union(
        select(people.superior_id).join_from(Person.__table__, chain, people.id == chain.c.id)
    )
    return select(exists().where(chain.c.id == bindparam("person")))


_IN_CHAIN = _chain_of_customer()
"""Put together once: every customer's page asks it."""


def led_people(person_id: int | None) -> Select[tuple[int]]:
    """This person and everybody below them: they see whole the numbers of customers one of these has."""
    people = Person.__table__.c
    below = select(people.id).where(people.id == person_id).cte("below", recursive=True)
    below = below.union(
        select(people.id).join_from(Person.__table__, below, people.superior_id == below.c.id)
    )
    return select(below.c.id)


def sees_numbers(session: Session, customer: Customer, identity: Identity) -> bool:
    """Numbers of the public pool are masked for everybody, others outside the ownership chain."""
    return customer.stage != PUBLIC and in_ownership_chain(session, customer, identity)


def contact_point(customer_id: int, point_id: int) -> Select[tuple[ContactPoint]]:
    return select(ContactPoint).where(ContactPoint.id == point_id, ContactPoint.customer_id == customer_id)


def people_taking_part(session: Session, customer_id: int) -> Sequence[tuple[Person, str]]:
    """Who takes part and why, members before those who joined by their work."""
    statement = (
        select(Person, Participation.reason)
        .join(Participation, Participation.person_id == Person.id)
        .where(Participation.customer_id == customer_id, Participation.reason != OWNER)
        .order_by(Participation.id)
    )
    return [(person, reason) for person, reason in session.execute(statement).tuples()]


def owners_of(session: Session, customer_ids: Collection[int]) -> Collection[tuple[int, int]]:
    """Pairs of customer and person for everybody who owns or owned one of the customers."""
    statement = select(Ownership.customer_id, Ownership.person_id)
    return session.execute(statement.where(Ownership.customer_id.in_(customer_ids))).tuples().all()


def ownerships(session: Session, customer_id: int) -> Sequence[tuple[Ownership, str]]:
    """Who owned it when, newest first, with the owner's name (POOL-3)."""
    statement = (
        select(Ownership, Person)
        .join(Person, Ownership.person_id == Person.id)
        .where(Ownership.customer_id == customer_id)
        .order_by(Ownership.began_at.desc(), Ownership.id.desc())
        .limit(20)
    )
    return [(row, person.name) for row, person in session.execute(statement).tuples()]
