"""One row per obligation: kind, subject, occurrence. The database is the truth, the queue only carries ids.

A stage lays rows down in its own transaction and registers in its `jobs.py` who handles the kind. A moved
date changes `due_at`, never `occurrence`: the occurrence says which one is meant ("2026-03", "day-7").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, UniqueConstraint, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import audit
from app.platform.database import BigId, JsonColumn, Table, UtcDateTime
from app.platform.obligations.upsert import inserting

ROWS_PER_STATEMENT = 500


class DueItem(Table):
    """Something to do once its moment has come.

    `status`: pending, done, void (no longer applies), dead (failed too often; a person must look).
    Until `lease_until` somebody is at it, or a failure waits for its next try.
    """

    __tablename__ = "due_item"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "occurrence", name="uq_due_item_kind"),
        CheckConstraint("status IN ('pending', 'done', 'dead', 'void')", name="ck_due_item_status"),
        Index(
            "ix_due_item_pending",
            "due_at",
            postgresql_where=text("status = 'pending'"),
            sqlite_where=text("status = 'pending'"),
        ),
        Index("ix_due_item_status", "status", "kind"),
    )

    kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int] = mapped_column(BigId)
    occurrence: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(10), default="pending")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)


audit.leave_out("due_item")


class Answer(Enum):
    """What a handler may answer instead of nothing."""

    VOID = "void"


VOID = Answer.VOID
"""The obligation no longer applies: nothing was done, and nothing has to be."""

Handler = Callable[[Session, DueItem], Answer | None]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register who fulfils obligations of the kind.

    The handler runs as the system, in one transaction with the row locked; it does not commit. An error is
    tried again later; whatever it raises every time ends as a dead row.
    """

    def register(handler: Handler) -> Handler:
        known = _handlers.setdefault(kind, handler)
        if known is not handler:
            raise ValueError(f"{kind} is handled by {known.__module__}.{known.__qualname__} already")
        return handler

    return register


def handler_of(kind: str) -> Handler:
    """Who handles the kind. Raises LookupError when no `jobs.py` registered anybody."""
    if kind not in _handlers:
        raise LookupError(f"nobody handles {kind}")
    return _handlers[kind]


@dataclass(frozen=True)
class Obligation:
    """A row to lay down. `payload` is small and JSON: ids and words, never whole records."""

    kind: str
    subject_id: int
    occurrence: str
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int, str]:
        return self.kind, self.subject_id, self.occurrence


def lay_down(
    session: Session, kind: str, subject_id: int, occurrence: str, due_at: datetime, **payload: Any
) -> bool:
    """Lay one obligation down; False when it is there already, whatever became of it.

    A void one comes back to life with the new moment and payload.
    """
    return lay_down_many(session, [Obligation(kind, subject_id, occurrence, due_at, payload)]) == 1


def lay_down_many(session: Session, rows: Iterable[Obligation]) -> int:
    """Lay many down, some hundred per statement; returns how many are new or came back from void."""
    wanted = list({row.key: row for row in rows}.values())
    return sum(
        _insert(session, wanted[start : start + ROWS_PER_STATEMENT])
        for start in range(0, len(wanted), ROWS_PER_STATEMENT)
    )


def _insert(session: Session, rows: list[Obligation]) -> int:
    fresh: dict[str, Any] = {"status": "pending", "attempts": 0, "lease_until": None, "last_error": ""}
    statement = inserting(session, DueItem).values(
        [
            {
                "kind": row.kind,
                "subject_id": row.subject_id,
                "occurrence": row.occurrence,
                "due_at": row.due_at,
                "payload": audit.plain(dict(row.payload)),
                **fresh,
            }
            for row in rows
        ]
    )
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "subject_id", "occurrence"],
        set_={"due_at": statement.excluded.due_at, "payload": statement.excluded.payload, **fresh},
        where=DueItem.status == "void",
    )
    session.flush()
    laid = len(session.scalars(statement.returning(DueItem.id)).all())
    _forget_loaded(session)
    return laid


def move(session: Session, kind: str, subject_id: int, occurrence: str, due_at: datetime) -> bool:
    """Put a pending, dead or void obligation to another moment, to be tried afresh; False when it is done."""
    statement = (
        update(DueItem)
        .where(DueItem.kind == kind, DueItem.subject_id == subject_id, DueItem.occurrence == occurrence)
        .where(DueItem.status != "done")
        .values(due_at=due_at, status="pending", attempts=0, lease_until=None, last_error="")
    )
    return _rows_of(session, statement) == 1


def void(session: Session, kind: str, subject_id: int, occurrence_prefix: str | None = None) -> int:
    """Void what is pending or dead for the subject, all or occurrences with the prefix; returns how many."""
    statement = (
        update(DueItem)
        .where(DueItem.kind == kind, DueItem.subject_id == subject_id)
        .where(DueItem.status.in_(("pending", "dead")))
        .values(status="void", lease_until=None)
    )
    if occurrence_prefix is not None:
        statement = statement.where(DueItem.occurrence.startswith(occurrence_prefix, autoescape=True))
    return _rows_of(session, statement)


def revive_dead(session: Session, kind: str | None = None) -> int:
    """Give dead obligations another round of tries, after somebody removed the cause; returns how many."""
    statement = (
        update(DueItem).where(DueItem.status == "dead").values(status="pending", attempts=0, lease_until=None)
    )
    if kind is not None:
        statement = statement.where(DueItem.kind == kind)
    return _rows_of(session, statement)


def _rows_of(session: Session, statement: Any) -> int:
    session.flush()
    count: int = session.execute(statement, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    _forget_loaded(session)
    return count


def _forget_loaded(session: Session) -> None:
    """Rows in the session are read anew, since the database changed them behind its back."""
    for row in list(session.identity_map.values()):
        if isinstance(row, DueItem):
            session.expire(row)
