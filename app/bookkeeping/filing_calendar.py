"""The filing deadlines in force: the rule, overridden by stored notices."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.models import FilingNotice
from app.platform.filing_deadlines import Deadline, filing_deadline


def notices(session: Session, *, region: str = "") -> dict[tuple[int, int], date]:
    """Stored deadlines by year and month: those of the region where it has one, else nationwide ones."""
    rows = session.execute(
        select(FilingNotice.year, FilingNotice.month, FilingNotice.region, FilingNotice.due_on).where(
            FilingNotice.region.in_({"", region})
        )
    ).tuples()
    return {(year, month): day for year, month, _region, day in sorted(rows, key=lambda row: row[2])}


def regional_notices(session: Session, year: int, month: int) -> dict[str, date]:
    """The deadlines of single regions in a month."""
    rows = session.execute(
        select(FilingNotice.region, FilingNotice.due_on).where(
            FilingNotice.year == year, FilingNotice.month == month, FilingNotice.region != ""
        )
    )
    return dict(rows.tuples().all())


def deadlines_of_year(session: Session, year: int, *, region: str = "") -> list[Deadline]:
    """The twelve monthly deadlines of a year, January first."""
    stored = notices(session, region=region)
    return [filing_deadline(year, month, notices=stored) for month in range(1, 13)]
