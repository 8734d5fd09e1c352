"""Customers, their contact points and claims, follow-ups, obligations, needs and dictionaries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.org.models import Person
from app.platform.access import Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import JsonColumn, Table, UtcDateTime, Versioned
from app.platform.unit_of_work import explain_constraint


class DictionaryWord(Versioned, Table):
    """A word of an editable dictionary.

    Dictionaries: source, industry, level, region, progress, give_up_reason, contact_method.

    `code` is what rows store; an archived word stays readable on old rows and is no longer offered.
    """

    __tablename__ = "dictionary_word"
    __table_args__ = (UniqueConstraint("dictionary", "code", name="uq_dictionary_word_code"),)
    scope_entity = "dictionary_word"

    dictionary: Mapped[str] = mapped_column(String(30))
    code: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class Customer(Scoped, Extendable, Versioned, Table):
    """A person or group the agency does business with. `stage` is written by the lifecycle alone."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("stage = 'public' OR owner_id IS NOT NULL", name="ck_customer_owner"),
        Index("ix_customer_stage", "stage", "id"),
        Index("ix_customer_stage_created", "stage", "created_at", "id"),
        Index("ix_customer_released", "stage", "released_at", "id"),
        Index("ix_customer_owner", "owner_id", "stage"),
        Index("ix_customer_next_contact", "next_contact_on", "id"),
        Index("ix_customer_created", "created_at", "id"),
        Index("ix_customer_last_contact", "last_contact_at", "id"),
        Index("ix_customer_name", "name", "id"),
        Index("ix_customer_stage_name", "stage", "name", "id"),
        Index("ix_customer_stage_level", "stage", "level", "id"),
        Index("ix_customer_stage_source", "stage", "source", "id"),
        Index("ix_customer_stage_next_contact", "stage", "next_contact_on", "id"),
        Index("ix_customer_stage_last_contact", "stage", "last_contact_at", "id"),
        Index("ix_customer_stage_signed", "stage", "signed_at", "id"),
        Index("ix_customer_retained", "retained_at", "id"),
        Index("ix_customer_core_name", "core_name", postgresql_ops={"core_name": "text_pattern_ops"}),
    )
    scope_entity = "customer"
    scope_by = "id"

    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    core_name: Mapped[str] = mapped_column(String(120), default="")
    stage: Mapped[str] = mapped_column(String(12))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    former_owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    source: Mapped[str | None] = mapped_column(String(40))
    industry: Mapped[str | None] = mapped_column(String(40))
    region: Mapped[str | None] = mapped_column(String(40))
    level: Mapped[str | None] = mapped_column(String(40))
    progress: Mapped[str | None] = mapped_column(String(40))
    introducer: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str | None] = mapped_column(Text)
    next_contact_on: Mapped[date | None] = mapped_column(Date)
    next_contact_note: Mapped[str | None] = mapped_column(String(200))
    last_contact_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    newest_comment: Mapped[str | None] = mapped_column(String(300))
    newest_comment_by: Mapped[str | None] = mapped_column(String(64))
    give_up_reason: Mapped[str | None] = mapped_column(String(40))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recycle_warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    import_run_id: Mapped[int | None] = mapped_column(Integer, index=True)

    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    former_owner: Mapped[Person | None] = relationship(foreign_keys=[former_owner_id])
    contact_points: Mapped[list[ContactPoint]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="ContactPoint.id"
    )
    needs: Mapped[list[Need]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="Need.id"
    )
    obligations: Mapped[list[ContactObligation]] = relationship(
        viewonly=True, order_by="(ContactObligation.round, ContactObligation.due_on, ContactObligation.day)"
    )

    def __repr__(self) -> str:
        return self.name


class ContactPoint(Scoped, Table):
    """One number or address. `key` is its canonical form; `shared` marks switchboards and introducers."""

    __tablename__ = "contact_point"
    __table_args__ = (
        Index("ix_contact_point_key", "key"),
        UniqueConstraint("customer_id", "key", name="uq_contact_point_key"),
    )
    scope_entity = "customer"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    person_name: Mapped[str | None] = mapped_column(String(64))
    role: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(100))
    shared: Mapped[bool] = mapped_column(Boolean, default=False)

    customer: Mapped[Customer] = relationship(back_populates="contact_points")


class ContactClaim(Table):
    """Ownership of a contact point by an active prospect (spec 2-lifecycle, Collision rule).

    A row stands only while the customer is a prospect and the point is neither shared nor passed by a
    superior; the unique key is what two people saving at the same moment run into.
    """

    __tablename__ = "contact_claim"

    key: Mapped[str] = mapped_column(String(100), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)


class Need(Scoped, Table):
    """One business type a prospect asks for, with the answers of its need form."""

    __tablename__ = "need"
    __table_args__ = (UniqueConstraint("customer_id", "business_type_id", name="uq_need_business_type"),)
    scope_entity = "customer"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    business_type_id: Mapped[int] = mapped_column(ForeignKey("business_type.id", ondelete="RESTRICT"))
    answers: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)

    customer: Mapped[Customer] = relationship(back_populates="needs")
    business_type: Mapped[Any] = relationship("BusinessType")


class FollowUp(Scoped, Table):
    """One contact with the customer. A group mailing is no contact (`counts` is false)."""

    __tablename__ = "follow_up"
    __table_args__ = (Index("ix_follow_up_customer", "customer_id", "at"),)
    scope_entity = "customer"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    method: Mapped[str] = mapped_column(String(40))
    content: Mapped[str] = mapped_column(Text)
    counts: Mapped[bool] = mapped_column(Boolean, default=True)
    next_contact_on: Mapped[date | None] = mapped_column(Date)

    person: Mapped[Person] = relationship()
    comments: Mapped[list[Comment]] = relationship(back_populates="follow_up", order_by="Comment.id")


class Comment(Scoped, Table):
    """A superior's remark on a follow-up."""

    __tablename__ = "follow_up_comment"
    scope_entity = "customer"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_up.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    text: Mapped[str] = mapped_column(String(500))

    person: Mapped[Person] = relationship()
    follow_up: Mapped[FollowUp] = relationship(back_populates="comments")


class ContactRule(Versioned, Table):
    """Days after creation by which a prospect must have been contacted; may differ by source or level."""

    __tablename__ = "contact_rule"
    scope_entity = "contact_rule"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    days: Mapped[str] = mapped_column(String(60), default="1,3,7")
    workdays_only: Mapped[bool] = mapped_column(Boolean, default=True)
    source: Mapped[str | None] = mapped_column(String(40))
    level: Mapped[str | None] = mapped_column(String(40))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class ContactObligation(Scoped, Table):
    """One checkpoint of the contact rule for one prospect. `state`: open, met, missed, made_up, excluded.

    Kept up to date by follow-ups and by the nightly job; `round` grows when the rule restarts.
    """

    __tablename__ = "contact_obligation"
    __table_args__ = (
        UniqueConstraint("customer_id", "round", "day", name="uq_contact_obligation_day"),
        Index("ix_contact_obligation_due", "state", "due_on"),
    )
    scope_entity = "customer"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    round: Mapped[int] = mapped_column(Integer, default=1)
    day: Mapped[int] = mapped_column(Integer)
    started_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="open")
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_up.id", ondelete="SET NULL"))


class PoolRule(Versioned, Table):
    """The one row of pool rules: daily claims, cooling days, recycling after so many untouched days."""

    __tablename__ = "pool_rule"
    scope_entity = "pool_rule"

    claims_per_day: Mapped[int] = mapped_column(Integer, default=10)
    cooling_days: Mapped[int] = mapped_column(Integer, default=7)
    recycle_after_days: Mapped[int] = mapped_column(Integer, default=30)
    warn_before_days: Mapped[int] = mapped_column(Integer, default=3)


class Ownership(Table):
    """Who owned a customer from when to when, and why it ended (POOL-3)."""

    __tablename__ = "ownership"
    __table_args__ = (
        Index("ix_ownership_customer", "customer_id"),
        Index("ix_ownership_person", "person_id", "began_at"),
        Index(
            "uq_ownership_open",
            "customer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    how: Mapped[str] = mapped_column(String(12))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(200), default="")


explain_constraint("contact_claim.key", _l("Somebody else's prospect has this number already (collision)."))
explain_constraint("contact_claim_key", _l("Somebody else's prospect has this number already (collision)."))
explain_constraint("uq_contact_point_key", _l("This number stands twice on the same customer."))
explain_constraint(
    "contact_point.customer_id, contact_point.key", _l("This number stands twice on the same customer.")
)
