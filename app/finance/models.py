"""Money: receivables, receipts, allocations, accounts and the cash book."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.contracts.models import Contract, ContractLine
from app.customers.models import Customer
from app.org.models import Person
from app.platform.access import Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import Table, UtcDateTime, Versioned
from app.platform.money import ZERO, Money
from app.platform.unit_of_work import explain_constraint


class MoneyAccount(Versioned, Table):
    """A bank account, wallet or cash box of the agency."""

    __tablename__ = "money_account"
    scope_entity = "money_account"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(12), default="bank")
    number: Mapped[str | None] = mapped_column(String(40))
    opening: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    moved: ClassVar[Any]
    """Σ of the cash book, set below; read it on purpose (`undefer`)."""

    @property
    def balance(self) -> Decimal:
        """What stands on the account now, in yuan."""
        moved: Decimal = self.moved
        return self.opening + moved

    def __repr__(self) -> str:
        return self.name


class Receivable(Scoped, Versioned, Table):
    """What one contract line asks for at one date. Balance = amount − waived − paid, never negative.

    `paid` and `waived` are kept sums, written together with allocations and waivers in one transaction.
    An instalment of a recurring line pays for the days `covers_from`..`covers_until`, both included.
    """

    __tablename__ = "receivable"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="ck_receivable_amount"),
        CheckConstraint("paid >= 0 AND waived >= 0 AND paid + waived <= amount", name="ck_receivable_paid"),
        UniqueConstraint("contract_line_id", "instalment", name="uq_receivable_instalment"),
        Index("ix_receivable_customer", "customer_id"),
        Index("ix_receivable_contract", "contract_id"),
        Index("ix_receivable_due", "due_on", "id"),
        Index(
            "ix_receivable_open",
            "due_on",
            "id",
            sqlite_where=text("paid + waived < amount"),
            postgresql_where=text("paid + waived < amount"),
        ),
    )
    scope_entity = "receivable"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"))
    contract_line_id: Mapped[int] = mapped_column(ForeignKey("contract_line.id", ondelete="RESTRICT"))
    instalment: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)
    covers_from: Mapped[date | None] = mapped_column(Date)
    covers_until: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(Money)
    paid: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    waived: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))

    customer: Mapped[Customer] = relationship()
    contract: Mapped[Contract] = relationship()
    line: Mapped[ContractLine] = relationship()

    @property
    def balance(self) -> Decimal:
        """What is still open, in yuan."""
        return self.amount - self.waived - self.paid

    def __repr__(self) -> str:
        return f"#{self.id}"


class Receipt(Scoped, Extendable, Versioned, Table):
    """Money that came (kind receipt), or the counter document that takes it back (reversal, negative amount).

    `allocated` is the kept sum of the document's own allocation rows; what a booked receipt has beyond it
    is an advance. A reversed receipt keeps its rows: those of the counter document weigh them up.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'receipt' AND amount > 0) OR (kind = 'reversal' AND amount < 0)",
            name="ck_receipt_amount",
        ),
        CheckConstraint(
            "approver_id IS NULL OR approver_id <> author_id OR self_approved", name="ck_receipt_approver"
        ),
        CheckConstraint(
            "(kind = 'receipt' AND allocated BETWEEN 0 AND amount)"
            " OR (kind = 'reversal' AND allocated BETWEEN amount AND 0)",
            name="ck_receipt_allocated",
        ),
        Index(
            "uq_receipt_reverses",
            "reverses_id",
            unique=True,
            sqlite_where=text("reverses_id IS NOT NULL AND state IN ('pending', 'booked')"),
            postgresql_where=text("reverses_id IS NOT NULL AND state IN ('pending', 'booked')"),
        ),
        Index("ix_receipt_customer", "customer_id"),
        Index("ix_receipt_contract", "contract_id"),
        Index("ix_receipt_booked", "booked_at"),
        Index("ix_receipt_state", "state", "id"),
        Index("ix_receipt_author", "author_id", "id"),
        Index("ix_receipt_received", "received_on", "id"),
        Index("ix_receipt_state_received", "state", "received_on", "id"),
        Index("ix_receipt_state_booked", "state", "booked_at", "id"),
        Index(
            "uq_receipt_slip",
            "account_id",
            "slip_number",
            unique=True,
            sqlite_where=text(
                "slip_number IS NOT NULL AND state IN ('pending', 'booked') AND kind = 'receipt'"
            ),
            postgresql_where=text(
                "slip_number IS NOT NULL AND state IN ('pending', 'booked') AND kind = 'receipt'"
            ),
        ),
    )
    scope_entity = "receipt"

    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    kind: Mapped[str] = mapped_column(String(10), default="receipt")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"))
    account_id: Mapped[int] = mapped_column(ForeignKey("money_account.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(Money)
    allocated: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    received_on: Mapped[date] = mapped_column(Date)
    method: Mapped[str] = mapped_column(String(20), default="bank")
    payer: Mapped[str | None] = mapped_column(String(120))
    slip_number: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    self_approved: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    booked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id", ondelete="RESTRICT"))

    customer: Mapped[Customer] = relationship()
    contract: Mapped[Contract | None] = relationship()
    account: Mapped[MoneyAccount] = relationship()
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    approver: Mapped[Person | None] = relationship(foreign_keys=[approver_id])
    reverses: Mapped[Receipt | None] = relationship(remote_side="Receipt.id", back_populates="reversals")
    reversals: Mapped[list[Receipt]] = relationship(back_populates="reverses", order_by="Receipt.id")
    allocations: Mapped[list[Allocation]] = relationship(back_populates="receipt", order_by="Allocation.id")

    @property
    def name(self) -> str:
        return self.number or ""

    @property
    def advance(self) -> Decimal:
        """Booked money that pays nothing yet, in yuan; zero unless the receipt stands booked."""
        free = self.kind == "receipt" and self.state == "booked"
        return self.amount - self.allocated if free else ZERO

    def __repr__(self) -> str:
        return self.number or f"#{self.id}"


class Allocation(Scoped, Table):
    """What a booked receipt pays. A reversal writes rows with negative amounts; nothing is ever edited."""

    __tablename__ = "allocation"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="ck_allocation_amount"),
        Index("ix_allocation_receivable", "receivable_id"),
        Index("ix_allocation_receipt", "receipt_id"),
    )
    scope_entity = "receipt"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id", ondelete="RESTRICT"))
    receivable_id: Mapped[int] = mapped_column(ForeignKey("receivable.id", ondelete="RESTRICT"))
    amount: Mapped[Decimal] = mapped_column(Money)
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    receipt: Mapped[Receipt] = relationship(back_populates="allocations")
    receivable: Mapped[Receivable] = relationship()


class CashEntry(Table):
    """One line of the cash book of an account; positive in, negative out. Append-only."""

    __tablename__ = "cash_entry"
    __table_args__ = (Index("ix_cash_entry_account", "account_id", "on_day"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("money_account.id", ondelete="RESTRICT"))
    on_day: Mapped[date] = mapped_column(Date)
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    amount: Mapped[Decimal] = mapped_column(Money)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id", ondelete="RESTRICT"), unique=True)
    refund_id: Mapped[int | None] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(String(200), default="")


_entry = CashEntry.__table__.c
MoneyAccount.moved = column_property(
    select(func.coalesce(func.sum(_entry.amount), literal(Decimal(0), Money())))
    .where(_entry.account_id == MoneyAccount.id)
    .scalar_subquery(),
    deferred=True,
)


class Waiver(Scoped, Versioned, Table):
    """A remission (减免) or bad debt (坏账) on one receivable."""

    __tablename__ = "waiver"
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_waiver_amount"),
        Index("ix_waiver_state", "state", "id"),
    )
    scope_entity = "waiver"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    receivable_id: Mapped[int] = mapped_column(ForeignKey("receivable.id", ondelete="RESTRICT"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(Money)
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    receivable: Mapped[Receivable] = relationship()
    author: Mapped[Person] = relationship()

    def __repr__(self) -> str:
        return f"#{self.id}"


_OVERPAID = _l("This would pay or waive more than is open.")
_SLIP_KNOWN = _l("This slip number is on this account already.")
_REVERSED = _l("This receipt is reversed already, or its reversal waits for approval.")
_SAVED = _l("This was saved already.")

# PostgreSQL names the constraint, SQLite the columns of a unique index.
for _name, _message in (
    ("ck_receivable_paid", _OVERPAID),
    ("ck_receipt_allocated", _OVERPAID),
    ("ck_receipt_approver", _l("Whoever entered a receipt cannot book it; a colleague must.")),
    ("uq_receipt_slip", _SLIP_KNOWN),
    ("receipt.account_id, receipt.slip_number", _SLIP_KNOWN),
    ("uq_receipt_reverses", _REVERSED),
    ("receipt.reverses_id", _REVERSED),
    ("cash_entry_receipt_id", _l("This receipt is in the cash book already.")),
    ("cash_entry.receipt_id", _l("This receipt is in the cash book already.")),
    ("money_account_name", _l("An account with this name exists already.")),
    ("money_account.name", _l("An account with this name exists already.")),
    ("uq_timeline_entry_token", _SAVED),
    ("timeline_entry.token", _SAVED),
):
    explain_constraint(_name, _message)
