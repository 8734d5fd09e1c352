"""When each process was last seen. Rows, so that the readiness check needs only the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import audit
from app.platform.database import Table, UtcDateTime
from app.platform.obligations.upsert import inserting


class ProcessHeartbeat(Table):
    """`name`: dispatcher (beats each ten seconds), queue (last time it answered), worker:QUEUE."""

    __tablename__ = "process_heartbeat"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


audit.leave_out("process_heartbeat")


def beat(session: Session, name: str, at: datetime) -> None:
    """Note that the process lived at the moment; an older moment changes nothing."""
    statement = inserting(session, ProcessHeartbeat).values(name=name, at=at)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"at": statement.excluded.at},
            where=ProcessHeartbeat.at < statement.excluded.at,
        )
    )


def last_beats(session: Session) -> dict[str, datetime]:
    """The last moment of every process that was ever seen, by name."""
    rows = session.execute(select(ProcessHeartbeat.name, ProcessHeartbeat.at)).tuples()
    return dict(rows.all())
