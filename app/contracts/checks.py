"""What stands against saving, submitting, approving and giving a customer up. Every reason at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.approval.operations import not_the_turn_of, turn_in
from app.contracts import states
from app.contracts.models import Contract, ContractLine
from app.contracts.queries import open_contracts_of
from app.customers.models import Customer
from app.platform.access import Identity
from app.platform.masking import must_see
from app.platform.money import ZERO

sees_prices = must_see("contract.amount")
"""A contract is its prices: who may not see them neither writes nor submits nor approves one."""


def is_complete(_session: Session, contract: Contract, _identity: Identity) -> Sequence[Any]:
    """At least one line, every line ready to be worked on, amounts that add up."""
    if not contract.lines:
        return [_l("The contract has no line yet.")]
    reasons = [reason for line in contract.lines for reason in _missing(contract, line)]
    if contract.amount != sum((line.amount for line in contract.lines), ZERO):
        reasons.append(_l("The lines do not add up to the amount of the contract. Save it again."))
    return [*reasons, *missing_reasons(contract)]


def _missing(contract: Contract, line: ContractLine) -> list[Any]:
    name = line.business_type.name
    reasons = []
    if not line.items:
        reasons.append(_l("“%(line)s” has no item.", line=name))
    if line.recurring and line.start_month is None:
        reasons.append(_l("“%(line)s” needs a start month.", line=name))
    if line.business_type.bookkeeping and (line.company_id or contract.company_id) is None:
        reasons.append(_l("“%(line)s” needs a company whose books are kept.", line=name))
    return reasons


def missing_reasons(contract: Contract) -> list[Any]:
    """Lines below the author's authority that say no reason (PRC-3)."""
    return [
        _l("“%(line)s” is below your authority price. Give a reason.", line=line.business_type.name)
        for line in contract.lines
        if line.below_authority > 0 and not (line.reason or contract.reason)
    ]


def customer_is_free(_session: Session, contract: Contract, _identity: Identity) -> Sequence[Any]:
    """A customer in the pool has no owner who could sign."""
    if contract.customer is not None and contract.customer.stage == "public":
        return [_l("The customer is in the public pool. Claim it first.")]
    return []


def is_draft(_session: Session, contract: Contract, _identity: Identity) -> Sequence[Any]:
    if contract.state == states.DRAFT:
        return []
    return [_l("The contract is no draft any more. Copy it to change it.")]


def my_turn(_session: Session, contract: Contract, identity: Identity) -> bool:
    """Whether this person is to decide on the contract now."""
    return any(turn_in(request, identity) is not None for request in contract.open_requests)


def turn_has_come(_session: Session, contract: Contract, identity: Identity) -> Sequence[Any]:
    return not_the_turn_of(contract.open_requests, identity)


def may_write(_session: Session, contract: Contract, identity: Identity) -> Sequence[Any]:
    """A draft is in the hands of its author, of the customer's owner and of their superiors.

    A colleague the customer was shared with sees it. Superior is who decides on contracts in reach.
    """
    if identity.is_system or writes(_session, contract, identity):
        return []
    return [_l("Only the author, the owner of the customer or a superior can do this.")]


def writes(_session: Session, contract: Contract, identity: Identity) -> bool:
    owner_id = contract.customer.owner_id if contract.customer else None
    in_hand = identity.person_id in (contract.author_id, owner_id)
    return in_hand or identity.can("can_approve", "contract")


def is_author(_session: Session, contract: Contract, identity: Identity) -> bool:
    return identity.is_system or contract.author_id == identity.person_id


def nobody_approved(_session: Session, contract: Contract, identity: Identity) -> Sequence[Any]:
    """The author takes back what nobody has approved yet."""
    if not is_author(_session, contract, identity):
        return [_l("Only the author takes a contract back.")]
    if any(step.state == "approved" for request in contract.open_requests for step in request.steps):
        return [_l("Somebody approved already; ask them to hand it back.")]
    return []


def no_open_contract(session: Session, customer: Customer, _identity: Identity) -> Sequence[Any]:
    """Guard of the customer's own lifecycle: nobody gives up a customer who waits for a contract."""
    return [
        _l("Contract %(number)s is still open.", number=contract.number or f"#{contract.id}")
        for contract in open_contracts_of(session, customer.id)
    ]
