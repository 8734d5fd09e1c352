"""What the transitions of receipts and waivers do besides changing the state."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval import operations as approval
from app.finance import checks, ledger, queries
from app.finance.allocation import Allocation as Proposal
from app.finance.events import AdvanceAllocated, ReceiptBooked, ReceiptReversed, ReceivableWaived
from app.finance.models import Receipt, Waiver
from app.finance.states import ReceiptKind, ReceiptState, Rest, WaiverState
from app.org.models import Person
from app.platform import clock, numbering
from app.platform.access import elevated
from app.platform.errors import BusinessError
from app.platform.events import publish
from app.platform.lifecycle import Lifecycle, Step, lifecycle_of
from app.platform.money import format_money


def with_amount(target: str) -> Any:
    """A target whose timeline entry tells the amount."""

    def answer(step: Step) -> str:
        step.notes["amount"] = format_money(step.row.amount)
        return target

    return answer


def after_approval(step: Step) -> str:
    """Booked at once, but a reversal only when its last approver agrees."""
    step.notes["amount"] = format_money(step.row.amount)
    if step.row.kind == ReceiptKind.RECEIPT or _approved(step, "receipt"):
        return ReceiptState.BOOKED
    return ReceiptState.PENDING


def after_waiver_approval(step: Step) -> str:
    step.notes["amount"] = format_money(step.row.amount)
    return WaiverState.BOOKED if _approved(step, "waiver") else WaiverState.PENDING


def _approved(step: Step, subject: str) -> bool:
    return approval.approve(step.session, subject, step.row.id, step.identity, step.reason)


def settle(step: Step) -> None:
    """Book the document, once it stands approved."""
    if step.row.state != ReceiptState.BOOKED:
        return
    if step.row.kind == ReceiptKind.REVERSAL:
        _book_reversal(step.session, step.row, step)
    else:
        _book_receipt(step)


def _book_receipt(step: Step) -> None:
    session, receipt = step.session, step.row
    found = _proposal(step, receipt.amount)
    _sign(step)
    ledger.move_paid(session, receipt, found.parts)
    ledger.enter_cash(session, receipt, receipt.received_on)
    publish(session, ReceiptBooked(receipt_id=receipt.id))


def _sign(step: Step) -> None:
    """Who let it pass. What no rule asked anybody to approve carries no signature."""
    document: Receipt = step.row
    document.booked_at = clock.now()
    if step.transition.system:
        return
    own = document.author_id == step.identity.person_id
    document.self_approved = own and checks.at_the_top(step.session, step.identity)
    document.approver_id = step.identity.person_id


def _proposal(step: Step, amount: Decimal) -> Proposal:
    named = [int(pick) for pick in step.data.get("receivables") or ()]
    rest = step.data.get("rest") or Rest.OLDEST
    return ledger.propose(step.session, step.row, amount, named=named, rest=rest)


def allocate_advance(step: Step) -> None:
    """Let what is left of a booked receipt pay what is open now."""
    session, receipt = step.session, step.row
    found = _proposal(step, receipt.advance)
    if not found.parts:
        raise BusinessError(_l("Nothing is open that this receipt could pay."), code="nothing_open")
    ledger.move_paid(session, receipt, found.parts)
    publish(session, AdvanceAllocated(receipt_id=receipt.id))


def ask_reversal(step: Step) -> None:
    """Lay down the counter document; it waits while a rule asks for approval, else it is booked at once."""
    session, original = step.session, step.row
    counter = _counter_document(step)
    _receipts().begin(
        session,
        counter,
        ReceiptState.PENDING,
        title="asked to reverse %(original)s, ¥%(amount)s",
        label=counter.number,
        original=original.number,
        amount=format_money(original.amount),
        body=step.reason,
    )
    author = session.get_one(Person, step.identity.person_id)
    request = approval.submit(session, _submission(counter, original, step.reason), author)
    if request is None:
        with elevated(session):
            _receipts().perform(session, counter.id, "book_unasked")


def _counter_document(step: Step) -> Receipt:
    original: Receipt = step.row
    return Receipt(
        kind=ReceiptKind.REVERSAL,
        number=numbering.draw(step.session, "receipt"),
        customer_id=original.customer_id,
        contract_id=original.contract_id,
        account_id=original.account_id,
        amount=-original.amount,
        allocated=Decimal(0),
        received_on=clock.today(),
        method=original.method,
        payer=original.payer,
        slip_number=original.slip_number,
        note=step.reason[:500],
        author_id=step.identity.person_id,
        created_at=clock.now(),
        reverses_id=original.id,
    )


def _submission(counter: Receipt, original: Receipt, reason: str) -> approval.Submission:
    return approval.Submission(
        kind="reversal",
        subject="receipt",
        subject_id=counter.id,
        customer_id=counter.customer_id,
        title=_("Reversal of %(number)s", number=original.number or ""),
        amount=original.amount,
        facts={"amount": original.amount},
        reason=reason,
    )


def _book_reversal(session: Session, counter: Receipt, step: Step) -> None:
    """Take back whatever the original pays by now, and its line of the cash book."""
    original = session.scalars(
        select(Receipt)
        .where(Receipt.id == counter.reverses_id)
        .with_for_update(of=Receipt)
        .execution_options(populate_existing=True)
    ).one()
    _sign(step)
    rows = session.scalars(queries.allocations_of(original.id)).all()
    ledger.move_paid(session, counter, [(row.receivable_id, -row.amount) for row in rows])
    ledger.enter_cash(session, counter, counter.received_on)
    with elevated(session):
        _receipts().perform(session, original.id, "mark_reversed", data={"reason": counter.note or ""})
    publish(session, ReceiptReversed(receipt_id=original.id, reversal_id=counter.id))


def refuse(step: Step) -> None:
    """A refused reversal also ends its request; the receipt it was to reverse stays booked."""
    if step.row.kind == ReceiptKind.REVERSAL:
        approval.refuse(step.session, "receipt", step.row.id, step.identity, note=step.reason)


def withdraw(step: Step) -> None:
    approval.withdraw(step.session, "receipt", step.row.id)


def settle_waiver(step: Step) -> None:
    """Ask for less, once the waiver stands approved."""
    waiver: Waiver = step.row
    if waiver.state == WaiverState.BOOKED:
        ledger.move_waived(step.session, waiver.receivable_id, waiver.amount)
        publish(step.session, ReceivableWaived(receivable_id=waiver.receivable_id))


def refuse_waiver(step: Step) -> None:
    approval.refuse(step.session, "waiver", step.row.id, step.identity, note=step.reason)


def withdraw_waiver(step: Step) -> None:
    approval.withdraw(step.session, "waiver", step.row.id)


def _receipts() -> Lifecycle:
    """The lifecycle above this module, found in the registry: it names these effects itself."""
    found = lifecycle_of("receipt")
    assert found is not None
    return found
