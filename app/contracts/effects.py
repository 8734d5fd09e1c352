"""What the transitions of a contract do besides changing its state. Never commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.approval import operations as approval
from app.catalogue.queries import prices_for
from app.contracts.checks import customer_is_free, missing_reasons
from app.contracts.events import (
    ContractActivated,
    ContractClosed,
    ContractEnding,
    ContractSentBack,
    ContractSubmitted,
    ContractTerminated,
)
from app.contracts.instalments import last_day_of
from app.contracts.models import Contract
from app.contracts.pricing import below_authority, discount_rate
from app.contracts.queries import covering_superior, line_prices, whole
from app.contracts.settings import NUMBER_KIND
from app.contracts.states import PENDING, SETTLED
from app.customers.operations import hold, sign
from app.org.models import Person
from app.platform import clock, numbering
from app.platform.access import elevated
from app.platform.errors import BusinessError
from app.platform.events import publish
from app.platform.lifecycle import Step, lifecycle_of
from app.platform.money import ZERO


def reprice(session: Session, contract: Contract, author: Person) -> None:
    """Hold every line against the author's prices of today and add the contract up."""
    item_ids = [item.item_id for line in contract.lines for item in line.items]
    region = contract.customer.region if contract.customer else None
    prices = prices_for(session, author, item_ids, clock.today(), region)
    for line in contract.lines:
        for item in line.items:
            price = prices.get(item.item_id)
            item.reference_price = price.reference if price else None
            item.authority_price = price.authority if price else None
        line.discount = sum((item.discount for item in line.items), ZERO)
        line.amount = sum((item.amount for item in line.items), ZERO) - line.discount
        line.below_authority = below_authority(line_prices(line))
    contract.amount = sum((line.amount for line in contract.lines), ZERO)
    contract.discount = sum((line.discount for line in contract.lines), ZERO)


def facts_of(contract: Contract) -> Mapping[str, Decimal]:
    """What approval rules compare: yuan below authority, percent off the reference price, yuan.

    A renewal at or above the authority price is no discount to approve (spec 2-lifecycle, renew).
    """
    prices = [price for line in contract.lines for price in line_prices(line)]
    lacking = below_authority(prices)
    facts = {"below_authority": lacking, "amount": contract.amount}
    if lacking or not contract.renewal_only:
        facts["discount_percent"] = discount_rate(prices) * 100
    return facts


def numbered(step: Step) -> str:
    """Draws the number before the deed is told, so that the timeline can name it; a kept one stays.

    Holds the customer first: a colleague may be giving it up since the guard looked.
    """
    hold(step.session, step.row.customer_id)
    if reasons := customer_is_free(step.session, step.row, step.identity):
        raise BusinessError(_l("This cannot be done yet."), *reasons, code="guard")
    step.row.number = step.row.number or numbering.draw(step.session, NUMBER_KIND)
    return PENDING


def submitted(step: Step) -> None:
    """Price it for whoever submits and lay the approval down; without a rule it is active at once."""
    session, contract = step.session, whole(step.session, step.row)
    if step.identity.person_id is not None:
        contract.author_id = step.identity.person_id
    author = session.get_one(Person, contract.author_id)
    reprice(session, contract, author)
    if reasons := missing_reasons(contract):
        raise BusinessError(_l("This cannot be done yet."), *reasons, code="guard")
    _complete_term(contract)
    contract.submitted_at = clock.now()
    session.flush()
    request = approval.submit(session, submission_of(session, contract, author), author)
    publish(session, ContractSubmitted(contract_id=contract.id))
    if request is None:
        _by_the_agency(session, contract, "activate")


def submission_of(session: Session, contract: Contract, author: Person) -> approval.Submission:
    """What the contract says of itself to the approval engine."""
    reasons = [contract.reason or "", *(line.reason for line in contract.lines)]
    return approval.Submission(
        kind="contract",
        subject="contract",
        subject_id=contract.id,
        customer_id=contract.customer_id,
        title=f"{contract.number} {contract.customer.name if contract.customer else ''}".strip(),
        amount=contract.amount,
        facts=facts_of(contract),
        reason="；".join(dict.fromkeys(reason for reason in reasons if reason)),
        covering=covering_superior(session, author, contract, clock.today()),
    )


def _complete_term(contract: Contract) -> None:
    """An empty term runs from the earliest start to the end of what was sold."""
    starts = [line.start_month for line in contract.lines if line.start_month]
    if contract.signed_on is None:
        contract.signed_on = clock.today()
    if contract.starts_on is None:
        contract.starts_on = min(starts, default=contract.signed_on)
    if contract.ends_on is None:
        ends = [
            last_day_of(line.start_month, line.paid_months + line.gift_months)
            for line in contract.lines
            if line.recurring and line.start_month
        ]
        ends += [line.promised_on for line in contract.lines if line.promised_on]
        ends += [
            _by_duration(contract.starts_on, line.business_type.duration_days) for line in contract.lines
        ]
        contract.ends_on = max(contract.starts_on, *ends)


def _by_duration(start: date, workdays: int) -> date:
    """About when work of so many workdays is done: five of them are a week."""
    return start + timedelta(days=-(-workdays * 7 // 5))


def approved(step: Step) -> None:
    last = approval.approve(step.session, "contract", step.row.id, step.identity, step.reason)
    step.session.expire(step.row, ["open_requests"])
    if last:
        _by_the_agency(step.session, step.row, "activate")


def _by_the_agency(session: Session, contract: Contract, name: str) -> None:
    lifecycle = lifecycle_of("contract")
    assert lifecycle is not None
    with elevated(session):
        lifecycle.perform(session, contract.id, name)


def activated(step: Step) -> None:
    """The customer has signed; receivables, work items and engagements open in later stages."""
    contract = step.row
    contract.activated_at = clock.now()
    if not contract.renewal_only:
        sign(step.session, contract.customer_id)
    publish(step.session, ContractActivated(contract_id=contract.id))


def handed_back(step: Step) -> None:
    _refuse(step, "handed_back")


def rejected(step: Step) -> None:
    _refuse(step, "rejected")


def _refuse(step: Step, state: str) -> None:
    approval.refuse(step.session, "contract", step.row.id, step.identity, note=step.reason, state=state)
    publish(step.session, ContractSentBack(contract_id=step.row.id, reason=step.reason))


def withdrawn(step: Step) -> None:
    approval.withdraw(step.session, "contract", step.row.id)


def ending(step: Step) -> None:
    """Nothing is closed any more; the work itself is cancelled when the cashier has settled what is open."""
    publish(step.session, ContractEnding(contract_id=step.row.id, reason=step.reason))


def carried_on(step: Step) -> None:
    """Work that was cancelled meanwhile may have been the last."""
    if all(line.done for line in step.row.lines):
        _by_the_agency(step.session, step.row, "close")


def terminated(step: Step) -> None:
    """Settled by the cashier; what was open is cancelled by later stages."""
    step.row.closed_at = clock.now()
    settled = step.data["settlement"] == SETTLED
    publish(step.session, ContractTerminated(contract_id=step.row.id, reason=step.reason, settled=settled))


def closed(step: Step) -> None:
    step.row.closed_at = clock.now()
    publish(step.session, ContractClosed(contract_id=step.row.id))
