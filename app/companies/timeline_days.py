"""The timeline of one row as its page shows it: newest day first, each deed one line."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.screens.cells import day_text
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
    return [
        {"label": day_text(day), "entries": [_shown(entry) for entry in of_day]}
        for day, of_day in groupby(entries, key=lambda entry: clock.local(entry.at).date())
    ]


def _shown(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "actor": entry.actor,
        "text": _(entry.title, **entry.details),
        "time": f"{clock.local(entry.at):%H:%M}",
        "body": entry.body,
    }
