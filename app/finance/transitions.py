"""TABLES of the lives of a receipt and of a waiver (spec 2-lifecycle)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.finance import checks, effects, ledger, queries
from app.finance.models import Receipt, Waiver
from app.finance.states import ReceiptKind, ReceiptState, Rest, WaiverState
from app.platform.access import Identity, identity_of
from app.platform.lifecycle import Ask, Lifecycle, Transition
from app.platform.masking import as_seen
from app.platform.money import format_money


class MoneyLifecycle(Lifecycle):
    """A lifecycle that locks in the order contract → document, whichever way it is entered."""

    def _lock(self, session: Session, row_id: int) -> Any:
        customer_id = session.scalar(select(self.model.customer_id).where(self.model.id == row_id))
        if customer_id is not None:
            ledger.lock_contracts(session, customer_id)
        return super()._lock(session, row_id)


def _open_choices(session: Session, receipt: Receipt | None) -> Sequence[tuple[Any, Any]]:
    """The open receivables a receipt may pay by name."""
    if receipt is None:
        return []
    rows = session.scalars(queries.open_receivables(receipt.customer_id))
    return [(row.id, f"{row.due_on.isoformat()} ¥{_told(session, checks.OPEN, row.balance)}") for row in rows]


def _told(session: Session, place: str, amount: Decimal) -> str:
    """An amount in words for who is asked."""
    return str(as_seen(identity_of(session), place, format_money(amount)))


def _rest_choices(_session: Session, _receipt: Receipt | None) -> Sequence[tuple[Any, Any]]:
    return [
        (Rest.OLDEST.value, _l("pays the oldest due")),
        (Rest.ADVANCE.value, _l("stays an advance")),
    ]


def _is_receipt(_session: Session, receipt: Receipt, _identity: Identity) -> bool:
    return receipt.kind == ReceiptKind.RECEIPT


def _has_advance(_session: Session, receipt: Receipt, _identity: Identity) -> bool:
    return receipt.advance > 0


def _own(_session: Session, document: Receipt | Waiver, identity: Identity) -> bool:
    return document.author_id == identity.person_id


def _reversal_consequence(session: Session, receipt: Receipt) -> str:
    text: str = _(
        "¥%(amount)s leave the account; receivables of ¥%(allocated)s are open again.",
        amount=_told(session, "receipt.amount", receipt.amount),
        allocated=_told(session, "receipt.amount receipt.allocated", receipt.allocated),
    )
    return text


REASON = Ask("reason", _l("Reason"), kind="long")
NOTE = Ask("note", _l("Note"), kind="long", required=False)
ALLOCATION = (
    Ask("receivables", _l("Pays first"), kind="tags", required=False, choices=_open_choices),
    Ask(
        "rest",
        _l("What is left"),
        kind="choice",
        required=False,
        choices=_rest_choices,
        default=lambda _session, _receipt: Rest.OLDEST.value,
    ),
)

RECEIPT_LIFECYCLE = MoneyLifecycle(
    "receipt",
    Receipt,
    states={
        ReceiptState.PENDING: (_l("to be booked"), "warning"),
        ReceiptState.BOOKED: (_l("booked"), "success"),
        ReceiptState.REJECTED: (_l("rejected"), "danger"),
        ReceiptState.WITHDRAWN: (_l("withdrawn"), "outline"),
        ReceiptState.REVERSED: (_l("reversed"), "outline"),
    },
    transitions=(
        Transition(
            name="approve",
            label=_l("Book"),
            source=frozenset({ReceiptState.PENDING}),
            target=effects.after_approval,
            asks=(*ALLOCATION, NOTE),
            guards=(checks.sees_receipt, checks.may_decide),
            effect=effects.settle,
            title="booked ¥%(amount)s",
            primary=True,
            bulk=True,
            icon="check",
        ),
        Transition(
            name="reject",
            label=_l("Reject"),
            source=frozenset({ReceiptState.PENDING}),
            target=effects.with_amount(ReceiptState.REJECTED),
            asks=(REASON,),
            guards=(checks.may_decide,),
            effect=effects.refuse,
            title="rejected ¥%(amount)s",
            danger=True,
            icon="xmark",
        ),
        Transition(
            name="withdraw",
            label=_l("Withdraw"),
            source=frozenset({ReceiptState.PENDING}),
            target=effects.with_amount(ReceiptState.WITHDRAWN),
            guards=(checks.is_author,),
            effect=effects.withdraw,
            title="withdrew ¥%(amount)s",
            icon="rotate-left",
            shown=_own,
        ),
        Transition(
            name="allocate",
            label=_l("Allocate the advance"),
            source=frozenset({ReceiptState.BOOKED}),
            target="same",
            asks=ALLOCATION,
            guards=(checks.sees_receipt, checks.something_left, checks.no_reversal_waits),
            effect=effects.allocate_advance,
            title="allocated the advance",
            primary=True,
            icon="link",
            shown=_has_advance,
        ),
        Transition(
            name="reverse",
            label=_l("Reverse"),
            source=frozenset({ReceiptState.BOOKED}),
            target=effects.with_amount("same"),
            asks=(REASON,),
            guards=(checks.sees_receipt, checks.is_receipt, checks.no_reversal_waits),
            effect=effects.ask_reversal,
            title="asked to reverse ¥%(amount)s",
            danger=True,
            icon="rotate-left",
            consequence=_reversal_consequence,
            shown=_is_receipt,
        ),
        Transition(
            name="book_unasked",
            label=_l("Book"),
            source=frozenset({ReceiptState.PENDING}),
            target=effects.with_amount(ReceiptState.BOOKED),
            effect=effects.settle,
            title="booked ¥%(amount)s",
            system=True,
        ),
        Transition(
            name="mark_reversed",
            label=_l("Reverse"),
            source=frozenset({ReceiptState.BOOKED}),
            target=effects.with_amount(ReceiptState.REVERSED),
            title="reversed ¥%(amount)s",
            system=True,
        ),
    ),
)

WAIVER_LIFECYCLE = MoneyLifecycle(
    "waiver",
    Waiver,
    states={
        WaiverState.PENDING: (_l("waiting for approval"), "warning"),
        WaiverState.BOOKED: (_l("waived"), "success"),
        WaiverState.REJECTED: (_l("rejected"), "danger"),
        WaiverState.WITHDRAWN: (_l("withdrawn"), "outline"),
    },
    transitions=(
        Transition(
            name="approve",
            label=_l("Approve"),
            source=frozenset({WaiverState.PENDING}),
            target=effects.after_waiver_approval,
            asks=(NOTE,),
            guards=(checks.sees_waiver, checks.turn_to_waive),
            effect=effects.settle_waiver,
            title="approved a waiver of ¥%(amount)s",
            primary=True,
            icon="check",
        ),
        Transition(
            name="reject",
            label=_l("Reject"),
            source=frozenset({WaiverState.PENDING}),
            target=effects.with_amount(WaiverState.REJECTED),
            asks=(REASON,),
            guards=(checks.turn_to_waive,),
            effect=effects.refuse_waiver,
            title="rejected a waiver of ¥%(amount)s",
            danger=True,
            icon="xmark",
        ),
        Transition(
            name="withdraw",
            label=_l("Withdraw"),
            source=frozenset({WaiverState.PENDING}),
            target=effects.with_amount(WaiverState.WITHDRAWN),
            guards=(checks.is_author,),
            effect=effects.withdraw_waiver,
            title="withdrew a waiver of ¥%(amount)s",
            icon="rotate-left",
            shown=_own,
        ),
        Transition(
            name="book_unasked",
            label=_l("Book"),
            source=frozenset({WaiverState.PENDING}),
            target=effects.with_amount(WaiverState.BOOKED),
            effect=effects.settle_waiver,
            title="waived ¥%(amount)s",
            system=True,
        ),
    ),
)
