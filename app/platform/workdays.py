"""Working days and rest days of mainland China.

A rest day is a Saturday, Sunday or statutory holiday, less make-up workdays, as announced by the State
Council and collected in the package ``chinesecalendar``. In years it does not know yet, weekends alone
are rest days: whoever shows such a date calls it estimated (see ``is_known_year``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import chinese_calendar

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class RestRun:
    """Consecutive rest days, both ends inclusive."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(_days(self.first, self.last))


def is_known_year(year: int) -> bool:
    """Whether the statutory holidays of the year have been announced to us."""
    return year in _known_years()


def is_rest_day(day: date) -> bool:
    if is_known_year(day.year):
        return bool(chinese_calendar.is_holiday(day))
    return day.weekday() >= _SATURDAY


def next_workday(day: date) -> date:
    """The first working day on or after the day."""
    while is_rest_day(day):
        day += _ONE_DAY
    return day


def add_workdays(day: date, count: int) -> date:
    """The count-th working day after the day; before it when negative; the day itself when 0."""
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    left = abs(count)
    while left:
        day += step
        if not is_rest_day(day):
            left -= 1
    return day


def rest_runs(first: date, last: date) -> list[RestRun]:
    """The runs of rest days within first..last (inclusive), clipped to it, in order."""
    runs: list[RestRun] = []
    for day in _days(first, last):
        if not is_rest_day(day):
            continue
        if runs and runs[-1].last == day - _ONE_DAY:
            runs[-1] = RestRun(runs[-1].first, day)
        else:
            runs.append(RestRun(day, day))
    return runs


@cache
def _known_years() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.holidays)


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
