"""Sales contracts: header, lines (one per business type and company), items with their prices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.approval.models import ApprovalRequest
from app.catalogue.models import BusinessType, DetailItem
from app.companies.models import Company
from app.customers.models import Customer
from app.org.models import Person
from app.platform.access import Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import Table, UtcDateTime, Versioned
from app.platform.money import Money
from app.platform.unit_of_work import explain_constraint


class Contract(Scoped, Extendable, Versioned, Table):
    """A sales contract. Active contracts are immutable; `amount` is the sum of the lines after discount."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="ck_contract_amount"),
        Index("ix_contract_customer", "customer_id"),
        Index("ix_contract_state", "state", "id"),
        Index("ix_contract_created", "created_at", "id"),
        Index("ix_contract_activated", "activated_at"),
        Index("ix_contract_signed", "signed_on", "id"),
        Index("ix_contract_ends", "ends_on", "id"),
        Index("ix_contract_state_signed", "state", "signed_on", "id"),
        Index("ix_contract_state_ends", "state", "ends_on", "id"),
    )
    scope_entity = "contract"

    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id", ondelete="RESTRICT"))
    author_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(12))
    signed_on: Mapped[date | None] = mapped_column(Date)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    payer: Mapped[str | None] = mapped_column(String(120))
    invoice_wanted: Mapped[bool] = mapped_column(Boolean, default=False)
    invoice_title: Mapped[str | None] = mapped_column(String(120))
    invoice_tax_number: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(500))
    note: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    discount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    renewal_only: Mapped[bool] = mapped_column(Boolean, default=False)
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    company: Mapped[Company | None] = relationship()
    author: Mapped[Person] = relationship()
    lines: Mapped[list[ContractLine]] = relationship(
        back_populates="contract",
        order_by="ContractLine.position, ContractLine.id",
        cascade="all, delete-orphan",
    )

    open_requests: Mapped[list[ApprovalRequest]] = relationship(
        primaryjoin=lambda: and_(
            Contract.id == foreign(ApprovalRequest.subject_id),
            ApprovalRequest.subject == "contract",
            ApprovalRequest.state == "open",
        ),
        viewonly=True,
    )

    @property
    def name(self) -> str:
        return self.number or ""

    def __repr__(self) -> str:
        return self.number or f"#{self.id}"


class ContractLine(Scoped, Versioned, Table):
    """One business type for one company. A recurring line has paid and gift months and an interval.

    `done` says how the line ended: closed, opened or cancelled; later stages set it through the contract's
    own operations. `amount` is the sum of the items after discount, in yuan. `reason` says why the price is
    below the author's authority.
    """

    __tablename__ = "contract_line"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="ck_contract_line_quantity"),
        CheckConstraint("paid_months >= 0 AND gift_months >= 0", name="ck_contract_line_months"),
        Index("ix_contract_line_contract", "contract_id"),
        Index("ix_contract_line_customer", "customer_id"),
    )
    scope_entity = "contract"

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id", ondelete="RESTRICT"))
    business_type_id: Mapped[int] = mapped_column(ForeignKey("business_type.id", ondelete="RESTRICT"))
    position: Mapped[int] = mapped_column(Integer, default=0)
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    recurring: Mapped[bool] = mapped_column(Boolean, default=False)
    start_month: Mapped[date | None] = mapped_column(Date)
    paid_months: Mapped[int] = mapped_column(Integer, default=0)
    gift_months: Mapped[int] = mapped_column(Integer, default=0)
    interval_months: Mapped[int] = mapped_column(Integer, default=12)
    promised_on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    discount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    below_authority: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    done: Mapped[str | None] = mapped_column(String(10))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    forced: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(String(300), default="")

    contract: Mapped[Contract] = relationship(back_populates="lines")
    company: Mapped[Company | None] = relationship()
    business_type: Mapped[BusinessType] = relationship()
    items: Mapped[list[ContractLineItem]] = relationship(
        back_populates="line", order_by="ContractLineItem.id", cascade="all, delete-orphan"
    )


class ContractLineItem(Scoped, Table):
    """One sold item: whole amount before discount, and the prices the tier said at that moment."""

    __tablename__ = "contract_line_item"
    __table_args__ = (
        CheckConstraint(
            "amount >= 0 AND discount >= 0 AND discount <= amount", name="ck_contract_line_item_amount"
        ),
    )
    scope_entity = "contract"

    line_id: Mapped[int] = mapped_column(ForeignKey("contract_line.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("detail_item.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    discount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    reference_price: Mapped[Decimal | None] = mapped_column(Money)
    authority_price: Mapped[Decimal | None] = mapped_column(Money)

    line: Mapped[ContractLine] = relationship(back_populates="items")
    item: Mapped[DetailItem] = relationship()


explain_constraint(
    "ck_contract_line_item_amount", _l("A discount cannot be larger than the amount, nor negative.")
)
