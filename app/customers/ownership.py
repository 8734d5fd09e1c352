"""Who owns a customer, since when, and who else takes part: the one place that moves an ownership.

Every function runs inside `elevated`: the new owner may stand outside the actor's reach.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers import claims, obligations
from app.customers.models import Customer, Ownership
from app.org.models import Participation
from app.platform import clock

OWNER = "owner"
MEMBER = "member"


def take_part(
    session: Session,
    customer_id: int,
    *,
    person_id: int | None = None,
    department_id: int | None = None,
    reason: str = MEMBER,
) -> None:
    """Let a person or a department take part in the customer; once only, however often asked."""
    wanted = (
        Participation.customer_id == customer_id,
        Participation.person_id == person_id,
        Participation.department_id == department_id,
        Participation.reason == reason,
    )
    if session.scalars(select(Participation.id).where(*wanted)).first() is None:
        session.add(
            Participation(
                customer_id=customer_id, person_id=person_id, department_id=department_id, reason=reason
            )
        )
        session.flush()


def leave(session: Session, customer_id: int, *, person_id: int | None = None, reason: str = MEMBER) -> None:
    """End the participations of the reason, of one person or (person_id None) of everybody."""
    wanted = [Participation.customer_id == customer_id, Participation.reason == reason]
    if person_id is not None:
        wanted.append(Participation.person_id == person_id)
    for row in session.scalars(select(Participation).where(*wanted)):
        session.delete(row)
    session.flush()


def begin(session: Session, customer: Customer, owner_id: int, how: str) -> None:
    """Make the person the owner. `how`: created, imported, claimed, assigned. The stage stays as it is."""
    now = clock.now()
    customer.owner_id = owner_id
    customer.recycle_warned_at = None
    take_part(session, customer.id, person_id=owner_id, reason=OWNER)
    session.add(Ownership(customer_id=customer.id, person_id=owner_id, began_at=now, how=how))
    session.flush()


def end(session: Session, customer: Customer, reason: str) -> None:
    """Close the present ownership; the customer keeps `owner_id` until somebody else (or nobody) is set."""
    row = session.scalars(
        select(Ownership).where(Ownership.customer_id == customer.id, Ownership.ended_at.is_(None))
    ).first()
    if row is not None:
        row.ended_at, row.end_reason = clock.now(), reason[:200]
    leave(session, customer.id, reason=OWNER)


def stop_contacting(session: Session, customer: Customer) -> None:
    """The customer is no active prospect any more: claims and later obligations fall away."""
    claims.release(session, customer.id)
    obligations.exclude(session, customer.id)
