"""Questions about requests: what is open, how it stands, who holds a role."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.approval.models import ApprovalRequest, ApprovalStep
from app.org.models import Person


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


def role_holders(session: Session, role: str) -> list[Person]:
    """Active people who hold the role, longest-serving first."""
    return list(
        session.scalars(
            select(Person)
            .join(assoc_user_role, assoc_user_role.c.user_id == Person.id)
            .join(Role, Role.id == assoc_user_role.c.role_id)
            .where(Role.name == role, Person.active.is_(True))
            .order_by(Person.id)
        )
    )
