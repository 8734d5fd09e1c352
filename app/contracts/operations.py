"""Write a contract down, copy it, and follow its lines to the end. Never commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval.operations import foreseen
from app.catalogue.models import BusinessType
from app.contracts import checks, states
from app.contracts.effects import facts_of, reprice, submission_of
from app.contracts.events import ContractLineDone
from app.contracts.input_checks import check_input
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.models import Contract, ContractLine, ContractLineItem
from app.contracts.queries import hold, whole
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.models import Customer
from app.org.models import Person
from app.platform import clock
from app.platform.access import elevated, identity_of
from app.platform.errors import BusinessError, NotAllowed, NotFound, Stale
from app.platform.events import publish
from app.platform.masking import sees
from app.platform.timeline import TimelineEntry, tell

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


def save_contract(
    session: Session,
    contract: Contract | None,
    data: ContractInput,
    *,
    version: int | None = None,
    token: str | None = None,
) -> Contract:
    """Create or change a draft; whoever saves a new one is its author.

    The same `token` twice answers with the contract of the first time. Raises FieldErrors with every fault,
    NotAllowed without the permission, Stale when the contract is no draft any more.
    """
    identity = identity_of(session)
    identity.require("can_edit" if contract else "can_add", "contract")
    if token and (known := contract_of_token(session, token)) is not None:
        return known
    refuse_blind(session)
    if contract is not None:
        refuse_other_hands(session, contract)
        _refuse_stale(session, contract, version)
    types, faults = check_input(session, data)
    faults.refuse()
    return _write(session, contract, data, types, token)


def refuse_blind(session: Session) -> None:
    """Raises NotAllowed for whoever may not see amounts of contracts: the form of one is made of prices.

    Shown without them it could not be filled in, and shown with them the right would be worth nothing.
    """
    if not sees(identity_of(session), "contract.amount"):
        raise NotAllowed(_l("A contract is written with its prices, and your role may not see those."))


def refuse_other_hands(session: Session, contract: Contract) -> None:
    """Raises NotAllowed for whoever only sees the draft."""
    for reason in checks.may_write(session, contract, identity_of(session)):
        raise NotAllowed(reason)


def _refuse_stale(session: Session, contract: Contract, version: int | None) -> None:
    for reason in checks.is_draft(session, contract, identity_of(session)):
        raise Stale(reason)
    if version is not None and version != contract.version:
        raise Stale(_l("Somebody changed the contract since you opened it. Compare, then save again."))


def _write(
    session: Session,
    contract: Contract | None,
    data: ContractInput,
    types: Mapping[int, BusinessType],
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
    else:
        tell(session, contract, title="changed the contract draft", kind="changed", token=token)
    contract.lines = _lines(data, types)
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


def _lines(data: ContractInput, types: Mapping[int, BusinessType]) -> list[ContractLine]:
    return [_line(data, line, types[line.business_type_id], place) for place, line in enumerate(data.lines)]


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
    tell(session, contract, title="copied the contract to a new draft")
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
    if how not in (states.LINE_CLOSED, states.LINE_OPENED):
        raise ValueError(how)
    with elevated(session):
        line, contract = _held(session, line_id)
        if line.done is not None:
            return line
        if contract.state != states.ACTIVE:
            raise Stale(_l("The contract is not in force."))
        _end_line(line, how, forced=forced)
        publish(session, ContractLineDone(contract_id=contract.id, line_id=line.id, forced=forced))
        _close_with_last_line(session, contract)
    return line


def line_cancelled(session: Session, line_id: int) -> ContractLine:
    """The work of a line was cancelled: nothing of it is left to do; the contract follows with its last line.

    What the line still asks for stays an ordinary receivable. A terminated contract stays as it is.
    """
    with elevated(session):
        line, contract = _held(session, line_id)
        if line.done is None and contract.state in (states.ACTIVE, states.ENDING):
            _end_line(line, states.LINE_CANCELLED, forced=False)
            _close_with_last_line(session, contract)
    return line


def _held(session: Session, line_id: int) -> tuple[ContractLine, Contract]:
    line = session.get(ContractLine, line_id)
    if line is None:
        raise NotFound()
    contract = hold(session, line.contract_id)
    session.refresh(line)
    return line, contract


def _end_line(line: ContractLine, how: str, *, forced: bool) -> None:
    line.done, line.done_at, line.forced = how, clock.now(), forced


def _close_with_last_line(session: Session, contract: Contract) -> None:
    if contract.state == states.ACTIVE and all(line.done for line in contract.lines):
        CONTRACT_LIFECYCLE.perform(session, contract.id, "close")


@dataclass(frozen=True)
class PriceCheck:
    """How unsaved input stands today: the contract it would make, what rules compare, who would approve.

    `places` are the lines it could price, counted from 0. `approvers` are level, rule and person; the person
    is None when the rule finds nobody.
    """

    contract: Contract
    places: tuple[int, ...]
    facts: Mapping[str, Decimal]
    approvers: list[tuple[int, str, Person | None]]


def check_prices(session: Session, data: ContractInput) -> PriceCheck:
    """Price the input for whoever asks, without saving; lines that do not stand are left out."""
    types, faults = check_input(session, data)
    places = tuple(place for place in range(len(data.lines)) if not faults.of_line(place))
    data = replace(data, lines=tuple(data.lines[place] for place in places))
    author = session.get_one(Person, _author_id(session, data))
    contract = Contract(author_id=author.id, number="", renewal_only=data.renewal_only)
    if "customer_id" not in faults.fields:
        contract.customer_id, contract.customer = (
            data.customer_id,
            session.get_one(Customer, data.customer_id),
        )
    contract.lines = _lines(data, types)
    for line in contract.lines:
        line.business_type = types[line.business_type_id]
    reprice(session, contract, author)
    submission = submission_of(session, contract, author)
    return PriceCheck(contract, places, facts_of(contract), foreseen(session, submission, author))


def amount_of(price: Decimal, quantity: int, paid_months: int | None) -> Decimal:
    """Whole amount of an item from its price per piece (and month); gift months cost nothing."""
    return price * quantity * (paid_months or 1)
