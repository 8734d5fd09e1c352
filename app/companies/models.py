"""The register of companies and their contact persons."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.customers.models import Customer
from app.platform.access import Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import Table, UtcDateTime, Versioned
from app.platform.money import Money
from app.platform.unit_of_work import explain_constraint


class Company(Scoped, Extendable, Versioned, Table):
    """A legal entity of a customer. `library_since` is set by the first closing."""

    __tablename__ = "company"
    __table_args__ = (
        Index("ix_company_customer", "customer_id"),
        Index("ix_company_name", "name", "id"),
        Index("ix_company_core_name", "core_name"),
        Index("ix_company_library", "library_since", "id"),
        Index("ix_company_founded", "founded_on", "id"),
        Index("ix_company_district", "district", "id"),
        Index(
            "uq_company_uscc",
            "uscc",
            unique=True,
            sqlite_where=text("uscc IS NOT NULL"),
            postgresql_where=text("uscc IS NOT NULL"),
        ),
    )
    scope_entity = "company"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(120))
    core_name: Mapped[str] = mapped_column(String(120), default="")
    uscc: Mapped[str | None] = mapped_column(String(18))
    uscc_overridden: Mapped[bool] = mapped_column(Boolean, default=False)
    entity_type: Mapped[str] = mapped_column(String(20), default="limited_company")
    taxpayer_kind: Mapped[str | None] = mapped_column(String(16))
    collection_method: Mapped[str] = mapped_column(String(16), default="by_books")
    legal_person: Mapped[str | None] = mapped_column(String(64))
    capital: Mapped[Decimal | None] = mapped_column(Money)
    founded_on: Mapped[date | None] = mapped_column(Date)
    scope: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(String(200))
    district: Mapped[str | None] = mapped_column(String(60))
    bank_name: Mapped[str | None] = mapped_column(String(80))
    bank_account: Mapped[str | None] = mapped_column(String(40))
    social_security_account: Mapped[str | None] = mapped_column(String(40))
    housing_fund_account: Mapped[str | None] = mapped_column(String(40))
    tax_authority: Mapped[str | None] = mapped_column(String(80))
    registration_state: Mapped[str] = mapped_column(String(16), default="existing")
    abnormal_operation: Mapped[bool] = mapped_column(Boolean, default=False)
    serious_breach: Mapped[bool] = mapped_column(Boolean, default=False)
    tax_abnormal: Mapped[bool] = mapped_column(Boolean, default=False)
    library_since: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    contacts: Mapped[list[ContactPerson]] = relationship(
        back_populates="company", cascade="all, delete-orphan", order_by="ContactPerson.id"
    )

    def __repr__(self) -> str:
        return self.name


class ContactPerson(Scoped, Versioned, Table):
    """A person at a company, with the role they play: bookkeeping, sales, legal person, finance."""

    __tablename__ = "contact_person"
    scope_entity = "company"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str | None] = mapped_column(String(64))
    mobile: Mapped[str | None] = mapped_column(String(40))
    wechat: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(80))

    company: Mapped[Company] = relationship(back_populates="contacts")


explain_constraint("uq_company_uscc", _l("Another company has this social credit code already."))
explain_constraint("company.uscc", _l("Another company has this social credit code already."))
