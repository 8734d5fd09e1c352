"""The timeline: what happened to a customer, in words a colleague reads. One entry per deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import audit, clock
from app.platform.access import Scoped, identity_of
from app.platform.database import JsonColumn, Table, UtcDateTime


class TimelineEntry(Scoped, Table):
    """One deed: a transition, a follow-up, a remark. Shown only to who may see its subject.

    `subject` and `subject_id` name the row it is about, `title` is an English message id whose
    placeholders stand in `details`. `token` makes a repeated click harmless.
    """

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index("ix_timeline_entry_customer", "customer_id", "at"),
        Index("ix_timeline_entry_subject", "subject", "subject_id", "at"),
        UniqueConstraint("token", name="uq_timeline_entry_token"),
    )
    scope_entity = "customer"

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    customer_id: Mapped[int | None] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(Integer)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    from_state: Mapped[str | None] = mapped_column(String(40))
    to_state: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text, default="")
    token: Mapped[str | None] = mapped_column(String(64))


audit.leave_out("timeline_entry")


def tell(
    session: Session,
    subject: Any,
    *,
    title: str,
    kind: str = "note",
    body: str = "",
    from_state: str | None = None,
    to_state: str | None = None,
    token: str | None = None,
    **details: Any,
) -> TimelineEntry:
    """Add an entry about the subject: a row with `scope_entity` and `customer_id`, or a customer."""
    identity = identity_of(session)
    entry = TimelineEntry(
        at=clock.now(),
        customer_id=customer_of(subject),
        subject=subject.scope_entity,
        subject_id=subject.id,
        actor_id=identity.person_id,
        actor=identity.name,
        kind=kind,
        title=title,
        details=audit.plain(details),
        from_state=from_state,
        to_state=to_state,
        body=body,
        token=token,
    )
    session.add(entry)
    return entry


def customer_of(subject: Any) -> int | None:
    """The customer a row belongs to; a customer belongs to itself."""
    anchor = getattr(subject, "customer_id", None)
    about_customer = anchor is None and getattr(subject, "scope_entity", "") == "customer"
    return subject.id if about_customer else anchor
