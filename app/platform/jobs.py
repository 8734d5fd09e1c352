"""The only functions a worker runs, by name (JOBS). They take ids; everything else is in the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.platform import audit, clock, sent_forms, task_running
from app.platform.errors import BusinessError
from app.platform.obligations import claims
from app.platform.obligations.due_items import VOID, DueItem, handler_of
from app.platform.unit_of_work import system_work

SETTLED = timedelta(minutes=2)
"""Audit entries older than this are of transactions that have ended."""
SLOTS_KEPT = timedelta(days=30)

log = logging.getLogger(__name__)


def run_due_items(ids: Sequence[int]) -> None:
    """Fulfil each obligation in a transaction of its own; one that fails does not touch the others."""
    with system_work() as session:
        claims.begin(session, ids)
    for item_id in ids:
        run_due_item(item_id)


def run_due_item(item_id: int) -> None:
    """Fulfil one obligation; an error is kept on its row, for the next try or for a person."""
    try:
        _fulfil_or_find_fulfilled(item_id)
    except Exception as error:
        log.exception("due item %s failed", item_id)
        with system_work() as session:
            claims.note_failure(session, item_id, f"{type(error).__name__}: {error}")


def _fulfil_or_find_fulfilled(item_id: int) -> None:
    """A unique violation means that it was done already, unless it was a race: then a second try differs."""
    for handled in (_fulfil, _fulfil, _close):
        try:
            return handled(item_id)
        except BusinessError as refusal:
            if handled is _close or not _is_unique_violation(refusal.__cause__):
                raise
            log.info("due item %s: %s", item_id, refusal.__cause__)


def _fulfil(item_id: int) -> None:
    with system_work() as session:
        session.info["request_id"] = f"due-{item_id}"
        item = claims.lock_pending(session, item_id)
        if item is None:
            return
        answer = handler_of(item.kind)(session, item)
        item.status, item.lease_until = ("void" if answer is VOID else "done"), None


def _close(item_id: int) -> None:
    with system_work() as session:
        item = claims.lock_pending(session, item_id)
        if item is not None:
            item.status, item.lease_until, item.last_error = "done", None, "was done already"


def _is_unique_violation(error: BaseException | None) -> bool:
    if not isinstance(error, IntegrityError):
        return False
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint" in str(error.orig)


def run_task(run_id: int) -> None:
    """Run long work a person started."""
    task_running.run(run_id)


JOBS: Mapping[str, Callable[..., Any]] = {
    "app.platform.jobs.run_due_items": run_due_items,
    "app.platform.jobs.run_task": run_task,
}


def seal_audit(session: Session, _item: DueItem) -> None:
    """Slot: seal what was written to the audit trail since the last seal."""
    while audit.seal(session, settled_before=clock.now() - SETTLED):
        session.flush()


def forget_old_slots(session: Session, _item: DueItem) -> None:
    """Slot: remove the rows of slots long done, and tokens of forms no browser still shows."""
    session.execute(
        delete(DueItem).where(
            DueItem.kind.startswith("slot:"),
            DueItem.status == "done",
            DueItem.due_at < clock.now() - SLOTS_KEPT,
        ),
        execution_options={"synchronize_session": False},
    )
    sent_forms.forget_old(session)
