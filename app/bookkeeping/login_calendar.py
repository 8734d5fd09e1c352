"""What the log-in page shows of bookkeeping: the deadlines of the year. Worked out once in a few minutes."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from app.bookkeeping.calendar_words import holidays_of, note_of, workdays_left
from app.bookkeeping.filing_calendar import notices
from app.platform import clock
from app.platform.filing_deadlines import Deadline, Notices, Source, explain, filing_deadline
from app.platform.unit_of_work import system_reading

_FRESH_SECONDS = 300
_kept: dict[str, Any] = {"key": None, "page": {}}


def login_calendar() -> dict[str, Any]:
    """Calendar, headline and subline of the log-in page."""
    moment = clock.now()
    key = (
        current_app.config["SQLALCHEMY_DATABASE_URI"],
        clock.today(),
        int(moment.timestamp()) // _FRESH_SECONDS,
        str(get_locale()),
    )
    if _kept["key"] != key:
        with system_reading() as session:
            stored = notices(session)
        _kept["page"], _kept["key"] = _page(clock.today(), stored), key
    page: dict[str, Any] = _kept["page"]
    return page


def _page(today: date, stored: Notices) -> dict[str, Any]:
    this_month = filing_deadline(today.year, today.month, notices=stored)
    ahead = this_month if today <= this_month.day else _next_month(today, stored)
    return {
        "calendar": [_month(today, month, stored) for month in range(1, 13)],
        "calendar_year": today.year,
        "headline": _(
            "Filings of month %(month)s close on day %(day)s", month=ahead.day.month, day=ahead.day.day
        ),
        "subline": _subline(ahead, today),
    }


def _next_month(today: date, stored: Notices) -> Deadline:
    year, month = (today.year, today.month + 1) if today.month < 12 else (today.year + 1, 1)
    return filing_deadline(year, month, notices=stored)


def _month(today: date, month: int, stored: Notices) -> dict[str, Any]:
    deadline = filing_deadline(today.year, month, notices=stored)
    return {
        "month": month,
        "day": deadline.day.day,
        "note": note_of(deadline, explain(today.year, month)),
        "current": month == today.month,
        "past": month < today.month,
        "estimated": deadline.source is Source.ESTIMATE,
    }


def _subline(deadline: Deadline, today: date) -> str:
    left: str = _("%(count)s working days left.", count=workdays_left(deadline.day, today))
    explanation = explain(deadline.day.year, deadline.day.month)
    if deadline.source is Source.NOTICE or not explanation.n:
        return left
    moved: str = _(
        "%(holiday)s moves it by %(n)s working days.",
        holiday=holidays_of(explanation) or _("A long rest"),
        n=explanation.n,
    )
    return f"{left}{moved}" if str(get_locale()).startswith("zh") else f"{left} {moved}"
