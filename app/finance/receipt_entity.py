"""Receipts as lists, form and page show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.contracts.models import ContractLine
from app.finance.columns import GROUP, KINDS, METHODS, contract_url, customer_name, customer_url, every_row
from app.finance.models import Allocation, MoneyAccount, Receipt, Receivable
from app.finance.states import ReceiptState
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.platform import clock
from app.platform.entity import Entity, Field, Section, Tab


def _accounts(session: Session) -> Sequence[tuple[Any, Any]]:
    """Accounts money may come to."""
    statement = select(MoneyAccount).where(MoneyAccount.active.is_(True)).order_by(MoneyAccount.id)
    return [(account.id, account.name) for account in session.scalars(statement)]


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
    note="payer",
    lifecycle=RECEIPT_LIFECYCLE,
    fields=(
        Field("number", _l("Number"), searchable=True),
        Field(
            "customer",
            _l("Customer"),
            value=lambda row: row.customer.name,
            link=customer_url,
            expression=customer_name(Receipt),
            searchable=True,
        ),
        Field(
            "contract",
            _l("Contract"),
            value=lambda row: row.contract.number if row.contract else None,
            link=contract_url,
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
        Tab("all", _l("All"), every_row),
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
