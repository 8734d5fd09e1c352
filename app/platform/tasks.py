"""Long work a person started: a row that shows how far it is. Workers run it (task_running.py).

A screen calls `start_task` in its transaction and shows the row; whoever sees the row may cancel it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import audit, clock, job_queue
from app.platform.access import Level, Scoped, identity_of
from app.platform.database import JsonColumn, Table, UtcDateTime
from app.platform.errors import NotFound, Stale
from app.platform.grants import EntityAccess, Preset, declare
from app.platform.unit_of_work import after_commit, explain_constraint

SENT_AT_ONCE = timedelta(seconds=15)
"""A queued task this young was most likely enqueued by the click itself."""
SENT_AGAIN = timedelta(minutes=5)
ALIVE_FOR = timedelta(minutes=2)
"""A running task that has not been heard of for so long was lost with its worker."""

log = logging.getLogger(__name__)


class TaskRun(Scoped, Table):
    """One run. `done` of `total` steps (0 = unknown), `note` in words for the person, `result` as JSON.

    `state`: queued, running, done, failed, cancelled. `request_key` makes a double click one run.
    """

    __tablename__ = "task_run"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="ck_task_run_state"
        ),
        UniqueConstraint("request_key", name="uq_task_run_request_key"),
        Index("ix_task_run_person", "person_id", "created_at"),
        Index("ix_task_run_state", "state", "created_at"),
    )
    scope_entity = "task_run"
    scope_by = "person_id"
    scope_kind = "person"

    kind: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(String(200))
    params: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_key: Mapped[str | None] = mapped_column(String(64))

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


audit.leave_out("task_run")
explain_constraint("task_run.request_key", _l("This was started already."))
explain_constraint("uq_task_run_request_key", _l("This was started already."))

_EVERYBODY = (
    "salesperson",
    "sales_manager",
    "field_worker",
    "delivery_manager",
    "accountant",
    "accounting_manager",
    "cashier",
    "office_clerk",
    "principal",
    "administrator",
)
declare(
    EntityAccess(
        entity="task_run",
        label=_l("Tasks"),
        actions={"list": _l("see the list"), "show": _l("open")},
        presets={role: Preset(Level.OWN, "list show") for role in _EVERYBODY},
    )
)


def start_task(
    session: Session,
    kind: str,
    title: str,
    params: Mapping[str, Any],
    *,
    request_key: str | None = None,
) -> TaskRun:
    """Add a run for the person of the session; it is enqueued once the transaction stands.

    `params` are small and JSON. With a `request_key` seen before, the run it started is returned.
    """
    if request_key and (known := _started_with(session, request_key)) is not None:
        return known
    run = TaskRun(
        kind=kind,
        title=str(title),
        params=audit.plain(dict(params)),
        person_id=identity_of(session).person_id,
        state="queued",
        created_at=clock.now(),
        request_key=request_key,
    )
    session.add(run)
    session.flush()
    after_commit(session, lambda: _send(run.id))
    return run


def _started_with(session: Session, request_key: str) -> TaskRun | None:
    return session.scalars(select(TaskRun).where(TaskRun.request_key == request_key)).first()


def _send(run_id: int) -> None:
    job_queue.try_to_send(job_queue.TASKS, "run_task", run_id)


def cancel_task(session: Session, run_id: int) -> TaskRun:
    """Cancel a run this person sees; its function notices within seconds. Raises NotFound or Stale (over)."""
    run = session.scalars(select(TaskRun).where(TaskRun.id == run_id).with_for_update(of=TaskRun)).first()
    if run is None:
        raise NotFound()
    if run.is_over:
        raise Stale(_l("This task is over already."))
    run.state, run.finished_at, run.lease_until = "cancelled", clock.now(), None
    return run


def claim_unsent(session: Session, *, most: int) -> list[int]:
    """Queued runs whose way into the queue was lost, to be sent now; none of them again for five minutes."""
    now = clock.now()
    rows = session.scalars(
        select(TaskRun)
        .where(TaskRun.state == "queued")
        .where(
            or_(
                TaskRun.lease_until <= now,
                and_(TaskRun.lease_until.is_(None), TaskRun.created_at <= now - SENT_AT_ONCE),
            )
        )
        .order_by(TaskRun.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.lease_until = now + SENT_AGAIN
    return [row.id for row in rows]


def anything_lost(session: Session) -> bool:
    """Whether a run may need the sweeper. Reads only."""
    now = clock.now()
    unsent = and_(TaskRun.state == "queued", TaskRun.created_at <= now - SENT_AT_ONCE)
    silent = and_(TaskRun.state == "running", TaskRun.lease_until <= now)
    return session.scalar(select(TaskRun.id).where(or_(unsent, silent)).limit(1)) is not None


def fail_silent(session: Session) -> int:
    """Runs that died with their worker fail: running them twice could do harm. Returns how many."""
    now = clock.now()
    note = _("The program was stopped while this ran. Look at what was done, then start it again.")
    statement = (
        update(TaskRun)
        .where(TaskRun.state == "running", TaskRun.lease_until <= now)
        .values(state="failed", note=note, finished_at=now, lease_until=None)
    )
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
