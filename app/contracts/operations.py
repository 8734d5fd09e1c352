"""Write a contract down, copy it, and follow its lines to the end. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.catalogue.models import BusinessType
from app.companies.models import Company
from app.contracts import states
from app.contracts.effects import reprice
from app.contracts.events import ContractLineDone
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.instalments import INTERVALS
from app.contracts.models import Contract, ContractLine, ContractLineItem
from app.contracts.queries import whole
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.models import Customer
from app.org.models import Person
from app.platform import clock
from app.platform.access import elevated, identity_of
from app.platform.errors import BusinessError, FieldErrors, NotFound, Stale
from app.platform.events import publish
from app.platform.money import LARGEST, ZERO
from app.platform.timeline import TimelineEntry, tell

LINE_LIMIT = 50
QUANTITY_LIMIT = 9999
MONTH_LIMIT = 120

_HEADER = (
    "customer_id",
    "company_id",
    "signed_on",
    "starts_on",
    "ends_on",
    "payer",
    "invoice_wanted",
    "invoice_title",
    "invoice_tax_number",
    "reason",
    "note",
    "renewal_only",
)


@dataclass
class _Faults:
    """Everything wrong with the input, by field name as the form has it."""

    fields: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, name: str, message: Any) -> None:
        self.fields.setdefault(name, []).append(message)

    def refuse(self) -> None:
        if self.fields:
            raise FieldErrors(_l("The contract was not saved."), self.fields)


def save_contract(
    session: Session, contract: Contract | None, data: ContractInput, *, token: str | None = None
) -> Contract:
    """Create or change a draft; whoever saves a new one is its author.

    The same `token` twice answers with the contract of the first time. Raises FieldErrors with every fault,
    NotAllowed without the permission, Stale when the contract is no draft any more.
    """
    identity = identity_of(session)
    identity.require("can_edit" if contract else "can_add", "contract")
    if contract is None and token and (known := contract_of_token(session, token)) is not None:
        return known
    if contract is not None and contract.state != states.DRAFT:
        raise Stale(_l("The contract is no draft any more. Copy it to change it."))
    faults = _Faults()
    _check_header(session, data, faults)
    types = _types_of(session, data.lines)
    for place, line in enumerate(data.lines):
        _check_line(line, types.get(line.business_type_id), faults, f"lines-{place}-")
    _check_companies(session, data, faults)
    faults.refuse()
    return _write(session, contract, data, types, token)


def _write(
    session: Session,
    contract: Contract | None,
    data: ContractInput,
    types: dict[int, BusinessType],
    token: str | None,
) -> Contract:
    new = contract is None
    if contract is None:
        contract = Contract(author_id=_author_id(session, data), created_at=clock.now())
    else:
        whole(session, contract)
    for name in _HEADER:
        setattr(contract, name, getattr(data, name))
    contract.customer = session.get_one(Customer, data.customer_id)
    contract.changed_at = clock.now()
    if new:
        CONTRACT_LIFECYCLE.begin(session, contract, states.DRAFT, title="wrote a contract draft", token=token)
    contract.lines = [
        _line(data, line, types[line.business_type_id], place) for place, line in enumerate(data.lines)
    ]
    session.flush()
    whole(session, contract)
    reprice(session, contract, session.get_one(Person, contract.author_id))
    session.flush()
    return contract


def _author_id(session: Session, data: ContractInput) -> int:
    """Who writes; a draft the agency itself makes belongs to the owner of the customer."""
    identity = identity_of(session)
    if identity.person_id is not None:
        return identity.person_id
    owner = session.scalar(select(Customer.owner_id).where(Customer.id == data.customer_id))
    if owner is None:
        raise BusinessError(_l("A contract needs an author."))
    return owner


def _line(data: ContractInput, line: LineInput, kind: BusinessType, place: int) -> ContractLine:
    recurring = kind.recurring
    items = {item.id: item for item in kind.items}
    return ContractLine(
        customer_id=data.customer_id,
        company_id=line.company_id or data.company_id,
        business_type_id=kind.id,
        position=place,
        quantity=line.quantity,
        recurring=recurring,
        start_month=line.start_month.replace(day=1) if recurring and line.start_month else None,
        paid_months=line.paid_months if recurring else 0,
        gift_months=line.gift_months if recurring else 0,
        interval_months=line.interval_months if recurring else 12,
        promised_on=line.promised_on,
        reason=line.reason.strip(),
        items=[
            ContractLineItem(
                customer_id=data.customer_id,
                item_id=item.item_id,
                kind=items[item.item_id].kind,
                amount=item.amount,
                discount=item.discount,
            )
            for item in line.items
        ],
    )


def _types_of(session: Session, lines: Sequence[LineInput]) -> dict[int, BusinessType]:
    ids = {line.business_type_id for line in lines}
    if not ids:
        return {}
    found = session.scalars(
        select(BusinessType).where(BusinessType.id.in_(ids)).options(selectinload(BusinessType.items))
    )
    return {kind.id: kind for kind in found}


def _check_header(session: Session, data: ContractInput, faults: _Faults) -> None:
    customer = session.scalars(select(Customer).where(Customer.id == data.customer_id)).first()
    if customer is None:
        faults.add("customer_id", _l("This choice does not exist, or you may not see it."))
    elif customer.stage == "public":
        faults.add("customer_id", _l("The customer is in the public pool. Claim it first."))
    if data.starts_on and data.ends_on and data.ends_on < data.starts_on:
        faults.add("ends_on", _l("The term ends before it starts."))
    if len(data.lines) > LINE_LIMIT:
        faults.add("lines", _l("A contract has at most %(max)s lines.", max=LINE_LIMIT))
    total = sum((item.amount for line in data.lines for item in line.items), ZERO)
    if total > LARGEST:
        faults.add("lines", _l("The amount is too large."))


def _check_line(line: LineInput, kind: BusinessType | None, faults: _Faults, at: str) -> None:
    if kind is None or not kind.active:
        faults.add(f"{at}business_type_id", _l("Choose a business type."))
        return
    if not 1 <= line.quantity <= QUANTITY_LIMIT:
        faults.add(f"{at}quantity", _l("A whole number from 1 to %(max)s.", max=QUANTITY_LIMIT))
    if kind.recurring:
        _check_months(line, faults, at)
    if not line.items:
        faults.add(f"{at}items", _l("Pick at least one item."))
    known = {item.id for item in kind.items}
    if len({item.item_id for item in line.items} & known) != len(line.items):
        faults.add(f"{at}items", _l("An item does not belong to this business type."))
    for item in line.items:
        _check_amounts(item, faults, f"{at}discount-{item.item_id}", f"{at}price-{item.item_id}")


def _check_months(line: LineInput, faults: _Faults, at: str) -> None:
    if not 1 <= line.paid_months <= MONTH_LIMIT:
        faults.add(f"{at}paid_months", _l("A whole number from 1 to %(max)s.", max=MONTH_LIMIT))
    if not 0 <= line.gift_months <= MONTH_LIMIT:
        faults.add(f"{at}gift_months", _l("A whole number from 0 to %(max)s.", max=MONTH_LIMIT))
    if line.interval_months not in INTERVALS:
        faults.add(f"{at}interval_months", _l("Every 1, 3, 6 or 12 months."))
    if line.start_month and not date(2000, 1, 1) <= line.start_month < date(2100, 1, 1):
        faults.add(f"{at}start_month", _l("This month cannot be right."))


def _check_amounts(item: ItemInput, faults: _Faults, discount_field: str, price_field: str) -> None:
    if not ZERO <= item.amount <= LARGEST or item.amount != round(item.amount, 2):
        faults.add(price_field, _l("An amount from 0 up, with two digits."))
    if not ZERO <= item.discount <= item.amount or item.discount != round(item.discount, 2):
        faults.add(discount_field, _l("A discount cannot be larger than the amount, nor negative."))


def _check_companies(session: Session, data: ContractInput, faults: _Faults) -> None:
    """Companies are the customer's own: a foreign one looks the same as none."""
    wanted = {data.company_id: "company_id"} if data.company_id else {}
    for place, line in enumerate(data.lines):
        if line.company_id:
            wanted.setdefault(line.company_id, f"lines-{place}-company_id")
    if not wanted:
        return
    own = set(
        session.scalars(
            select(Company.id).where(Company.id.in_(wanted), Company.customer_id == data.customer_id)
        )
    )
    for company_id, name in wanted.items():
        if company_id not in own:
            faults.add(name, _l("This company does not belong to the customer."))


def contract_of_token(session: Session, token: str) -> Contract | None:
    """The contract a form with this token already made."""
    return session.scalars(
        select(Contract)
        .join(TimelineEntry, TimelineEntry.subject_id == Contract.id)
        .where(TimelineEntry.token == token, TimelineEntry.subject == "contract")
    ).first()


def submit_contract(
    session: Session, contract_id: int, *, version: int | None = None, token: str | None = None
) -> Contract:
    """Submit a draft for approval; active at once when no rule applies."""
    submitted: Contract = CONTRACT_LIFECYCLE.perform(
        session, contract_id, "submit", version=version, token=token
    )
    return submitted


def copy_to_draft(session: Session, contract: Contract, *, token: str | None = None) -> Contract:
    """A new draft with the same header and lines, at today's prices; the original stays as it is."""
    identity_of(session).require("can_copy", "contract")
    if token and (known := contract_of_token(session, token)) is not None:
        return known
    copy = save_contract(session, None, input_of(whole(session, contract)), token=token)
    copy.copied_from_id = contract.id
    tell(session, contract, title="copied contract %(label)s to a new draft", label=contract.name)
    session.flush()
    return copy


def input_of(contract: Contract) -> ContractInput:
    """A contract as the input that would make its like: dates of signing and term are left to be set anew."""
    return ContractInput(
        customer_id=contract.customer_id,
        company_id=contract.company_id,
        payer=contract.payer,
        invoice_wanted=contract.invoice_wanted,
        invoice_title=contract.invoice_title,
        invoice_tax_number=contract.invoice_tax_number,
        reason=contract.reason,
        note=contract.note,
        renewal_only=contract.renewal_only,
        lines=tuple(
            LineInput(
                business_type_id=line.business_type_id,
                company_id=line.company_id,
                quantity=line.quantity,
                paid_months=line.paid_months,
                gift_months=line.gift_months,
                interval_months=line.interval_months,
                start_month=line.start_month,
                promised_on=line.promised_on,
                reason=line.reason,
                items=tuple(ItemInput(item.item_id, item.amount, item.discount) for item in line.items),
            )
            for line in contract.lines
        ),
    )


def line_closed_or_opened(session: Session, line_id: int, how: str, *, forced: bool) -> ContractLine:
    """Mark a line "closed" or "opened"; the contract follows with its last line. Twice is once.

    For the closing stage, which has checked that it may be. Raises Stale when the contract is not in force.
    """
    if how not in ("closed", "opened"):
        raise ValueError(how)
    with elevated(session):
        line = session.get(ContractLine, line_id)
        if line is None:
            raise NotFound()
        contract = session.scalars(
            select(Contract)
            .where(Contract.id == line.contract_id)
            .with_for_update(of=Contract)
            .execution_options(populate_existing=True)
        ).one()
        session.refresh(line)
        if line.done is not None:
            return line
        if contract.state != states.ACTIVE:
            raise Stale(_l("The contract is not in force."))
        line.done, line.done_at, line.forced = how, clock.now(), forced
        publish(session, ContractLineDone(contract_id=contract.id, line_id=line.id, forced=forced))
        if all(other.done for other in contract.lines):
            CONTRACT_LIFECYCLE.perform(session, contract.id, "close")
    return line


def amount_of(price: Decimal, quantity: int, paid_months: int | None) -> Decimal:
    """Whole amount of an item from its price per piece (and month); gift months cost nothing."""
    return price * quantity * (paid_months or 1)
