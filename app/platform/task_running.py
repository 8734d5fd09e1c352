"""Runs a task in a worker, and tells its row how far it is.

Telling happens in a thread of its own with short transactions, so that a function may call `progress` as
often as it likes, even inside a writing transaction of its own.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any

from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.platform import audit, clock
from app.platform.errors import BusinessError
from app.platform.tasks import ALIVE_FOR, TaskRun
from app.platform.unit_of_work import system_work

TELL_SECONDS = 0.5
"""The least time between two writes of progress."""
BEAT_SECONDS = 2.0
"""The longest, which is also how late a run hears that it was cancelled."""

log = logging.getLogger(__name__)


class TaskContext:
    """What a running task knows: its row's id, kind, person and parameters, and how to tell its progress."""

    def __init__(self, run: TaskRun) -> None:
        self.id = run.id
        self.kind = run.kind
        self.person_id = run.person_id
        self.params: Mapping[str, Any] = run.params
        self.told: dict[str, Any] = {}
        self.cancellation = Event()

    def progress(self, done: int, total: int | None = None, note: object = None) -> None:
        """So much is done (of so many steps), in words for the person. Cheap; what was left out stays."""
        news = {"done": done, "total": total, "note": None if note is None else str(note)}
        self.told = {**self.told, **{name: value for name, value in news.items() if value is not None}}

    def cancelled(self) -> bool:
        """Whether the person cancelled; ask between steps and return early. Without a query."""
        return self.cancellation.is_set()


Result = Mapping[str, Any] | None
TaskFunction = Callable[[TaskContext], Result]
_functions: dict[str, TaskFunction] = {}


def task(kind: str) -> Callable[[TaskFunction], TaskFunction]:
    """Register what runs for tasks of the kind. It opens its own transactions and answers its result.

    A BusinessError it raises is shown to the person; any other error is logged under a number they can give.
    """

    def register(function: TaskFunction) -> TaskFunction:
        known = _functions.setdefault(kind, function)
        if known is not function:
            raise ValueError(f"{kind} is run by {known.__module__}.{known.__qualname__} already")
        return function

    return register


def run(run_id: int) -> None:
    """Run the task if it still waits; the row says how it went."""
    context = _begin(run_id)
    if context is None:
        return
    teller = _Teller(current_app._get_current_object(), context)  # type: ignore[attr-defined]
    teller.start()
    try:
        ending = _run_function(context)
    finally:
        teller.stop()
    _finish(context, ending)


def _begin(run_id: int) -> TaskContext | None:
    now = clock.now()
    with system_work() as session:
        begun = _write(
            session, run_id, "queued", state="running", started_at=now, lease_until=now + ALIVE_FOR
        )
        found = session.get(TaskRun, run_id) if begun else None
        return TaskContext(found) if found else None


def _run_function(context: TaskContext) -> dict[str, Any]:
    """The values of the row's ending."""
    try:
        if context.kind not in _functions:
            raise LookupError(f"nobody runs tasks of the kind {context.kind}")
        return {"state": "done", "result": audit.plain(dict(_functions[context.kind](context) or {}))}
    except BusinessError as refusal:
        return {"state": "failed", "note": str(refusal)}
    except Exception:
        number = secrets.token_hex(4)
        log.exception("task %s (%s): program error %s", context.id, context.kind, number)
        return {
            "state": "failed",
            "note": _("Program error %(number)s. Give this number to your administrator.", number=number),
        }


def _finish(context: TaskContext, ending: dict[str, Any]) -> None:
    """How it ended; of a cancelled run, what was done until it heard of that."""
    with system_work() as session:
        over = {**context.told, **ending, "finished_at": clock.now(), "lease_until": None}
        if not _write(session, context.id, "running", **over):
            _write(session, context.id, "cancelled", **context.told, result=ending.get("result"))


def _write(session: Session, run_id: int, expected: str, **values: Any) -> bool:
    """Write to the row if it is in the expected state; False when it no longer is."""
    statement = update(TaskRun).where(TaskRun.id == run_id, TaskRun.state == expected).values(**values)
    return int(session.execute(statement).rowcount) == 1  # type: ignore[attr-defined]


class _Teller(Thread):
    """Carries what the function told to the row, and a cancellation back."""

    def __init__(self, app: Flask, context: TaskContext) -> None:
        super().__init__(name=f"task {context.id}", daemon=True)
        self.app = app
        self.context = context
        self.ended = Event()

    def run(self) -> None:
        written: dict[str, Any] = {}
        written_at = time.monotonic()
        while not self.ended.wait(TELL_SECONDS):
            told = self.context.told
            if told == written and time.monotonic() - written_at < BEAT_SECONDS:
                continue
            try:
                with self.app.app_context():
                    self._tell(told)
            except (BusinessError, DBAPIError) as error:
                log.info("task %s: progress not written: %s", self.context.id, error)
            else:
                written = told
            written_at = time.monotonic()

    def _tell(self, told: dict[str, Any]) -> None:
        with system_work() as session:
            alive = {"lease_until": clock.now() + ALIVE_FOR}
            if not _write(session, self.context.id, "running", **told, **alive):
                self.context.cancellation.set()

    def stop(self) -> None:
        self.ended.set()
        self.join()
