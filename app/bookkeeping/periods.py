"""Which period of a tax is due in a month, and on which day."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from app.bookkeeping.tax_types import DueRule, Frequency, TaxType, tax_types
from app.platform.filing_deadlines import Deadline, Source, annual_deadline

Month = tuple[int, int]
"""Year and month, 1 to 12."""


@dataclass(frozen=True)
class Period:
    """The time a filing is about, both days inclusive; labels: 2026-03, 2026Q1, 2026H1, 2025."""

    start: date
    end: date
    label: str


def period_ending_in(month: Month, frequency: Frequency) -> Period | None:
    """The period whose last month this is, or None when no such period ends then."""
    year, last = month
    if last % frequency.months:
        return None
    start = date(year, last - frequency.months + 1, 1)
    return Period(start, date(year, last, monthrange(year, last)[1]), _label(month, frequency))


def periods_due_in(month: Month, tax_code: str, frequency: Frequency, start_month: Month) -> Period | None:
    """The period to lay down for a month, or None: its period ends before the start, or nothing is due.

    The month is that of the lawful day before rest days move it, so the annual settlement belongs to May
    even when 31 May is a Sunday and the due day is in June: its row must not appear on the last day only.
    """
    period = _period_due_in(month, tax_types()[tax_code], frequency)
    return period if period and period.end >= date(*start_month, 1) else None


def due_date(
    tax_code: str, frequency: Frequency, period: Period, deadline_of: Callable[[int, int], Deadline]
) -> Deadline:
    """The last day to file the period; ``deadline_of(year, month)`` is the filing calendar in force.

    Regional dates are presets for an agency to replace, hence estimates.
    """
    tax = tax_types()[tax_code]
    deadline = _deadline(tax, frequency, period, deadline_of)
    return replace(deadline, source=Source.ESTIMATE) if tax.regional else deadline


def _period_due_in(month: Month, tax: TaxType, frequency: Frequency) -> Period | None:
    match tax.due_rule_for(frequency):
        case DueRule.PERIOD_END:
            return period_ending_in(month, frequency)
        case DueRule.FILING_CALENDAR:
            return period_ending_in(_month_before(month), frequency)
        case DueRule.YEAR_DAY:
            is_due = tax.year_day is not None and tax.year_day.month == month[1]
            return period_ending_in((month[0] - 1, 12), Frequency.YEAR) if is_due else None


def _deadline(
    tax: TaxType, frequency: Frequency, period: Period, deadline_of: Callable[[int, int], Deadline]
) -> Deadline:
    rule, day = tax.due_rule_for(frequency), tax.year_day
    if rule is DueRule.PERIOD_END:
        return Deadline(period.end, Source.RULE)
    if rule is DueRule.FILING_CALENDAR or day is None:
        return deadline_of(*_month_after(period.end))
    if day.moves:
        return annual_deadline(period.end.year + 1, day.month, day.day)
    return Deadline(date(period.end.year + 1, day.month, day.day), Source.RULE)


def _label(month: Month, frequency: Frequency) -> str:
    year, last = month
    match frequency:
        case Frequency.MONTH:
            return f"{year}-{last:02}"
        case Frequency.QUARTER:
            return f"{year}Q{last // 3}"
        case Frequency.HALF_YEAR:
            return f"{year}H{last // 6}"
        case Frequency.YEAR:
            return f"{year}"


def _month_before(month: Month) -> Month:
    year, number = month
    return (year, number - 1) if number > 1 else (year - 1, 12)


def _month_after(day: date) -> Month:
    return (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
