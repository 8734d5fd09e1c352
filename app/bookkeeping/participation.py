"""Who of bookkeeping takes part in a customer: accountants, and the department while one is missing."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService
from app.bookkeeping.states import ServiceKind, ServiceState
from app.org.models import Department, Participation, Person

REASON = "accountant"


def people_of_bookkeeping(session: Session) -> list[tuple[int, str]]:
    """Everybody who may be given books to keep: id and name."""
    rows = session.execute(
        select(Person.id, Person.first_name)
        .join(Department, Person.department_id == Department.id)
        .where(Department.kind == "bookkeeping", Person.active.is_(True))
        .order_by(Person.id)
    )
    return list(rows.tuples())


def settle(session: Session, customer_id: int) -> None:
    """Let the accountants of the customer's running engagements take part, and nobody else of bookkeeping.

    While an engagement has no accountant yet, every bookkeeping department takes part.
    """
    holders = session.scalars(
        select(PeriodicService.accountant_id).where(
            PeriodicService.customer_id == customer_id,
            PeriodicService.kind == ServiceKind.BOOKKEEPING.value,
            PeriodicService.state != ServiceState.ENDED.value,
        )
    ).all()
    people = {person_id for person_id in holders if person_id is not None}
    departments = _departments(session) if None in holders else set()
    known = session.scalars(
        select(Participation).where(Participation.customer_id == customer_id, Participation.reason == REASON)
    ).all()
    stale = [row.id for row in known if row.person_id not in people and row.department_id not in departments]
    if stale:
        session.execute(delete(Participation).where(Participation.id.in_(stale)))
    for person_id in people - {row.person_id for row in known}:
        session.add(Participation(customer_id=customer_id, person_id=person_id, reason=REASON))
    for department_id in departments - {row.department_id for row in known}:
        session.add(Participation(customer_id=customer_id, department_id=department_id, reason=REASON))
    session.flush()


def _departments(session: Session) -> set[int]:
    return set(
        session.scalars(
            select(Department.id).where(Department.kind == "bookkeeping", Department.active.is_(True))
        )
    )
