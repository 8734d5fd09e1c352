"""The only source of time. Moments are aware UTC datetimes, days are dates in the agency's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

AGENCY_ZONE = ZoneInfo("Asia/Shanghai")

_shift = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen if _frozen is not None else datetime.now(UTC) + _shift


def today() -> date:
    """The present day in the agency's time zone."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """The moment as a clock on the agency's wall shows it."""
    return moment.astimezone(AGENCY_ZONE)


def start_of(day: date) -> datetime:
    """The first moment of the day in the agency's time zone, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=AGENCY_ZONE).astimezone(UTC)


def shift_to(moment: datetime) -> None:
    """Let the clock run on from another moment: for drills and demonstrations outside production."""
    global _shift
    _shift = moment - datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at one moment inside the block."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
