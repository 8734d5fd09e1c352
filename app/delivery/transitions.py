"""TABLE: how a work item moves (spec 2-lifecycle, Work item). Permissions are named after the transitions."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contracts.queries import hold
from app.delivery import effects
from app.delivery.models import WorkItem
from app.delivery.states import ITEM_STATES, OPEN, REPORTABLE, RUNNING, ItemState
from app.platform.access import Identity
from app.platform.lifecycle import Ask, Lifecycle, Transition

_REASON = Ask("reason", _l("Reason"), kind="long")
_NOTE = Ask("note", _l("Note"), kind="long", required=False)
_DONE_ON = Ask("done_on", _l("Done on"), kind="date", default=effects.today)

WORK = (effects.by_handler_or_supervisor,)


def _one_off(_session: Session, row: Any, _who: Identity) -> bool:
    return not row.recurring


def _recurring(_session: Session, row: Any, _who: Identity) -> bool:
    return bool(row.recurring)


class WorkLifecycle(Lifecycle):
    """Locks in the order contract → item, as closing does: ending an item may end its contract."""

    def _lock(self, session: Session, row_id: int) -> Any:
        contract_id = session.scalar(select(WorkItem.contract_id).where(WorkItem.id == row_id))
        if contract_id is not None:
            hold(session, contract_id)
        return super()._lock(session, row_id)


LIFECYCLE = WorkLifecycle(
    "work_item",
    WorkItem,
    states=ITEM_STATES,
    transitions=(
        Transition(
            "assign",
            _l("Assign"),
            frozenset({ItemState.UNASSIGNED, ItemState.ASSIGNED, ItemState.IN_PROGRESS}),
            effects.handed_over,
            asks=(Ask("handler", _l("Handler"), kind="choice", choices=effects.handler_choices), _NOTE),
            effect=effects.tell_handler,
            title="gave the work to %(handler)s",
            icon="user-check",
            bulk=True,
        ),
        Transition(
            "report_step",
            _l("Report a step"),
            REPORTABLE,
            effects.after_step,
            asks=(
                Ask("step", _l("Step"), kind="choice", choices=effects.reportable_steps),
                _DONE_ON,
                _NOTE,
            ),
            guards=WORK,
            effect=effects.write_done,
            title="finished step “%(step)s”",
            icon="check",
            primary=True,
        ),
        Transition(
            "skip_step",
            _l("Skip a step"),
            REPORTABLE,
            effects.after_step,
            asks=(Ask("step", _l("Step"), kind="choice", choices=effects.reportable_steps), _REASON),
            guards=WORK,
            effect=effects.write_skipped,
            title="skipped step “%(step)s”",
            icon="forward",
        ),
        Transition(
            "undo_step",
            _l("Undo a step"),
            frozenset({ItemState.IN_PROGRESS, ItemState.DONE}),
            effects.after_undo,
            asks=(Ask("step", _l("Step"), kind="choice", choices=effects.undoable_steps), _NOTE),
            guards=WORK,
            effect=effects.write_undone,
            title="took back step “%(step)s”",
            icon="rotate-left",
        ),
        Transition(
            "close",
            _l("Close the item"),
            frozenset({ItemState.DONE}),
            effects.finished,
            guards=(effects.is_one_off,),
            effect=effects.tell_finished,
            title="closed the work",
            icon="flag-checkered",
            primary=True,
            shown=_one_off,
        ),
        Transition(
            "open",
            _l("Open for service"),
            frozenset({ItemState.DONE}),
            effects.finished,
            guards=(effects.is_recurring,),
            effect=effects.tell_finished,
            title="opened the service",
            icon="flag-checkered",
            primary=True,
            shown=_recurring,
        ),
        Transition(
            "suspend",
            _l("Put on hold"),
            RUNNING,
            ItemState.SUSPENDED,
            asks=(_REASON,),
            guards=WORK,
            effect=effects.stop_clock,
            title="put the work on hold",
            icon="pause",
        ),
        Transition(
            "resume",
            _l("Take up again"),
            frozenset({ItemState.SUSPENDED}),
            effects.before_pause,
            asks=(_NOTE,),
            guards=WORK,
            effect=effects.start_clock,
            title="took the work up again",
            icon="play",
        ),
        Transition(
            "cancel",
            _l("Cancel the item"),
            OPEN,
            ItemState.CANCELLED,
            asks=(_REASON,),
            effect=effects.end_without_result,
            title="cancelled the work",
            icon="ban",
            danger=True,
        ),
        Transition(
            "force_close",
            _l("Force close"),
            OPEN,
            effects.finished,
            asks=(_REASON,),
            effect=effects.tell_finished,
            title="closed the work by force",
            icon="lock-open",
            danger=True,
        ),
        Transition(
            "end_with_contract",
            _l("Cancel with the contract"),
            OPEN,
            ItemState.CANCELLED,
            effect=effects.end_without_result,
            title="cancelled the work with its contract",
            system=True,
        ),
    ),
)
