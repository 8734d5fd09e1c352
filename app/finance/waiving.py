"""Giving up a part of a receivable (减免, 坏账)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval import operations as approval
from app.finance.checks import OPEN
from app.finance.ledger import lock_contracts
from app.finance.models import Receivable, Waiver
from app.finance.operations import author_of
from app.finance.states import WaiverState
from app.finance.transitions import WAIVER_LIFECYCLE
from app.platform import clock
from app.platform.access import Identity, elevated, identity_of
from app.platform.errors import FieldErrors, NotAllowed, NotFound
from app.platform.masking import sees
from app.platform.money import format_money
from app.platform.timeline import TimelineEntry


def waive(
    session: Session, receivable_id: int, amount: Decimal, reason: str, *, token: str | None = None
) -> Waiver:
    """Give up a part of a receivable: at once when no rule asks for approval, else it waits.

    Rules look at everything waived on the receivable so far, so that a large sum cannot pass in small
    pieces. Raises NotFound, FieldErrors (amount, reason), NotAllowed or BusinessError.
    """
    author = author_of(session, "can_waive", "receivable")
    refuse_blind(identity_of(session))
    if (known := _waived_before(session, token)) is not None:
        return known
    receivable = _lock_receivable(session, receivable_id)
    _refuse_waiver(receivable, amount, reason)
    waiver = Waiver(
        customer_id=receivable.customer_id,
        receivable_id=receivable.id,
        amount=amount,
        reason=reason[:500],
        author_id=author.id,
        created_at=clock.now(),
    )
    WAIVER_LIFECYCLE.begin(
        session,
        waiver,
        WaiverState.PENDING,
        title="asked to waive ¥%(amount)s",
        amount=format_money(amount),
        body=reason,
        token=token,
    )
    if approval.submit(session, _waiver_submission(waiver, receivable), author) is None:
        with elevated(session):
            WAIVER_LIFECYCLE.perform(session, waiver.id, "book_unasked")
    return waiver


def may_waive(identity: Identity) -> bool:
    """Whether this person gives up parts of receivables, and sees how much there is to give up."""
    return identity.can("can_waive", "receivable") and sees(identity, OPEN)


def refuse_blind(identity: Identity) -> None:
    """Raises NotAllowed for whoever may not see what is open: they would type an amount in the dark.

    The refusal of a sum too large would tell them, try by try, what their role keeps from them.
    """
    if not may_waive(identity):
        raise NotAllowed(_l("Your role may not see the amount this is about. Ask a colleague who does."))


def _waived_before(session: Session, token: str | None) -> Waiver | None:
    entry = select(TimelineEntry.subject_id).where(
        TimelineEntry.token == token, TimelineEntry.subject == "waiver"
    )
    if token is None or (waiver_id := session.scalar(entry)) is None:
        return None
    return session.scalars(select(Waiver).where(Waiver.id == waiver_id)).one()


def _lock_receivable(session: Session, receivable_id: int) -> Receivable:
    statement = select(Receivable).where(Receivable.id == receivable_id)
    receivable = session.scalars(statement).first()
    if receivable is None:
        raise NotFound()
    lock_contracts(session, receivable.customer_id)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _refuse_waiver(receivable: Receivable, amount: Decimal, reason: str) -> None:
    faults: dict[str, list[Any]] = {}
    if amount <= 0:
        faults["amount"] = [_l("The amount must be more than zero.")]
    elif amount > receivable.balance:
        faults["amount"] = [_l("Only ¥%(open)s are open.", open=format_money(receivable.balance))]
    if not reason.strip():
        faults["reason"] = [_l("This is required.")]
    if faults:
        raise FieldErrors(_l("This cannot be waived like this."), faults)


def _waiver_submission(waiver: Waiver, receivable: Receivable) -> approval.Submission:
    return approval.Submission(
        kind="waiver",
        subject="waiver",
        subject_id=waiver.id,
        customer_id=waiver.customer_id,
        title=_("Waiver on contract %(number)s", number=receivable.contract.number or ""),
        amount=waiver.amount,
        facts={"amount": waiver.amount + receivable.waived},
        reason=waiver.reason,
    )
