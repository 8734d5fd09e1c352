"""The work behind contract lines: items and their steps, copied from the template at that moment."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import BusinessType
from app.companies.models import Company
from app.contracts.models import Contract, ContractLine
from app.customers.models import Customer
from app.org.models import Person
from app.platform.access import Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import Table, UtcDateTime, Versioned


class WorkItem(Scoped, Extendable, Versioned, Table):
    """One contract line on its way through its steps. `resume_state` remembers where a suspended item was."""

    __tablename__ = "work_item"
    __table_args__ = (
        CheckConstraint(
            "state IN ('unassigned', 'cancelled', 'suspended', 'closed', 'opened') OR handler_id IS NOT NULL",
            name="ck_work_item_handler",
        ),
        Index("ix_work_item_customer", "customer_id"),
        Index("ix_work_item_contract", "contract_id"),
        Index("ix_work_item_state", "state", "id"),
        Index("ix_work_item_handler", "handler_id", "state"),
        Index("ix_work_item_promised", "promised_on", "id"),
        Index("ix_work_item_opened", "opened_at", "id"),
        Index("ix_work_item_finished", "finished_at", "id"),
        Index("ix_work_item_state_promised", "state", "promised_on", "id"),
    )
    scope_entity = "work_item"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"))
    contract_line_id: Mapped[int] = mapped_column(
        ForeignKey("contract_line.id", ondelete="RESTRICT"), unique=True
    )
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id", ondelete="RESTRICT"))
    business_type_id: Mapped[int] = mapped_column(ForeignKey("business_type.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(12))
    resume_state: Mapped[str | None] = mapped_column(String(12))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    difficulty: Mapped[int] = mapped_column(Integer, default=2)
    recurring: Mapped[bool] = mapped_column(Boolean, default=False)
    promised_on: Mapped[date | None] = mapped_column(Date)
    suspended_on: Mapped[date | None] = mapped_column(Date)
    forced: Mapped[bool] = mapped_column(Boolean, default=False)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    contract: Mapped[Contract] = relationship()
    line: Mapped[ContractLine] = relationship()
    company: Mapped[Company | None] = relationship()
    business_type: Mapped[BusinessType] = relationship()
    handler: Mapped[Person | None] = relationship()
    steps: Mapped[list[WorkStep]] = relationship(
        back_populates="item", order_by="WorkStep.position", cascade="all, delete-orphan"
    )

    @property
    def name(self) -> str:
        return self.business_type.name


class WorkStep(Scoped, Versioned, Table):
    """One step of a work item: open, done or skipped (with a reason)."""

    __tablename__ = "work_step"
    __table_args__ = (
        CheckConstraint("state <> 'skipped' OR note <> ''", name="ck_work_step_skip_reason"),
        Index("ix_work_step_item", "work_item_id", "position"),
    )
    scope_entity = "work_item"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer)
    milestone: Mapped[bool] = mapped_column(Boolean, default=False)
    in_order: Mapped[bool] = mapped_column(Boolean, default=True)
    state: Mapped[str] = mapped_column(String(10), default="open")
    done_on: Mapped[date | None] = mapped_column(Date)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    note: Mapped[str] = mapped_column(String(500), default="")

    item: Mapped[WorkItem] = relationship(back_populates="steps")
    done_by: Mapped[Person | None] = relationship()
