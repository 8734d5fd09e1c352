"""Last days for tax filings.

Sources: implementing rules of the tax collection law, art. 109, and the yearly notices of the State
Taxation Administration. The rule for monthly deadlines holds since 2021.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from app.platform.workdays import add_workdays, is_known_year, next_workday, rest_runs

Notices = Mapping[tuple[int, int], date]

_NO_NOTICES: Notices = MappingProxyType({})
_LAST_DAY = 15
_LONG_REST = 3


class Source(StrEnum):
    """Where a deadline comes from: computed, computed without announced holidays, or published."""

    RULE = "rule"
    ESTIMATE = "estimate"
    NOTICE = "notice"


@dataclass(frozen=True)
class Deadline:
    """The last day to file, inclusive."""

    day: date
    source: Source


@dataclass(frozen=True)
class Explanation:
    """Why the rule gives its day.

    ``rest_days`` are the n days of the 1st..15th within runs of three or more rest days,
    ``counted_days`` the n working days counted from the 16th on; the last one is the deadline.
    """

    n: int
    rest_days: tuple[date, ...]
    counted_days: tuple[date, ...]
    day: date


def filing_deadline(year: int, month: int, *, notices: Notices = _NO_NOTICES) -> Deadline:
    """The last day for taxes to be filed within 15 days, in the month the filing happens.

    A published or extended date in ``notices`` (keyed by year and month) stands above the rule.
    """
    if notice := notices.get((year, month)):
        return Deadline(notice, Source.NOTICE)
    return Deadline(explain(year, month).day, _computed_source(year))


def explain(year: int, month: int) -> Explanation:
    """The reckoning behind the rule's date of a month."""
    fifteenth = date(year, month, _LAST_DAY)
    long_runs = [run for run in rest_runs(date(year, month, 1), fifteenth) if run.length >= _LONG_REST]
    rest_days = tuple(day for run in long_runs for day in run.days)
    counted = tuple(add_workdays(fifteenth, count) for count in range(1, len(rest_days) + 1))
    day = counted[-1] if counted else next_workday(fifteenth)
    return Explanation(len(rest_days), rest_days, counted, day)


def annual_deadline(year: int, month: int, day: int) -> Deadline:
    """A last day counted in months or years, such as 31 May: moved only off a rest day."""
    return Deadline(next_workday(date(year, month, day)), _computed_source(year))


def annual_report_deadline(year: int) -> Deadline:
    """The last day of the company annual report handed in that year: 30 June, never moved."""
    return Deadline(date(year, 6, 30), Source.RULE)


def _computed_source(year: int) -> Source:
    return Source.RULE if is_known_year(year) else Source.ESTIMATE
