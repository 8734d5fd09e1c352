"""Supplies the row scope: participation decides what is own, departments decide dept and tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SelectBase, or_, select, union_all

from app.org.identity import identity_of_person_id
from app.org.models import Participation, Person
from app.platform.access import Identity, Level, supply_criterion, supply_identities


def customers_of(
    anchor: ColumnElement[Any], identity: Identity, level: Level, *, one_by_one: bool
) -> ColumnElement[bool]:
    """Rows tied to a customer in which the person (or a department in reach) takes part.

    Departments are always asked about row by row: a manager's people may take part in a million customers,
    which nobody wants to collect to show fifty.
    """
    if level is Level.OWN and not one_by_one:
        return anchor.in_(tied_customers(identity, level))
    taking_part = Participation.__table__.c
    somebody: ColumnElement[bool] = taking_part.person_id == identity.person_id
    if level is not Level.OWN:
        departments = _departments(identity, level)
        somebody = or_(
            somebody,
            taking_part.person_id.in_(_colleagues(departments)),
            taking_part.department_id.in_(departments),
        )
    asked = select(taking_part.id).where(taking_part.customer_id == anchor, somebody)
    # OFFSET 0 keeps PostgreSQL from making a join of it, for which it would read the table whole.
    return asked.offset(0).correlate_except(Participation.__table__).exists()


def tied_customers(identity: Identity, level: Level) -> SelectBase:
    """The customers in which the person (or a department in reach) takes part, each once per reason."""
    taking_part = Participation.__table__.c
    chosen = select(taking_part.customer_id)
    mine = chosen.where(taking_part.person_id == identity.person_id)
    if level is Level.OWN:
        return mine
    departments = _departments(identity, level)
    # Three questions, each with an index of its own: joined by OR, SQLite reads the whole table.
    return union_all(
        mine,
        chosen.where(taking_part.person_id.in_(_colleagues(departments))),
        chosen.where(taking_part.department_id.in_(departments)),
    )


def people_of(
    anchor: ColumnElement[Any], identity: Identity, level: Level, *, one_by_one: bool
) -> ColumnElement[bool]:
    """Rows tied to a person: the person's own, or those of colleagues in reach, who are always few."""
    if level is Level.OWN:
        return anchor == identity.person_id
    return or_(anchor == identity.person_id, anchor.in_(_colleagues(_departments(identity, level))))


def tied_people(identity: Identity, level: Level) -> SelectBase:
    """The person, and colleagues in reach."""
    people = Person.__table__.c
    departments = [] if level is Level.OWN else _departments(identity, level)
    return select(people.id).where(
        or_(people.id == identity.person_id, people.department_id.in_(departments))
    )


def _colleagues(departments: Sequence[int]) -> Select[Any]:
    people = Person.__table__.c
    return select(people.id).where(people.department_id.in_(departments))


def _departments(identity: Identity, level: Level) -> list[int]:
    if level is Level.TREE:
        return sorted(identity.tree)
    return [identity.department_id] if identity.department_id is not None else []


def supply() -> None:
    """Hand criteria and identities to the platform. Called once by the factory."""
    supply_identities(identity_of_person_id)
    supply_criterion("customer", customers_of, tied_customers)
    supply_criterion("person", people_of, tied_people)
