"""Whether this process can serve: database, tables, dispatcher. No secrets, no addresses: anybody may ask."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.platform import clock, schema
from app.platform.database import new_session
from app.platform.obligations.heartbeats import last_beats

SILENT_AFTER = timedelta(seconds=60)
"""The dispatcher beats, and asks the queue, each ten seconds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Readiness:
    """What was found; each part is "ok", "behind", "silent" or "down"."""

    database: str = "down"
    tables: str = "unknown"
    dispatcher: str = "unknown"
    queue: str = "unknown"

    @property
    def is_ready(self) -> bool:
        """A missing queue only degrades: money is posted without it, and jobs catch up."""
        return self.database == self.tables == self.dispatcher == "ok"

    @property
    def status(self) -> str:
        if not self.is_ready:
            return "not ready"
        return "ok" if self.queue == "ok" else "degraded"


def look() -> Readiness:
    """Ask the database once; the dispatcher notes there when the queue last answered."""
    try:
        with new_session(writes=False) as session:
            if schema.present(session) != schema.head():
                return Readiness(database="ok", tables="behind")
            beats = last_beats(session)
    except SQLAlchemyError:
        log.exception("the database does not answer")
        return Readiness()
    oldest = clock.now() - SILENT_AFTER
    alive = {name: "ok" for name, moment in beats.items() if moment >= oldest}
    return Readiness(
        database="ok",
        tables="ok",
        dispatcher=alive.get("dispatcher", "silent"),
        queue=alive.get("queue", "silent"),
    )
