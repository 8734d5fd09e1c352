"""TABLE of what happens to a contract (spec 2-lifecycle, Contract).

The last approval and a submission that no rule holds both end in `activate`, so a contract becomes active
in one place only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.contracts import checks, effects, states
from app.contracts.models import Contract
from app.platform.access import identity_of
from app.platform.lifecycle import Ask, Lifecycle, Transition
from app.platform.masking import as_seen
from app.platform.money import ZERO, format_money

_NOTE = Ask("note", _l("Note"), kind="long", required=False)
_REASON = Ask("reason", _l("Reason"), kind="long")


def _told(session: Session, amount: Decimal) -> str:
    """An amount of the contract in words for who is asked."""
    return str(as_seen(identity_of(session), "contract.amount", format_money(amount)))


def _amount(session: Session, contract: Contract) -> str:
    below = sum((line.below_authority for line in contract.lines), ZERO)
    text = (
        _l(
            "¥%(amount)s, ¥%(below)s below the authority price.",
            amount=_told(session, contract.amount),
            below=_told(session, below),
        )
        if below
        else _l("¥%(amount)s.", amount=_told(session, contract.amount))
    )
    return str(text)


def _judged(session: Session, contract: Contract) -> str:
    """What an approver decides on, in one breath: customer, lines, what is below authority and why."""
    lines = "；".join(f"{line.business_type.name} {_told(session, line.amount)}" for line in contract.lines)
    reasons = [contract.reason or "", *(line.reason for line in contract.lines)]
    said = "；".join(dict.fromkeys(reason for reason in reasons if reason))
    parts = [
        f"{contract.customer.name if contract.customer else ''} {_amount(session, contract)}",
        f"{lines}。",
        str(_l("Reason given: %(reason)s", reason=said)) if said else "",
    ]
    return " ".join(part for part in parts if part.strip())


def _end(session: Session, contract: Contract) -> str:
    text = _l(
        "The contract over ¥%(amount)s ends once the cashier has settled it. Open work is cancelled then.",
        amount=_told(session, contract.amount),
    )
    return str(text)


def _settle(session: Session, contract: Contract) -> str:
    text = _l(
        "The contract over ¥%(amount)s ends for good and its open work is cancelled.",
        amount=_told(session, contract.amount),
    )
    return str(text)


def _settlements(_session: Session, _contract: Contract) -> list[tuple[Any, Any]]:
    return list(states.SETTLEMENTS.items())


CONTRACT_LIFECYCLE = Lifecycle(
    "contract",
    Contract,
    states={
        states.DRAFT: (_l("Draft"), "plain"),
        states.PENDING: (_l("Awaiting approval"), "warning"),
        states.ACTIVE: (_l("In force"), "info"),
        states.REJECTED: (_l("Rejected"), "danger"),
        states.ENDING: (_l("Ends, to be settled"), "warning"),
        states.CLOSED: (_l("Closed"), "success"),
        states.TERMINATED: (_l("Terminated"), "plain"),
        states.VOID: (_l("Discarded"), "outline"),
    },
    transitions=(
        Transition(
            "submit",
            _l("Submit for approval"),
            frozenset({states.DRAFT}),
            effects.numbered,
            guards=(checks.sees_prices, checks.may_write, checks.is_complete, checks.customer_is_free),
            effect=effects.submitted,
            title="submitted the contract",
            primary=True,
            icon="paper-plane",
            consequence=_amount,
            shown=checks.writes,
        ),
        Transition(
            "approve",
            _l("Approve"),
            frozenset({states.PENDING}),
            "same",
            asks=(_NOTE,),
            guards=(checks.sees_prices, checks.turn_has_come),
            effect=effects.approved,
            title="approved the contract",
            primary=True,
            icon="check",
            consequence=_judged,
            shown=checks.my_turn,
        ),
        Transition(
            "hand_back",
            _l("Hand back"),
            frozenset({states.PENDING}),
            states.DRAFT,
            asks=(_REASON,),
            guards=(checks.turn_has_come,),
            effect=effects.handed_back,
            title="handed the contract back",
            icon="rotate-left",
            shown=checks.my_turn,
        ),
        Transition(
            "reject",
            _l("Reject"),
            frozenset({states.PENDING}),
            states.REJECTED,
            asks=(_REASON,),
            guards=(checks.turn_has_come,),
            effect=effects.rejected,
            title="rejected the contract",
            danger=True,
            icon="ban",
            shown=checks.my_turn,
        ),
        Transition(
            "withdraw",
            _l("Take back"),
            frozenset({states.PENDING}),
            states.DRAFT,
            guards=(checks.nobody_approved,),
            effect=effects.withdrawn,
            title="took the contract back",
            icon="rotate-left",
            shown=checks.is_author,
        ),
        Transition(
            "discard",
            _l("Discard"),
            frozenset({states.DRAFT}),
            states.VOID,
            asks=(_REASON,),
            guards=(checks.may_write,),
            title="discarded a contract draft",
            danger=True,
            icon="trash",
            shown=checks.writes,
        ),
        Transition(
            "activate",
            _l("Take effect"),
            frozenset({states.PENDING}),
            states.ACTIVE,
            effect=effects.activated,
            title="the contract took effect",
            system=True,
        ),
        Transition(
            "terminate",
            _l("Terminate"),
            frozenset({states.ACTIVE}),
            states.ENDING,
            asks=(_REASON,),
            effect=effects.ending,
            title="ends the contract",
            danger=True,
            icon="ban",
            consequence=_end,
        ),
        Transition(
            "carry_on",
            _l("Carry on after all"),
            frozenset({states.ENDING}),
            states.ACTIVE,
            asks=(_REASON,),
            effect=effects.carried_on,
            title="carries the contract on",
            icon="rotate-left",
        ),
        Transition(
            "settle",
            _l("Settle the end"),
            frozenset({states.ENDING}),
            states.TERMINATED,
            asks=(
                Ask("settlement", _l("What is still open"), kind="choice", choices=_settlements),
                _NOTE,
            ),
            effect=effects.terminated,
            title="settled the end of the contract",
            danger=True,
            icon="scale-balanced",
            consequence=_settle,
        ),
        Transition(
            "close",
            _l("Close the contract"),
            frozenset({states.ACTIVE}),
            states.CLOSED,
            effect=effects.closed,
            title="the contract was closed",
            system=True,
        ),
    ),
)

CONTRACT_LIFECYCLE.contribute_guard("edit", checks.sees_prices)
CONTRACT_LIFECYCLE.contribute_guard("edit", checks.is_draft)
CONTRACT_LIFECYCLE.contribute_guard("edit", checks.may_write)
