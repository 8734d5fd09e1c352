"""Guards of the transitions: every reason against one, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.approval import operations as approval
from app.approval.queries import open_request
from app.finance import queries
from app.finance.models import Receipt, Waiver
from app.finance.states import ReceiptKind
from app.org.models import Person
from app.org.queries import at_the_top as heads_the_agency
from app.platform.access import Identity
from app.platform.masking import must_see

OPEN = "receivable.amount receivable.open"
"""The place of what is still open: for field rights, see platform/masking.py."""

sees_receipt = must_see("receipt.amount")
sees_waiver = must_see("waiver.amount")


def may_decide(session: Session, receipt: Receipt, identity: Identity) -> Sequence[Any]:
    """A receipt is booked by somebody else than its author; a reversal by whose turn it is."""
    if receipt.kind == ReceiptKind.REVERSAL:
        return whose_turn(session, "receipt", receipt.id, identity)
    if receipt.author_id == identity.person_id and not at_the_top(session, identity):
        return [_l("Whoever entered a receipt cannot book it; a colleague must.")]
    return []


def turn_to_waive(session: Session, waiver: Waiver, identity: Identity) -> Sequence[Any]:
    return whose_turn(session, "waiver", waiver.id, identity)


def whose_turn(session: Session, subject: str, subject_id: int, identity: Identity) -> Sequence[Any]:
    """Names who has to decide, unless it is this person."""
    request = open_request(session, subject, subject_id)
    return approval.not_the_turn_of([request] if request is not None else [], identity)


def is_author(_session: Session, document: Receipt | Waiver, identity: Identity) -> Sequence[Any]:
    if identity.is_system or document.author_id == identity.person_id:
        return []
    return [_l("Only who entered it can withdraw it.")]


def no_reversal_waits(session: Session, receipt: Receipt, _identity: Identity) -> Sequence[Any]:
    counter = session.scalars(queries.waiting_reversal(receipt.id)).first()
    if counter is None:
        return []
    return [_l("The reversal %(number)s waits for approval.", number=counter.number or "")]


def is_receipt(_session: Session, receipt: Receipt, _identity: Identity) -> Sequence[Any]:
    if receipt.kind == ReceiptKind.RECEIPT:
        return []
    return [_l("A reversal is not reversed; enter the receipt again.")]


def something_left(_session: Session, receipt: Receipt, _identity: Identity) -> Sequence[Any]:
    return [] if receipt.advance > 0 else [_l("Nothing of this receipt is left to allocate.")]


def at_the_top(session: Session, identity: Identity) -> bool:
    """Whether this person heads the agency: only they may approve their own document."""
    person = session.get(Person, identity.person_id) if identity.person_id is not None else None
    return heads_the_agency(session, person)
