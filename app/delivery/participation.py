"""Handlers, and departments whose turn it is, take part in the customer: that is how they see it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.delivery.models import WorkItem
from app.delivery.states import OPEN
from app.org.models import Participation
from app.platform.access import elevated

HANDLER = "handler"


def join(
    session: Session, customer_id: int, *, person_id: int | None = None, department_id: int | None = None
) -> None:
    """Let a person or a department take part as handler. Doing it twice changes nothing."""
    known = session.scalars(
        select(Participation.id).where(
            Participation.customer_id == customer_id,
            Participation.person_id == person_id,
            Participation.department_id == department_id,
            Participation.reason == HANDLER,
        )
    ).first()
    if known is None:
        session.add(
            Participation(
                customer_id=customer_id, person_id=person_id, department_id=department_id, reason=HANDLER
            )
        )
        session.flush()


def leave(session: Session, customer_id: int, *, person_id: int) -> None:
    """End the part of a former handler, unless the person has other open items of this customer."""
    with elevated(session):
        other = session.scalars(
            select(WorkItem.id)
            .where(
                WorkItem.customer_id == customer_id,
                WorkItem.handler_id == person_id,
                WorkItem.state.in_(OPEN),
            )
            .limit(1)
        ).first()
        if other is None:
            session.execute(
                delete(Participation).where(
                    Participation.customer_id == customer_id,
                    Participation.person_id == person_id,
                    Participation.reason == HANDLER,
                )
            )
