"""The timeline of one row as its page shows it: newest day first, each deed one line."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.story import days_of
from app.platform.timeline import TimelineEntry

SHOWN = 30


def timeline_days(session: Session, subject: str, subject_id: int) -> list[dict[str, Any]]:
    """The newest entries about the row that this person may see, by day."""
    entries = session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.subject == subject, TimelineEntry.subject_id == subject_id)
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(SHOWN)
    )
    return days_of(session, entries.all())
