"""Handing due rows out: a lease per row, so that two dispatchers never hand out the same one.

A lease that ran out is a lost job (a killed worker, an emptied queue): the row is handed out again. An
attempt is counted when a worker begins, before the work itself, so that work which kills its process is
counted too.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.obligations.due_items import DueItem

MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=5)
"""Before the second try; it doubles with each further one, to about five minutes before the last."""
LONGEST_ERROR = 2000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """A row that is ours until the lease ends."""

    id: int
    attempts: int


def anything_due(session: Session) -> bool:
    """Whether a row waits to be handed out. Reads only, so that an idle dispatcher never locks."""
    return session.scalar(select(DueItem.id).where(*_free(clock.now())).limit(1)) is not None


def claim(session: Session, *, most: int, lease: timedelta) -> list[Claim]:
    """Lease up to `most` due rows, the longest due first; those that failed too often become dead instead."""
    now = clock.now()
    rows = session.execute(
        select(DueItem.id, DueItem.attempts)
        .where(*_free(now))
        .order_by(DueItem.due_at, DueItem.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    lost = [row.id for row in rows if row.attempts >= MOST_ATTEMPTS]
    if lost:
        _bury(session, lost)
    claims = [Claim(row.id, row.attempts) for row in rows if row.attempts < MOST_ATTEMPTS]
    _lease(session, [claim.id for claim in claims], now + lease)
    return claims


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        DueItem.status == "pending",
        DueItem.due_at <= now,
        or_(DueItem.lease_until.is_(None), DueItem.lease_until <= now),
    )


def _bury(session: Session, ids: Sequence[int]) -> None:
    log.error("due items %s are dead: their worker was lost %s times", ids, MOST_ATTEMPTS)
    session.execute(
        update(DueItem)
        .where(DueItem.id.in_(ids))
        .values(
            status="dead",
            lease_until=None,
            last_error=func.coalesce(func.nullif(DueItem.last_error, ""), "the worker was lost each time"),
        ),
        execution_options={"synchronize_session": False},
    )


def give_back(session: Session, ids: Sequence[int]) -> None:
    """End the lease of rows that could not be enqueued."""
    _lease(session, ids, None)


def _lease(session: Session, ids: Sequence[int], until: datetime | None) -> None:
    session.execute(
        update(DueItem).where(DueItem.id.in_(ids), DueItem.status == "pending").values(lease_until=until),
        execution_options={"synchronize_session": False},
    )


def begin(session: Session, ids: Sequence[int]) -> None:
    """Count an attempt for each row that still waits."""
    session.execute(
        update(DueItem)
        .where(DueItem.id.in_(ids), DueItem.status == "pending")
        .values(attempts=DueItem.attempts + 1),
        execution_options={"synchronize_session": False},
    )


def lock_pending(session: Session, item_id: int) -> DueItem | None:
    """The row, locked, if it is still to be done and its moment has come; waits for whoever has it."""
    item = session.scalars(select(DueItem).where(DueItem.id == item_id).with_for_update()).first()
    if item is None or item.status != "pending" or item.due_at > clock.now():
        return None
    return item


def note_failure(session: Session, item_id: int, error: str) -> None:
    """Keep the error and put the next try off; after the last one the row is dead."""
    item = lock_pending(session, item_id)
    if item is None:
        return
    item.last_error = error[:LONGEST_ERROR]
    if item.attempts >= MOST_ATTEMPTS:
        item.status, item.lease_until = "dead", None
        log.error("due item %s (%s) is dead: %s", item.id, item.kind, item.last_error)
    else:
        item.lease_until = clock.now() + FIRST_WAIT * 2 ** max(item.attempts - 1, 0)


@dataclass(frozen=True)
class Standing:
    """How the obligations stand, for the operator."""

    waiting: int
    overdue_seconds: int
    """Age of the oldest row that is due and not done; 0 when there is none."""
    dead: int


def standing(session: Session) -> Standing:
    """Counts and the oldest overdue second."""
    now = clock.now()
    waiting, oldest = session.execute(
        select(func.count(), func.min(DueItem.due_at)).where(
            DueItem.status == "pending", DueItem.due_at <= now
        )
    ).one()
    dead = session.scalar(select(func.count()).select_from(DueItem).where(DueItem.status == "dead")) or 0
    return Standing(waiting, int((now - oldest).total_seconds()) if oldest else 0, dead)
