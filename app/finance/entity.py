"""Receivables, waivers and accounts as lists and pages show them; receipts: receipt_entity.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, undefer

from app.contracts.models import ContractLine
from app.finance import queries
from app.finance.columns import (
    ACCOUNT_KINDS,
    AGING,
    AGING_TONES,
    GROUP,
    age_of,
    age_sql,
    contract_number,
    contract_url,
    customer_name,
    customer_url,
    every_row,
    is_overdue,
    line_words,
)
from app.finance.models import MoneyAccount, Receivable, Waiver
from app.finance.receipt_entity import RECEIPT
from app.finance.states import AccountKind, WaiverState
from app.finance.transitions import WAIVER_LIFECYCLE
from app.platform.entity import Entity, Field, Section, Tab

__all__ = ["MONEY_ACCOUNT", "RECEIPT", "RECEIVABLE", "WAIVER"]

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
            link=contract_url,
            expression=contract_number,
            searchable=True,
        ),
        Field(
            "customer",
            _l("Customer"),
            value=lambda row: row.customer.name,
            link=customer_url,
            expression=customer_name(Receivable),
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
            expression=age_sql,
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
        Tab("overdue", _l("Overdue"), is_overdue),
        Tab("all", _l("All"), every_row),
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
    title=lambda row: f"{row.receivable.contract.number} {line_words(row.receivable)}",
    lifecycle=WAIVER_LIFECYCLE,
    fields=(
        Field("contract", _l("Contract"), value=lambda row: row.receivable.contract.number),
        Field(
            "customer",
            _l("Customer"),
            value=lambda row: row.customer.name,
            link=customer_url,
            expression=customer_name(Waiver),
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
        Tab("all", _l("All"), every_row),
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
    note="number",
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
