"""Periodic services, bookkeeping engagements, tax profiles, monthly filings, filing-deadline notices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookkeeping.tax_types import tax_types
from app.companies.models import Company
from app.contracts.models import ContractLine
from app.customers.models import Customer
from app.org.models import Person
from app.platform.access import Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import Table, UtcDateTime, Versioned
from app.platform.money import Money
from app.platform.unit_of_work import explain_constraint


class FilingNotice(Versioned, Table):
    """A published deadline that overrides the rule for one month, nationwide or for one region."""

    __tablename__ = "filing_notice"
    __table_args__ = (UniqueConstraint("year", "month", "region", name="uq_filing_notice_month"),)
    scope_entity = "filing_notice"

    year: Mapped[int] = mapped_column(Integer)
    month: Mapped[int] = mapped_column(Integer)
    region: Mapped[str] = mapped_column(String(40), default="")
    due_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200), default="")


class TaxKind(Versioned, Table):
    """A tax or filing the agency handles; rows of the preset table, in matrix order."""

    __tablename__ = "tax_kind"
    scope_entity = "tax_kind"

    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    short_name: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(Integer, default=0)
    ends_at: Mapped[str] = mapped_column(String(8), default="paid")
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class PeriodicService(Scoped, Extendable, Versioned, Table):
    """Whatever comes back: bookkeeping, address hosting, social security … Both ends are kept apart.

    `service_until` follows approved contracts, `paid_until` booked allocations; both are last days, included.
    """

    __tablename__ = "periodic_service"
    __table_args__ = (
        Index("ix_periodic_service_customer", "customer_id"),
        Index("ix_periodic_service_until", "service_until", "id"),
        Index("ix_periodic_service_accountant", "accountant_id", "state"),
        Index(
            "uq_periodic_service_line",
            "contract_line_id",
            unique=True,
            sqlite_where=text("contract_line_id IS NOT NULL"),
            postgresql_where=text("contract_line_id IS NOT NULL"),
        ),
        Index(
            "uq_periodic_service_bookkeeping",
            "company_id",
            unique=True,
            sqlite_where=text("kind = 'bookkeeping' AND state <> 'ended'"),
            postgresql_where=text("kind = 'bookkeeping' AND state <> 'ended'"),
        ),
    )
    scope_entity = "engagement"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="RESTRICT"))
    contract_line_id: Mapped[int | None] = mapped_column(ForeignKey("contract_line.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20), default="bookkeeping")
    state: Mapped[str] = mapped_column(String(10))
    accountant_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    started_on: Mapped[date] = mapped_column(Date)
    service_until: Mapped[date | None] = mapped_column(Date)
    paid_until: Mapped[date | None] = mapped_column(Date)
    month_price: Mapped[Decimal | None] = mapped_column(Money)
    unrenewed: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_on: Mapped[date | None] = mapped_column(Date)
    end_reason: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    company: Mapped[Company] = relationship()
    accountant: Mapped[Person | None] = relationship()
    line: Mapped[ContractLine | None] = relationship()

    @property
    def name(self) -> str:
        """The company's name; empty for those who see the service but not the register."""
        return self.company.name if self.company else ""


class ServiceTerm(Scoped, Table):
    """What one contract line adds to a service: from when to when (both included), and at which price.

    The terms of a service follow one another; together they are its price history.
    """

    __tablename__ = "service_term"
    scope_entity = "engagement"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    service_id: Mapped[int] = mapped_column(
        ForeignKey("periodic_service.id", ondelete="RESTRICT"), index=True
    )
    contract_line_id: Mapped[int] = mapped_column(
        ForeignKey("contract_line.id", ondelete="RESTRICT"), unique=True
    )
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    paid_months: Mapped[int] = mapped_column(Integer)
    gift_months: Mapped[int] = mapped_column(Integer, default=0)
    month_price: Mapped[Decimal] = mapped_column(Money)

    service: Mapped[PeriodicService] = relationship()


class TaxProfileLine(Scoped, Versioned, Table):
    """One tax a company files, how often, from when to when (both included)."""

    __tablename__ = "tax_profile_line"
    __table_args__ = (
        UniqueConstraint("company_id", "tax_code", "valid_from", name="uq_tax_profile_line_code"),
        Index("ix_tax_profile_line_company", "company_id"),
    )
    scope_entity = "engagement"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="RESTRICT"))
    tax_code: Mapped[str] = mapped_column(String(12))
    frequency: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)


class TaxFiling(Scoped, Versioned, Table):
    """Company × tax × period. Overdue is no state; `due_on` moves while the row is open, never afterwards."""

    __tablename__ = "tax_filing"
    __table_args__ = (
        UniqueConstraint("company_id", "tax_code", "period", name="uq_tax_filing_period"),
        Index("ix_tax_filing_due", "due_on", "state"),
        Index("ix_tax_filing_service", "service_id", "matrix_month"),
        Index("ix_tax_filing_month", "matrix_month", "company_id"),
        Index("ix_tax_filing_customer", "customer_id"),
    )
    scope_entity = "filing"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="RESTRICT"))
    service_id: Mapped[int] = mapped_column(ForeignKey("periodic_service.id", ondelete="RESTRICT"))
    tax_code: Mapped[str] = mapped_column(String(12))
    period: Mapped[str] = mapped_column(String(10))
    period_end: Mapped[date] = mapped_column(Date)
    matrix_month: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    estimated: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(14))
    zero: Mapped[bool] = mapped_column(Boolean, default=False)
    amount: Mapped[Decimal | None] = mapped_column(Money)
    note: Mapped[str | None] = mapped_column(String(300))
    filed_on: Mapped[date | None] = mapped_column(Date)
    paid_on: Mapped[date | None] = mapped_column(Date)
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    suspended: Mapped[bool] = mapped_column(Boolean, default=False)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    company: Mapped[Company] = relationship()
    service: Mapped[PeriodicService] = relationship()

    @property
    def name(self) -> str:
        return f"{tax_types()[self.tax_code].name} {self.period}"


explain_constraint(
    "uq_periodic_service_bookkeeping", _l("This company has a bookkeeping engagement already.")
)
explain_constraint("periodic_service.company_id", _l("This company has a bookkeeping engagement already."))
explain_constraint("uq_filing_notice_month", _l("There is a notice for this month and region already."))
