"""Questions about requests: what is open, how it stands, whom it waits for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.approval.models import ApprovalRequest, ApprovalStep
from app.org.models import Person
from app.platform import clock
from app.platform.access import Identity


def open_request(session: Session, subject: str, subject_id: int) -> ApprovalRequest | None:
    """The request of this document that is still under way."""
    return session.scalars(
        select(ApprovalRequest)
        .where(
            ApprovalRequest.subject == subject,
            ApprovalRequest.subject_id == subject_id,
            ApprovalRequest.state == "open",
        )
        .options(selectinload(ApprovalRequest.steps).selectinload(ApprovalStep.approver))
    ).first()


def requests_of(session: Session, subject: str, subject_id: int) -> list[ApprovalRequest]:
    """Every request the document ever made, newest first, with steps and names."""
    return list(
        session.scalars(
            select(ApprovalRequest)
            .where(ApprovalRequest.subject == subject, ApprovalRequest.subject_id == subject_id)
            .options(
                selectinload(ApprovalRequest.steps).selectinload(ApprovalStep.approver),
                selectinload(ApprovalRequest.author),
            )
            .order_by(ApprovalRequest.id.desc())
        )
    )


def waiting_for(identity: Identity) -> Any:
    """A subquery of the open requests whose turn is this person's, or somebody's they stand in for today."""
    today = clock.today()
    stood_in_for = select(Person.id).where(
        (Person.id == identity.person_id)
        | (
            (Person.delegate_id == identity.person_id)
            & (Person.absent_from <= today)
            & ((Person.absent_until >= today) | Person.absent_until.is_(None))
        )
    )
    return (
        select(ApprovalStep.request_id)
        .join(ApprovalRequest)
        .where(
            ApprovalRequest.state == "open",
            ApprovalStep.state == "turn",
            ApprovalStep.approver_id.in_(stood_in_for),
            (ApprovalStep.approver_id == identity.person_id) | (ApprovalStep.author_id != identity.person_id),
        )
    )
