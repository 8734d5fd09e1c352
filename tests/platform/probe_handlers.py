"""Handlers for tests, which real worker processes load as well: each delivers a row, or fails on purpose."""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.platform.errors import BusinessError
from app.platform.obligations.due_items import VOID, Answer, DueItem, handles
from app.platform.task_running import TaskContext, task

TABLE = """CREATE TABLE delivery_probe (
    kind varchar(60) NOT NULL, subject_id integer NOT NULL, occurrence varchar(80) NOT NULL,
    UNIQUE (kind, subject_id, occurrence))"""


def deliver(session: Session, item: DueItem, kind: str | None = None) -> None:
    session.connection().execute(
        text("INSERT INTO delivery_probe VALUES (:kind, :subject, :occurrence)"),
        {"kind": kind or item.kind, "subject": item.subject_id, "occurrence": item.occurrence},
    )


@handles("probe")
def _deliver(session: Session, item: DueItem) -> None:
    deliver(session, item)


@handles("probe-slow")
def _deliver_slowly(session: Session, item: DueItem) -> None:
    deliver(session, item)
    session.flush()
    time.sleep(0.02)


@handles("probe-void")
def _no_longer_applies(_session: Session, _item: DueItem) -> Answer:
    return VOID


@handles("probe-poison")
def _fail(session: Session, item: DueItem) -> None:
    deliver(session, item)
    raise RuntimeError("the well is poisoned")


lost_races: list[int] = []


@handles("probe-race")
def _lose_one_race(session: Session, item: DueItem) -> None:
    """The first time somebody else was quicker with another row this work needs."""
    if not lost_races:
        lost_races.append(item.subject_id)
        deliver(session, item, "counter")
        deliver(session, item, "counter")
    deliver(session, item)


@task("probe-count")
def _count(context: TaskContext) -> dict[str, int]:
    steps, counted = context.params["steps"], 0
    while counted < steps and not context.cancelled():
        counted += 1
        context.progress(counted, steps, f"step {counted}")
        time.sleep(context.params.get("seconds", 0))
    return {"counted": counted}


@task("probe-refuse")
def _refuse(_context: TaskContext) -> None:
    raise BusinessError("The file has no header.", "Line 1 is empty.")


@task("probe-crash")
def _crash(_context: TaskContext) -> None:
    raise ZeroDivisionError("a secret of the program")
