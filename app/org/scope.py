"""Supplies the row scope: participation decides what is own, departments decide dept and tree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app.org.identity import identity_of_person_id
from app.org.models import Participation, Person
from app.platform.access import Identity, Level, supply_criterion, supply_identities


def customers_of(anchor: ColumnElement[Any], identity: Identity, level: Level) -> ColumnElement[bool]:
    """Rows tied to a customer in which the person (or a department in reach) takes part."""
    taking_part = Participation.__table__.c
    mine = select(taking_part.customer_id).where(taking_part.person_id == identity.person_id)
    if level is Level.OWN:
        return anchor.in_(mine)
    departments = _departments(identity, level)
    colleagues = select(Person.__table__.c.id).where(Person.__table__.c.department_id.in_(departments))
    return anchor.in_(
        select(taking_part.customer_id).where(
            or_(
                taking_part.person_id == identity.person_id,
                taking_part.person_id.in_(colleagues),
                taking_part.department_id.in_(departments),
            )
        )
    )


def people_of(anchor: ColumnElement[Any], identity: Identity, level: Level) -> ColumnElement[bool]:
    """Rows tied to a person: the person's own, or those of colleagues in reach."""
    if level is Level.OWN:
        return anchor == identity.person_id
    people = Person.__table__.c
    colleagues = select(people.id).where(people.department_id.in_(_departments(identity, level)))
    return or_(anchor == identity.person_id, anchor.in_(colleagues))


def _departments(identity: Identity, level: Level) -> list[int]:
    if level is Level.TREE:
        return sorted(identity.tree)
    return [identity.department_id] if identity.department_id is not None else []


def supply() -> None:
    """Hand criteria and identities to the platform. Called once by the factory."""
    supply_identities(identity_of_person_id)
    supply_criterion("customer", customers_of)
    supply_criterion("person", people_of)
