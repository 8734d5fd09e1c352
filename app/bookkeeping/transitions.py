"""TABLES: the life of a periodic service, the life of a filing (spec 2-lifecycle)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.bookkeeping import effects
from app.bookkeeping.models import PeriodicService, TaxFiling
from app.bookkeeping.rules import month_end
from app.bookkeeping.states import FilingState, ServiceState
from app.platform import clock
from app.platform.lifecycle import Ask, Lifecycle, Transition

_ACTIVE = frozenset({ServiceState.ACTIVE.value})
_SUSPENDED = frozenset({ServiceState.SUSPENDED.value})
_RUNNING = _ACTIVE | _SUSPENDED


def _last_service_day(_session: Session, service: PeriodicService | None) -> Any:
    this_month = month_end(clock.today())
    until = service.service_until if service is not None else None
    return until if until is not None and until < this_month else this_month


ENGAGEMENT_LIFECYCLE = Lifecycle(
    "engagement",
    PeriodicService,
    states={
        ServiceState.ACTIVE: (_l("In service"), "success"),
        ServiceState.SUSPENDED: (_l("Suspended"), "warning"),
        ServiceState.ENDED: (_l("Ended"), "plain"),
    },
    transitions=(
        Transition(
            "hand_over",
            _l("Hand over"),
            source=_RUNNING,
            target="same",
            asks=(
                Ask("accountant_id", _l("To accountant"), kind="choice", choices=effects.accountants),
                Ask("note", _l("Remark"), kind="long", required=False),
            ),
            effect=effects.handed_over,
            title="handed the books over",
            icon="right-left",
            bulk=True,
            shown=effects.is_bookkeeping,
        ),
        Transition(
            "renew",
            _l("Renew"),
            source=_RUNNING,
            target="same",
            asks=(Ask("line_id", _l("Contract line"), kind="int"),),
            effect=effects.renewed,
            title="renewed the service",
            system=True,
        ),
        Transition(
            "suspend",
            _l("Suspend"),
            source=_ACTIVE,
            target=ServiceState.SUSPENDED,
            asks=(Ask("reason", _l("Reason")),),
            effect=effects.suspended,
            title="suspended the service",
            icon="pause",
            bulk=True,
        ),
        Transition(
            "resume",
            _l("Resume"),
            source=_SUSPENDED,
            target=ServiceState.ACTIVE,
            effect=effects.resumed,
            title="resumed the service",
            icon="play",
        ),
        Transition(
            "end",
            _l("End the service"),
            source=_RUNNING,
            target=ServiceState.ENDED,
            asks=(
                Ask("ended_on", _l("Last day of service"), kind="date", default=_last_service_day),
                Ask("reason", _l("Reason")),
            ),
            effect=effects.ended,
            title="ended the service",
            icon="stop",
            danger=True,
        ),
    ),
)

_OPEN = frozenset({FilingState.TO_FILE.value})
_FILED = frozenset({FilingState.FILED.value})
_FAILED = frozenset({FilingState.PAYMENT_FAILED.value})
_NOT_OPEN = frozenset(state.value for state in FilingState) - _OPEN
_AMOUNT = Ask("amount", _l("Tax amount"), kind="money", required=False)
_REASON = Ask("reason", _l("Reason"))

FILING_LIFECYCLE = Lifecycle(
    "filing",
    TaxFiling,
    states={
        FilingState.TO_FILE: (_l("To file"), "outline"),
        FilingState.FILED: (_l("Filed"), "info"),
        FilingState.PAID: (_l("Tax paid"), "success"),
        FilingState.NO_TAX: (_l("No tax due"), "plain"),
        FilingState.PAYMENT_FAILED: (_l("Payment failed"), "danger"),
        FilingState.NOT_REQUIRED: (_l("Not required"), "plain"),
    },
    transitions=(
        Transition(
            "mark_filed",
            _l("Mark as filed"),
            source=_OPEN,
            target=FilingState.FILED,
            asks=(_AMOUNT,),
            effect=effects.filed,
            title="filed",
            icon="check",
            primary=True,
            bulk=True,
        ),
        Transition(
            "zero",
            _l("Zero filing"),
            source=_OPEN,
            target=FilingState.FILED,
            guards=(effects.may_be_zero,),
            effect=effects.filed_zero,
            title="filed as zero",
            icon="circle",
            bulk=True,
        ),
        Transition(
            "mark_paid",
            _l("Mark as paid"),
            source=_FILED | _FAILED,
            target=FilingState.PAID,
            asks=(_AMOUNT,),
            guards=(effects.owes_money,),
            effect=effects.paid,
            title="paid the tax",
            icon="yen-sign",
            bulk=True,
        ),
        Transition(
            "no_tax",
            _l("No tax due"),
            source=_FILED,
            target=FilingState.NO_TAX,
            guards=(effects.owes_money,),
            effect=effects.without_tax,
            title="noted that no tax is due",
            bulk=True,
        ),
        Transition(
            "payment_failed",
            _l("Payment failed"),
            source=_FILED,
            target=FilingState.PAYMENT_FAILED,
            asks=(_REASON,),
            guards=(effects.owes_money,),
            effect=effects.noted,
            title="noted a failed payment",
            icon="triangle-exclamation",
        ),
        Transition(
            "correct",
            _l("Correct"),
            source=_NOT_OPEN,
            target=FilingState.TO_FILE,
            asks=(_REASON,),
            effect=effects.reopened,
            title="reopened for correction",
            icon="rotate-left",
        ),
        Transition(
            "not_required",
            _l("Not required"),
            source=_OPEN,
            target=FilingState.NOT_REQUIRED,
            asks=(_REASON,),
            effect=effects.noted,
            title="noted that nothing has to be filed",
            bulk=True,
        ),
    ),
)
