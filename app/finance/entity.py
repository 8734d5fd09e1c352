"""Receipts, receivables, waivers and accounts as lists and pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, String, case, cast, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from app.contracts.models import Contract, ContractLine
from app.customers.models import Customer
from app.finance import queries
from app.finance.aging import AgingClass, aging_class
from app.finance.models import Allocation, MoneyAccount, Receipt, Receivable, Waiver
from app.finance.states import AccountKind, PaymentMethod, ReceiptKind, ReceiptState, WaiverState
from app.finance.transitions import RECEIPT_LIFECYCLE, WAIVER_LIFECYCLE
from app.platform import clock
from app.platform.access import Identity
from app.platform.entity import Entity, Field, Section, Tab

GROUP = _l("Finance")
METHODS = {
    PaymentMethod.BANK: _l("bank transfer"),
    PaymentMethod.WECHAT: _l("WeChat Pay"),
    PaymentMethod.ALIPAY: _l("Alipay"),
    PaymentMethod.CASH: _l("cash"),
    PaymentMethod.OTHER: _l("other way"),
}
ACCOUNT_KINDS = {
    AccountKind.BANK: _l("bank account"),
    AccountKind.WECHAT: _l("WeChat wallet"),
    AccountKind.ALIPAY: _l("Alipay wallet"),
    AccountKind.CASH: _l("cash box"),
}
KINDS = {ReceiptKind.RECEIPT: _l("receipt"), ReceiptKind.REVERSAL: _l("reversal")}
AGING = {
    AgingClass.NOT_DUE: _l("not due"),
    AgingClass.DAYS_1_30: _l("1–30 days overdue"),
    AgingClass.DAYS_31_60: _l("31–60 days overdue"),
    AgingClass.DAYS_61_90: _l("61–90 days overdue"),
    AgingClass.DAYS_91_180: _l("91–180 days overdue"),
    AgingClass.DAYS_181_360: _l("181–360 days overdue"),
    AgingClass.OVER_360: _l("over 360 days overdue"),
}
AGING_TONES = dict.fromkeys(AgingClass, "danger") | {
    AgingClass.NOT_DUE: "plain",
    AgingClass.DAYS_1_30: "warning",
}


def _all(_identity: Identity) -> Sequence[ColumnElement[bool]]:
    return ()


def _customer_name(model: type[Any]) -> Any:
    return lambda: select(Customer.name).where(Customer.id == model.customer_id).scalar_subquery()


def _contract_number() -> ColumnElement[Any]:
    return select(Contract.number).where(Contract.id == Receivable.contract_id).scalar_subquery()


def _customer_url(row: Any) -> str:
    return url_for("customer.show", pk=row.customer_id)


def _contract_url(row: Any) -> str | None:
    return url_for("contract.show", pk=row.contract_id) if row.contract_id is not None else None


def _accounts(session: Session) -> Sequence[tuple[Any, Any]]:
    """Accounts money may come to."""
    statement = select(MoneyAccount).where(MoneyAccount.active.is_(True)).order_by(MoneyAccount.id)
    return [(account.id, account.name) for account in session.scalars(statement)]


def line_words(row: Receivable) -> str:
    """The business a receivable asks for, and which instalment of it when it comes back."""
    name: str = row.line.business_type.name
    if row.covers_from is None:
        return name
    return str(_l("%(name)s, instalment %(number)s", name=name, number=row.instalment))


def age_of(row: Receivable) -> AgingClass | None:
    """The aging class of what is open; None when nothing is."""
    return aging_class(row.due_on, clock.today()) if row.balance > 0 else None


def _age_sql() -> ColumnElement[Any]:
    return case((queries.is_open(), queries.aging(clock.today())))


def _overdue(_identity: Identity) -> Sequence[ColumnElement[bool]]:
    return (queries.is_open(), Receivable.due_on < clock.today())


def _today() -> date:
    return clock.today()


RECEIPT = Entity(
    name="receipt",
    model=Receipt,
    label=_l("receipt"),
    plural=_l("Receipts"),
    group=GROUP,
    icon="coins",
    title=lambda row: row.number or f"#{row.id}",
    note=lambda row: row.payer or "",
    lifecycle=RECEIPT_LIFECYCLE,
    fields=(
        Field("number", _l("Number"), searchable=True),
        Field(
            "customer",
            _l("Customer"),
            value=lambda row: row.customer.name,
            link=_customer_url,
            expression=_customer_name(Receipt),
            searchable=True,
        ),
        Field(
            "contract",
            _l("Contract"),
            value=lambda row: row.contract.number if row.contract else None,
            link=_contract_url,
        ),
        Field("customer_id", _l("Customer"), kind="remote", remote="customer", required=True),
        Field(
            "contract_id",
            _l("Contract"),
            kind="remote",
            remote="contract",
            help=_l("Left empty, the money pays the oldest due of the customer."),
        ),
        Field("amount", _l("Amount"), kind="money", required=True, sortable=True, filterable=True),
        Field("allocated", _l("Allocated"), kind="money"),
        Field("advance", _l("Advance"), kind="money", value=lambda row: row.advance or None),
        Field("account", _l("Money account"), value=lambda row: row.account.name),
        Field(
            "account_id",
            _l("Money account"),
            kind="choice",
            choices=_accounts,
            expression=lambda: cast(Receipt.account_id, String),
            required=True,
            filterable=True,
        ),
        Field("kind", _l("Kind"), kind="choice", choices=KINDS, filterable=True),
        Field("method", _l("Way to pay"), kind="choice", choices=METHODS, required=True, filterable=True),
        Field(
            "received_on",
            _l("Received on"),
            kind="date",
            required=True,
            default=_today,
            sortable=True,
            filterable=True,
        ),
        Field("payer", _l("Payer"), searchable=True, filterable=True, maximum=120),
        Field(
            "slip_number",
            _l("Slip number"),
            searchable=True,
            maximum=60,
            help=_l("Number on the bank slip or of the wallet payment; once per account."),
        ),
        Field("note", _l("Note"), kind="long", maximum=500),
        Field("state", _l("State"), kind="state", filterable=True),
        Field("author", _l("Entered by"), value=lambda row: row.author.name),
        Field("approver", _l("Booked by"), value=lambda row: row.approver.name if row.approver else None),
        Field("created_at", _l("Entered"), kind="moment", filterable=True),
        Field("booked_at", _l("Booked"), kind="moment", sortable=True, filterable=True),
    ),
    list_fields=(
        "number",
        "customer",
        "contract",
        "amount",
        "advance",
        "account",
        "received_on",
        "payer",
        "state",
        "author",
    ),
    sections=(
        Section(
            _l("Money"),
            (
                "customer",
                "contract",
                "amount",
                "allocated",
                "account",
                "method",
                "received_on",
                "payer",
                "slip_number",
                "note",
            ),
        ),
        Section(_l("Booking"), ("author", "created_at", "approver", "booked_at")),
    ),
    form_sections=(
        Section(_l("Who pays what"), ("customer_id", "contract_id", "amount", "payer")),
        Section(_l("Where it came in"), ("account_id", "method", "received_on", "slip_number", "note")),
    ),
    tabs=(
        Tab("pending", _l("To be booked"), lambda _who: (Receipt.state == ReceiptState.PENDING.value,)),
        Tab("mine", _l("Entered by me"), lambda who: (Receipt.author_id == who.person_id,)),
        Tab("booked", _l("Booked"), lambda _who: (Receipt.state == ReceiptState.BOOKED.value,)),
        Tab("all", _l("All"), _all),
    ),
    loads=lambda: (
        joinedload(Receipt.customer),
        joinedload(Receipt.contract),
        joinedload(Receipt.account),
        joinedload(Receipt.author),
    ),
    detail_loads=lambda: (
        joinedload(Receipt.customer),
        joinedload(Receipt.contract),
        joinedload(Receipt.account),
        joinedload(Receipt.author),
        joinedload(Receipt.approver),
        joinedload(Receipt.reverses),
        selectinload(Receipt.reversals),
        selectinload(Receipt.allocations)
        .joinedload(Allocation.receivable)
        .options(
            joinedload(Receivable.contract),
            joinedload(Receivable.line).joinedload(ContractLine.business_type),
        ),
    ),
    empty_hint=_l("Money that came is entered here, then booked by the cashier."),
)

RECEIVABLE = Entity(
    name="receivable",
    model=Receivable,
    label=_l("receivable"),
    plural=_l("Receivables and arrears"),
    group=GROUP,
    icon="scale-balanced",
    order="due_on",
    title=lambda row: f"{row.contract.number} {line_words(row)}",
    fields=(
        Field(
            "contract",
            _l("Contract"),
            value=lambda row: row.contract.number,
            link=_contract_url,
            expression=_contract_number,
            searchable=True,
        ),
        Field(
            "customer",
            _l("Customer"),
            value=lambda row: row.customer.name,
            link=_customer_url,
            expression=_customer_name(Receivable),
            searchable=True,
        ),
        Field("line", _l("Business and instalment"), value=line_words),
        Field("instalment", _l("Instalment"), kind="int"),
        Field("due_on", _l("Due"), kind="date", sortable=True, filterable=True),
        Field("covers_from", _l("Covers from"), kind="date"),
        Field("covers_until", _l("Covers until"), kind="date"),
        Field("amount", _l("Asked"), kind="money", sortable=True, filterable=True),
        Field("paid", _l("Paid"), kind="money"),
        Field("waived", _l("Waived"), kind="money", value=lambda row: row.waived or None),
        Field(
            "open",
            _l("Still open"),
            kind="money",
            value=lambda row: row.balance,
            expression=queries.open_amount,
            sortable=True,
            filterable=True,
        ),
        Field(
            "aging",
            _l("Age"),
            kind="choice",
            choices=AGING,
            value=age_of,
            expression=_age_sql,
            tones=AGING_TONES,
            filterable=True,
        ),
    ),
    list_fields=("contract", "customer", "line", "due_on", "amount", "paid", "waived", "open", "aging"),
    sections=(
        Section(
            _l("Receivable"),
            ("contract", "customer", "line", "due_on", "covers_from", "covers_until", "aging"),
        ),
    ),
    form_sections=(),
    tabs=(
        Tab("open", _l("Still open"), lambda _who: (queries.is_open(),)),
        Tab("overdue", _l("Overdue"), _overdue),
        Tab("all", _l("All"), _all),
    ),
    loads=lambda: (
        joinedload(Receivable.customer),
        joinedload(Receivable.contract),
        joinedload(Receivable.line).joinedload(ContractLine.business_type),
    ),
    detail_loads=lambda: (
        joinedload(Receivable.customer),
        joinedload(Receivable.contract),
        joinedload(Receivable.line).joinedload(ContractLine.business_type),
    ),
    empty_hint=_l("A contract in force lays its receivables down by itself."),
)

WAIVER = Entity(
    name="waiver",
    model=Waiver,
    label=_l("waiver"),
    plural=_l("Waivers"),
    group=GROUP,
    icon="hand-holding-dollar",
    title=lambda row: f"{row.receivable.contract.number} ¥{row.amount:,.2f}",
    lifecycle=WAIVER_LIFECYCLE,
    fields=(
        Field("contract", _l("Contract"), value=lambda row: row.receivable.contract.number),
        Field(
            "customer",
            _l("Customer"),
            value=lambda row: row.customer.name,
            link=_customer_url,
            expression=_customer_name(Waiver),
            searchable=True,
        ),
        Field(
            "receivable",
            _l("Receivable"),
            value=lambda row: line_words(row.receivable),
            link=lambda row: url_for("receivable.show", pk=row.receivable_id),
        ),
        Field("amount", _l("Amount"), kind="money", sortable=True, filterable=True),
        Field("open", _l("Still open"), kind="money", value=lambda row: row.receivable.balance),
        Field("reason", _l("Reason"), searchable=True),
        Field("state", _l("State"), kind="state", filterable=True),
        Field("author", _l("Entered by"), value=lambda row: row.author.name),
        Field("created_at", _l("Entered"), kind="moment", filterable=True),
    ),
    list_fields=("contract", "customer", "receivable", "amount", "reason", "state", "author", "created_at"),
    sections=(
        Section(_l("Waiver"), ("customer", "receivable", "amount", "open", "reason", "author", "created_at")),
    ),
    form_sections=(),
    tabs=(
        Tab(
            "pending",
            _l("Waiting for approval"),
            lambda _who: (Waiver.state == WaiverState.PENDING.value,),
        ),
        Tab("all", _l("All"), _all),
    ),
    loads=lambda: _whole_waiver(),
    detail_loads=lambda: _whole_waiver(),
    empty_hint=_l("Waivers are asked for on a receivable."),
)


def _whole_waiver() -> tuple[Any, ...]:
    receivable = joinedload(Waiver.receivable)
    return (
        joinedload(Waiver.customer),
        joinedload(Waiver.author),
        receivable.joinedload(Receivable.contract),
        receivable.joinedload(Receivable.line).joinedload(ContractLine.business_type),
    )


MONEY_ACCOUNT = Entity(
    name="money_account",
    model=MoneyAccount,
    label=_l("account"),
    plural=_l("Accounts and cash book"),
    group=GROUP,
    icon="building-columns",
    order="id",
    title=lambda row: row.name,
    note=lambda row: row.number or "",
    fields=(
        Field("name", _l("Name"), required=True, searchable=True, maximum=60),
        Field(
            "kind",
            _l("Kind"),
            kind="choice",
            choices=ACCOUNT_KINDS,
            required=True,
            default=lambda: AccountKind.BANK.value,
        ),
        Field("number", _l("Account number"), searchable=True, maximum=40),
        Field(
            "opening",
            _l("Opening balance"),
            kind="money",
            default=lambda: Decimal(0),
            help=_l("What stood there before the first booking."),
        ),
        Field("balance", _l("Balance"), kind="money"),
        Field("active", _l("In use"), kind="bool", default=lambda: True),
    ),
    list_fields=("name", "kind", "number", "opening", "balance", "active"),
    sections=(Section(_l("Money account"), ("name", "kind", "number", "opening", "active")),),
    loads=lambda: (undefer(MoneyAccount.moved),),
    detail_loads=lambda: (undefer(MoneyAccount.moved),),
)
