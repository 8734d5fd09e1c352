"""Published filing deadlines of single months. One the file leaves out is removed; the rule speaks again."""

from __future__ import annotations

import re
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.models import FilingNotice
from app.bookkeeping.month_rows import move_due_dates
from app.bookkeeping.operations import save_notice
from app.configuration.groups import Entry, Group, Plain, Rows
from app.configuration.section import Section, Work, gone, turns
from app.configuration.shapes import Day, Text

_MONTH = Text(
    7, lambda text: bool(re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text)), _l("write it like 2026-04")
)
_NOTICES = Rows(
    Group(
        {
            "month": Entry(_MONTH, _l("Month")),
            "region": Entry(Text(40, may_be_empty=True), _l("Region"), ""),
            "due_on": Entry(Day(), _l("Last day")),
            "source": Entry(Text(200, may_be_empty=True), _l("Published in"), ""),
        }
    ),
    key=("month", "region"),
)


def _key(notice: FilingNotice) -> str:
    return f"{notice.year}-{notice.month:02} {notice.region}".strip()


def _read(session: Session) -> list[Plain]:
    rows = [
        {
            "month": f"{notice.year}-{notice.month:02}",
            "region": notice.region,
            "due_on": notice.due_on.isoformat(),
            "source": notice.source,
        }
        for notice in session.scalars(select(FilingNotice))
    ]
    return sorted(rows, key=_NOTICES.key_of)


def _write(work: Work, before: list[Plain], after: list[Plain]) -> None:
    known = {_key(notice): notice for notice in work.session.scalars(select(FilingNotice))}
    for turn in turns(_NOTICES, before, after):
        with work.at(f"filing_notices[{turn.key}]"):
            year, month = (int(part) for part in turn.new["month"].split("-"))
            data = {
                **turn.new,
                "year": year,
                "month": month,
                "due_on": date.fromisoformat(turn.new["due_on"]),
            }
            save_notice(work.session, known.get(turn.key), data)
    for key, _row in gone(_NOTICES, before, after):
        with work.at(f"filing_notices[{key}]"):
            _remove(work.session, known[key])


def _remove(session: Session, notice: FilingNotice) -> None:
    """Open filings go back to the day of the rule."""
    session.delete(notice)
    session.flush()
    move_due_dates(session, notice.year, notice.month)


SECTION = Section("filing_notices", _l("Filing deadlines"), "filing_notice", lambda: _NOTICES, _read, _write)
