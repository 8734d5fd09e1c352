"""What the agency sells: business types with items and steps, and the price tiers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.approval.models import ApprovalRequest
from app.catalogue.states import DRAFT, PUBLISHED
from app.org.models import Department, Person
from app.platform.access import Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import JsonColumn, Table, UtcDateTime, Versioned
from app.platform.errors import BusinessError
from app.platform.money import Money
from app.platform.unit_of_work import explain_constraint


class BusinessType(Extendable, Versioned, Table):
    """A kind of business. `closing_checks` lists [name, parameters] pairs; `need_fields` the need form."""

    __tablename__ = "business_type"
    scope_entity = "business_type"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    group: Mapped[str] = mapped_column("group_name", String(40))
    name: Mapped[str] = mapped_column(String(60), unique=True)
    recurring: Mapped[bool] = mapped_column(Boolean, default=False)
    bookkeeping: Mapped[bool] = mapped_column(Boolean, default=False)
    billing: Mapped[str] = mapped_column(String(20), default="once")
    duration_days: Mapped[int] = mapped_column(Integer, default=10)
    difficulty: Mapped[int] = mapped_column(Integer, default=2)
    need_fields: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    closing_checks: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    note: Mapped[str] = mapped_column(String(300), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    items: Mapped[list[DetailItem]] = relationship(
        back_populates="business_type", order_by="DetailItem.position", cascade="all, delete-orphan"
    )
    steps: Mapped[list[StepTemplate]] = relationship(
        back_populates="business_type", order_by="StepTemplate.position", cascade="all, delete-orphan"
    )

    def __repr__(self) -> str:
        return self.name


class DetailItem(Versioned, Table):
    """One item of a business type: 刻章, 官费 … `kind` is an `ItemKind`."""

    __tablename__ = "detail_item"
    __table_args__ = (Index("ix_detail_item_type", "business_type_id"),)
    scope_entity = "business_type"

    business_type_id: Mapped[int] = mapped_column(ForeignKey("business_type.id", ondelete="RESTRICT"))
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(16))
    optional: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    business_type: Mapped[BusinessType] = relationship(back_populates="items")


class StepTemplate(Versioned, Table):
    """One step of a business type. An optional one is copied only when its item was sold."""

    __tablename__ = "step_template"
    __table_args__ = (Index("ix_step_template_type", "business_type_id"),)
    scope_entity = "business_type"

    business_type_id: Mapped[int] = mapped_column(ForeignKey("business_type.id", ondelete="RESTRICT"))
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer, default=0)
    optional: Mapped[bool] = mapped_column(Boolean, default=False)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("detail_item.id", ondelete="RESTRICT"))
    milestone: Mapped[bool] = mapped_column(Boolean, default=False)
    in_order: Mapped[bool] = mapped_column(Boolean, default=True)

    business_type: Mapped[BusinessType] = relationship(back_populates="steps")


class PriceTier(Scoped, Versioned, Table):
    """Prices for a group of staff: a person, else a department, else a role (precedence: spec 4).

    A tier that names none of them is for everybody. Own are the tiers a person sells by.
    """

    __tablename__ = "price_tier"
    scope_entity = "price_tier"
    scope_by = "id"
    scope_kind = "price_tier"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    role: Mapped[str | None] = mapped_column(String(64))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    region: Mapped[str | None] = mapped_column(String(40))
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    department: Mapped[Department | None] = relationship()
    person: Mapped[Person | None] = relationship()
    versions: Mapped[list[PriceTierVersion]] = relationship(
        back_populates="tier", order_by="PriceTierVersion.valid_from", cascade="all, delete-orphan"
    )


class PriceTierVersion(Versioned, Table):
    """Prices of a tier from a day on. Published versions are never edited; a new one takes over.

    `based_on` is the version its prices were copied from: what changed is told against it.
    """

    __tablename__ = "price_tier_version"
    __table_args__ = (
        Index(
            "uq_price_tier_version_day",
            "tier_id",
            "valid_from",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
        Index(
            "uq_price_tier_version_open",
            "tier_id",
            unique=True,
            sqlite_where=text("state IN ('draft', 'pending')"),
            postgresql_where=text("state IN ('draft', 'pending')"),
        ),
        Index("ix_price_tier_version_tier", "tier_id", "valid_from"),
    )
    scope_entity = "price_tier_version"

    tier_id: Mapped[int] = mapped_column(ForeignKey("price_tier.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(12))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("price_tier_version.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    tier: Mapped[PriceTier] = relationship(back_populates="versions")
    author: Mapped[Person | None] = relationship()
    based_on: Mapped[PriceTierVersion | None] = relationship(remote_side="PriceTierVersion.id")
    prices: Mapped[list[TierPrice]] = relationship(back_populates="version_row", cascade="all, delete-orphan")

    open_requests: Mapped[list[ApprovalRequest]] = relationship(
        primaryjoin=lambda: and_(
            PriceTierVersion.id == foreign(ApprovalRequest.subject_id),
            ApprovalRequest.subject == "price_tier_version",
            ApprovalRequest.state == "open",
        ),
        viewonly=True,
    )

    @property
    def name(self) -> str:
        return f"{self.tier.name} {self.valid_from}"

    def __repr__(self) -> str:
        return f"#{self.id} {self.valid_from}"


class TierPrice(Table):
    """Reference and authority price of one item, in yuan per piece (per month for recurring items)."""

    __tablename__ = "tier_price"
    __table_args__ = (UniqueConstraint("tier_version_id", "item_id", name="uq_tier_price_item"),)

    tier_version_id: Mapped[int] = mapped_column(ForeignKey("price_tier_version.id", ondelete="CASCADE"))
    item_id: Mapped[int] = mapped_column(ForeignKey("detail_item.id", ondelete="RESTRICT"))
    reference_price: Mapped[Decimal] = mapped_column(Money)
    authority_price: Mapped[Decimal] = mapped_column(Money)

    version_row: Mapped[PriceTierVersion] = relationship(back_populates="prices")
    item: Mapped[DetailItem] = relationship()


@event.listens_for(TierPrice, "before_insert")
@event.listens_for(TierPrice, "before_update")
@event.listens_for(TierPrice, "before_delete")
def _keep_prices(_mapper: Any, _connection: Any, price: TierPrice) -> None:
    """Contracts were judged by published prices, approvers look at pending ones: neither moves."""
    if price.version_row is not None and price.version_row.state != DRAFT:
        raise BusinessError(_PUBLISHED, code="published")


@event.listens_for(PriceTierVersion, "before_update")
def _keep_days(_mapper: Any, _connection: Any, version: PriceTierVersion) -> None:
    attributes: Any = inspect(version).attrs
    moved = any(attributes[name].history.has_changes() for name in ("tier_id", "valid_from", "valid_until"))
    if moved and version.state == PUBLISHED:
        raise BusinessError(_PUBLISHED, code="published")


_PUBLISHED = _l("Only a draft can be changed. Start a new draft from the published version.")

explain_constraint("business_type.code", _l("A business type with this code exists already."))
explain_constraint("business_type.name", _l("A business type with this name exists already."))
explain_constraint(
    "uq_price_tier_version_day", _l("Another version of this tier starts on this day already.")
)
explain_constraint(
    "uq_price_tier_version_open", _l("This price tier has a draft already. Finish that one first.")
)
explain_constraint("price_tier.name", _l("A price tier with this name exists already."))
# SQLite names the columns of a broken index, not the index.
explain_constraint(
    "price_tier_version.tier_id, price_tier_version.valid_from",
    _l("Another version of this tier starts on this day already."),
)
explain_constraint(
    "price_tier_version.tier_id", _l("This price tier has a draft already. Finish that one first.")
)
