"""Questions about one customer and the people around it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, exists, literal, select
from sqlalchemy.orm import Session

from app.customers.models import ContactPoint, Customer, Ownership
from app.customers.ownership import MEMBER, OWNER
from app.customers.states import PUBLIC
from app.org.models import Participation, Person
from app.platform.access import Identity


def in_ownership_chain(session: Session, customer: Customer, identity: Identity) -> bool:
    """Whether the person is owner, member or a superior of one of them: they see numbers whole (ORG-4)."""
    if identity.is_system:
        return True
    taking_part = Participation.__table__.c
    chain = (
        select(taking_part.person_id.label("id"))
        .where(taking_part.customer_id == customer.id, taking_part.reason.in_((OWNER, MEMBER)))
        .cte("chain", recursive=True)
    )
    people = Person.__table__.c
    chain = chain.union(
        select(people.superior_id).join_from(Person.__table__, chain, people.id == chain.c.id)
    )
    return bool(session.scalar(select(exists().where(chain.c.id == literal(identity.person_id)))))


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
