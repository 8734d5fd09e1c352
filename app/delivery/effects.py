"""Guards, targets and effects of the work item's transitions.

A target function also checks what was typed and sets the words for the timeline, because it runs before
anything is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.delivery import participation, queries, rules
from app.delivery.clearance import Clearance
from app.delivery.events import (
    MilestoneReached,
    WorkItemAssigned,
    WorkItemCancelled,
    WorkItemDone,
    WorkItemFinished,
)
from app.delivery.models import WorkItem, WorkStep
from app.delivery.states import ItemState, StepState
from app.org.identity import identity_of_person
from app.org.models import Person
from app.platform import clock
from app.platform.access import Identity
from app.platform.errors import BusinessError
from app.platform.events import publish
from app.platform.lifecycle import Step

# Guards ---------------------------------------------------------------------------------------------


def by_handler_or_supervisor(session: Session, row: WorkItem, identity: Identity) -> Sequence[Any]:
    """Only who has the item in hand, or who assigns work, says how far it is."""
    if identity.person_id == row.handler_id or identity.can("can_assign", "work_item"):
        return ()
    if row.handler is None:
        return (_l("Nobody has this item in hand yet."),)
    return (_l("%(name)s has this item in hand, not you.", name=row.handler.name),)


def is_one_off(session: Session, row: WorkItem, identity: Identity) -> Sequence[Any]:
    return (_l("A recurring item is opened, not closed."),) if row.recurring else ()


def is_recurring(session: Session, row: WorkItem, identity: Identity) -> Sequence[Any]:
    return () if row.recurring else (_l("A one-off item is closed, not opened."),)


# Choices --------------------------------------------------------------------------------------------


def handler_choices(session: Session, row: WorkItem | None) -> list[tuple[Any, Any]]:
    """The people the item may go to, the least loaded first; without a row (bulk) everybody who handles."""
    loads = queries.workloads(session, queries.kinds_for(row.business_type if row else None))
    return [(w.person.id, _load_text(w)) for w in loads if row is None or w.person.id != row.handler_id]


def _load_text(w: queries.Workload) -> Any:
    words = {"name": w.person.name, "items": w.items, "load": w.load, "late": w.late}
    if w.absent_until is not None:
        return _l("%(name)s: absent, %(items)s items", **words)
    if w.late:
        return _l("%(name)s: load %(load)s, %(items)s items, %(late)s late", **words)
    return _l("%(name)s: load %(load)s, %(items)s items", **words)


def reportable_steps(session: Session, row: WorkItem) -> list[tuple[Any, Any]]:
    """The open steps whose turn it is."""
    return [
        (s.id, s.name) for s in row.steps if s.state == StepState.OPEN and not rules.blocking(row.steps, s)
    ]


def undoable_steps(session: Session, row: WorkItem) -> list[tuple[Any, Any]]:
    """The finished steps nothing later is built upon, the last one first."""
    return [
        (s.id, s.name)
        for s in reversed(row.steps)
        if s.state != StepState.OPEN and not rules.built_upon(row.steps, s)
    ]


def today(session: Session, row: WorkItem) -> date:
    return clock.today()


# Targets --------------------------------------------------------------------------------------------


def handed_over(step: Step) -> str:
    """Checks and sets the handler already here: the database refuses an assigned item without one."""
    row: WorkItem = step.row
    person = _candidate(step.session, step.data.get("handler"))
    if person.id == row.handler_id:
        raise BusinessError(_l("%(name)s has this item already.", name=person.name))
    step.notes |= {"handler": person.name, "former_id": row.handler_id}
    row.handler = person
    return ItemState.ASSIGNED


def _candidate(session: Session, person_id: Any) -> Person:
    person = session.get(Person, int(person_id)) if str(person_id).isdecimal() else None
    if person is None or not person.active:
        raise BusinessError(_l("This person does not work here (any more)."))
    if not identity_of_person(session, person).can("can_report_step", "work_item"):
        raise BusinessError(_l("%(name)s has no right to report steps.", name=person.name))
    return person


def after_step(step: Step) -> str:
    """Done when this is the last open step, else in progress. Refuses a step whose turn it is not."""
    row: WorkItem = step.row
    picked = _picked(step)
    if picked.state != StepState.OPEN:
        raise BusinessError(_l("“%(step)s” is reported already.", step=picked.name))
    if before := rules.blocking(row.steps, picked):
        names = "、".join(s.name for s in before)
        raise BusinessError(_l("“%(step)s” comes after %(names)s.", step=picked.name, names=names))
    if (day := step.data.get("done_on")) is not None and day > clock.today():
        raise BusinessError(_l("A step cannot be done in the future."))
    step.notes["step"] = picked.name
    left = [s for s in row.steps if s.state == StepState.OPEN and s is not picked]
    return ItemState.IN_PROGRESS if left else ItemState.DONE


def after_undo(step: Step) -> str:
    """In progress again. Refuses a step that later ones are built upon."""
    picked = _picked(step)
    if picked.state == StepState.OPEN:
        raise BusinessError(_l("“%(step)s” is not reported yet.", step=picked.name))
    if later := rules.built_upon(step.row.steps, picked):
        names = "、".join(s.name for s in later)
        raise BusinessError(_l("Undo %(names)s first.", names=names))
    step.notes["step"] = picked.name
    return ItemState.IN_PROGRESS


def _picked(step: Step) -> WorkStep:
    wanted = str(step.data.get("step"))
    for candidate in step.row.steps:
        if str(candidate.id) == wanted:
            return candidate  # type: ignore[no-any-return]
    raise BusinessError(_l("This step does not belong to the item."))


def before_pause(step: Step) -> str:
    """Where the item was when it was suspended."""
    return str(step.row.resume_state or ItemState.UNASSIGNED)


def finished(step: Step) -> str:
    """Closed or opened, but only with a clearance for this very item."""
    clearance = step.data.get("clearance")
    forced = step.transition.name == "force_close"
    if (
        not isinstance(clearance, Clearance)
        or clearance.work_item_id != step.row.id
        or clearance.forced is not forced
    ):
        raise BusinessError(_l("Only the closing check closes an item."), code="no_clearance")
    return ItemState.OPENED if step.row.recurring else ItemState.CLOSED


# Effects --------------------------------------------------------------------------------------------


def tell_handler(step: Step) -> None:
    """The handler takes part in the customer; the former one no longer, unless other items are left."""
    row: WorkItem = step.row
    assert row.handler_id is not None
    participation.join(step.session, row.customer_id, person_id=row.handler_id)
    if step.notes.get("former_id") is not None:
        participation.leave(step.session, row.customer_id, person_id=step.notes["former_id"])
    publish(step.session, WorkItemAssigned(row.id, row.handler_id))


def write_done(step: Step) -> None:
    """Write the step down and tell whom it concerns."""
    picked = _picked(step)
    _write_step(step, picked, StepState.DONE)
    if picked.milestone:
        publish(step.session, MilestoneReached(step.row.id, picked.name))
    _finish_work(step)


def write_skipped(step: Step) -> None:
    _write_step(step, _picked(step), StepState.SKIPPED)
    _finish_work(step)


def _write_step(step: Step, picked: WorkStep, state: str) -> None:
    picked.note = step.reason
    picked.state = state
    picked.done_on = step.data.get("done_on") or clock.today()
    picked.done_by_id = step.identity.person_id


def _finish_work(step: Step) -> None:
    if step.row.state == ItemState.DONE:
        step.row.finished_at = clock.now()
        publish(step.session, WorkItemDone(step.row.id))


def write_undone(step: Step) -> None:
    picked = _picked(step)
    picked.state, picked.done_on, picked.done_by_id, picked.note = StepState.OPEN, None, None, ""
    step.row.finished_at = None


def stop_clock(step: Step) -> None:
    step.row.resume_state, step.row.suspended_on = step.from_state, clock.today()


def start_clock(step: Step) -> None:
    """The promised day moves by as many days as the item stood still."""
    row: WorkItem = step.row
    row.promised_on = rules.moved_by_pause(row.promised_on, row.suspended_on, clock.today())
    row.resume_state, row.suspended_on = None, None


def end_without_result(step: Step) -> None:
    publish(step.session, WorkItemCancelled(step.row.id))


def tell_finished(step: Step) -> None:
    row: WorkItem = step.row
    row.forced = bool(step.data["clearance"].forced)
    row.finished_at = row.finished_at or clock.now()
    publish(step.session, WorkItemFinished(row.id, row.state, row.forced))
