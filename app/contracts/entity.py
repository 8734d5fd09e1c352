"""The contract as lists and pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from app.approval.models import ApprovalRequest, ApprovalStep
from app.approval.queries import waiting_for
from app.contracts import states
from app.contracts.models import Contract, ContractLine, ContractLineItem
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.models import Customer
from app.org.models import Person
from app.platform.access import Identity
from app.platform.entity import Entity, Field, Section, Tab


def title_of(contract: Contract) -> str:
    return contract.number or str(_l("Draft %(id)s", id=contract.id))


def with_whom(contract: Contract) -> str:
    """Who has the contract on the table now, while it waits for approval."""
    steps = [step for request in contract.open_requests for step in request.steps]
    return "、".join(step.approver.name for step in steps if step.state == "turn")


def _customer_url(contract: Contract) -> str:
    return url_for("customer.show", pk=contract.customer_id)


def _customer_name() -> ColumnElement[Any]:
    return select(Customer.name).where(Customer.id == Contract.customer_id).scalar_subquery()


def _author_name() -> ColumnElement[Any]:
    return select(Person.first_name).where(Person.id == Contract.author_id).scalar_subquery()


def _in(*wanted: str) -> Any:
    return lambda _identity: [Contract.state.in_(wanted)]


def _mine_to_approve(identity: Identity) -> Sequence[ColumnElement[bool]]:
    mine = select(ApprovalRequest.subject_id).where(
        ApprovalRequest.subject == "contract", ApprovalRequest.id.in_(waiting_for(identity))
    )
    return [Contract.state == states.PENDING, Contract.id.in_(mine)]


def _open_requests() -> Any:
    return (
        selectinload(Contract.open_requests)
        .selectinload(ApprovalRequest.steps)
        .joinedload(ApprovalStep.approver)
    )


def _list_loads() -> Sequence[Any]:
    return joinedload(Contract.customer), joinedload(Contract.author), _open_requests()


def _detail_loads() -> Sequence[Any]:
    lines = selectinload(Contract.lines)
    return (
        joinedload(Contract.customer),
        joinedload(Contract.company),
        joinedload(Contract.author),
        lines.joinedload(ContractLine.business_type),
        lines.joinedload(ContractLine.company),
        lines.selectinload(ContractLine.items).joinedload(ContractLineItem.item),
        _open_requests(),
    )


CONTRACT = Entity(
    name="contract",
    model=Contract,
    label=_l("Contract"),
    plural=_l("Sales contracts"),
    group=_l("Business"),
    icon="file-signature",
    fields=(
        Field("number", _l("Number"), value=title_of, searchable=True, sortable=True, filterable=True),
        Field(
            "customer",
            _l("Customer"),
            expression=_customer_name,
            link=_customer_url,
            searchable=True,
            filterable=True,
        ),
        Field("company", _l("Signing company")),
        Field("amount", _l("Amount"), kind="money", sortable=True, filterable=True),
        Field("discount", _l("Discount"), kind="money", sortable=True),
        Field("state", _l("State"), kind="state", filterable=True, sortable=True),
        Field("with_whom", _l("Waits for"), value=with_whom),
        Field("author", _l("Signed by"), expression=_author_name, filterable=True, sortable=True),
        Field("signed_on", _l("Signed on"), kind="date", sortable=True, filterable=True),
        Field("starts_on", _l("Term from"), kind="date", sortable=True, filterable=True),
        Field("ends_on", _l("Term until"), kind="date", sortable=True, filterable=True),
        Field("payer", _l("Payer"), searchable=True),
        Field("invoice_wanted", _l("Invoice wanted"), kind="bool"),
        Field("invoice_title", _l("Invoice title")),
        Field("invoice_tax_number", _l("Tax number")),
        Field("note", _l("Note"), kind="long"),
        Field("created_at", _l("Written"), kind="moment", sortable=True, filterable=True),
    ),
    list_fields=(
        "number",
        "customer",
        "amount",
        "state",
        "with_whom",
        "author",
        "signed_on",
        "starts_on",
        "ends_on",
    ),
    sections=(
        Section(
            _l("Contract"),
            ("customer", "company", "signed_on", "starts_on", "ends_on", "payer", "author", "note"),
        ),
        Section(_l("Invoice"), ("invoice_wanted", "invoice_title", "invoice_tax_number")),
    ),
    form_sections=(),
    tabs=(
        Tab("all", _l("All"), lambda _identity: []),
        Tab("draft", _l("Draft"), _in(states.DRAFT)),
        Tab("pending", _l("Awaiting approval"), _in(states.PENDING)),
        Tab("active", _l("In force"), _in(states.ACTIVE)),
        Tab("mine", _l("Mine to approve"), _mine_to_approve),
        Tab("closed", _l("Closed"), _in(states.CLOSED)),
    ),
    loads=_list_loads,
    detail_loads=_detail_loads,
    title=title_of,
    note=lambda contract: contract.customer.name if contract.customer else "",
    lifecycle=CONTRACT_LIFECYCLE,
    empty_hint=_l("Write the first contract for one of your customers."),
)
