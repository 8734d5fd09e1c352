"""Reminder rules, and the reminders people get."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.org.models import Person
from app.platform import audit
from app.platform.access import Scoped
from app.platform.database import JsonColumn, Table, UtcDateTime, Versioned
from app.platform.unit_of_work import explain_constraint


class ReminderRule(Versioned, Table):
    """What is reminded of, how many days before (negative) or after the day, and who gets it.

    `source` names a row of the table in `sources.py`; `offsets` is a list like "-7,0,3"; `receivers` a list
    of owner, accountant, superior (of the owner) and role:NAME.
    """

    __tablename__ = "reminder_rule"
    scope_entity = "reminder_rule"

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(30))
    offsets: Mapped[str] = mapped_column(String(80))
    receivers: Mapped[str] = mapped_column(String(120), default="owner")
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class Reminder(Scoped, Versioned, Table):
    """One thing one person must not forget. Unique, so that however often jobs run there is one of it.

    `title` is an English message id with placeholders from `details`; `url` is a path of this program.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("person_id", "rule", "subject_id", "occurrence", name="uq_reminder_occurrence"),
        Index("ix_reminder_person", "person_id", "done_at", "due_on"),
        Index("ix_reminder_occurrence", "rule", "subject_id", "occurrence"),
    )
    scope_entity = "reminder"
    scope_by = "person_id"
    scope_kind = "person"

    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    rule: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int] = mapped_column(Integer)
    occurrence: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[int | None] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    url: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snoozed_until: Mapped[date | None] = mapped_column(Date)

    person: Mapped[Person] = relationship()


audit.leave_out("reminder")
explain_constraint("uq_reminder_occurrence", _l("This reminder is there already."))
