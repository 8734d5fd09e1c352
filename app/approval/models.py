"""Rules (what needs whose approval) and requests (a document on its way through the levels)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.org.models import Person
from app.platform.database import JsonColumn, Table, UtcDateTime, Versioned
from app.platform.money import Money
from app.platform.unit_of_work import explain_constraint


class ApprovalRule(Versioned, Table):
    """One line: documents of `kind` whose `fact` compares so with `threshold` need this approver.

    `approver`: superior, head (of the author's department), role, person, covering (the first superior
    whose authority covers it; the stage that submits hands the person in). Equal levels run side by
    side, higher levels after lower ones.
    """

    __tablename__ = "approval_rule"
    scope_entity = "approval_rule"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    fact: Mapped[str] = mapped_column(String(40))
    comparison: Mapped[str] = mapped_column(String(4), default=">")
    threshold: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    level: Mapped[int] = mapped_column(Integer, default=1)
    approver: Mapped[str] = mapped_column(String(12))
    role: Mapped[str | None] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class ApprovalRequest(Versioned, Table):
    """A document that waits: its steps say with whom. A new submission of the document is a new request."""

    __tablename__ = "approval_request"
    __table_args__ = (
        Index("ix_approval_request_subject", "subject", "subject_id"),
        Index(
            "uq_approval_request_open",
            "subject",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(Integer)
    customer_id: Mapped[int | None] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal | None] = mapped_column(Money)
    author_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    state: Mapped[str] = mapped_column(String(12), default="open")

    author: Mapped[Person] = relationship()
    steps: Mapped[list[ApprovalStep]] = relationship(
        back_populates="request", order_by="ApprovalStep.level, ApprovalStep.id", cascade="all, delete-orphan"
    )


class ApprovalStep(Versioned, Table):
    """One approver's turn: waiting, turn, approved, rejected, skipped."""

    __tablename__ = "approval_step"
    __table_args__ = (
        CheckConstraint("approver_id <> author_id OR self_approved", name="ck_approval_step_own"),
        UniqueConstraint("request_id", "level", "approver_id", name="uq_approval_step_level"),
        Index("ix_approval_step_turn", "approver_id", "state"),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id", ondelete="CASCADE"), index=True)
    level: Mapped[int] = mapped_column(Integer)
    approver_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    author_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    self_approved: Mapped[bool] = mapped_column(Boolean, default=False)
    why: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    note: Mapped[str] = mapped_column(String(500), default="")

    request: Mapped[ApprovalRequest] = relationship(back_populates="steps")
    approver: Mapped[Person] = relationship(foreign_keys=[approver_id])


explain_constraint("ck_approval_step_own", _l("Nobody approves their own document."))
explain_constraint("uq_approval_request_open", _l("This document waits for approval already."))
explain_constraint("approval_rule.name", _l("A rule with this name exists already."))
