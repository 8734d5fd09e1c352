"""Payment plans: dated amounts, each split by contract line, adding up to the lines exactly."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum
from itertools import groupby

from app.platform.money import share

INTERVALS = (1, 3, 6, 12)
"""Months between the instalments of a recurring line."""


class PaymentOrder(IntEnum):
    """What an instalment pays first."""

    PAID_ON_BEHALF = 1
    ONE_OFF = 2
    RECURRING = 3


@dataclass(frozen=True)
class Recurrence:
    """A recurring line from the first day of ``start``'s month; gift months follow the paid ones."""

    start: date
    paid_months: int
    gift_months: int
    interval: int

    def __post_init__(self) -> None:
        if self.interval not in INTERVALS or self.paid_months < 1 or self.gift_months < 0:
            raise ValueError("a recurring line is paid for at least one month, every 1, 3, 6 or 12 months")


@dataclass(frozen=True)
class PlanLine:
    """A part of the contract to be paid: the net amount, in yuan, of a line or of one kind of its items."""

    line_id: int
    amount: Decimal
    order: PaymentOrder
    recurrence: Recurrence | None = None


@dataclass(frozen=True)
class Part:
    """What an instalment asks for one line; a recurring one covers first..last day, gift months included."""

    line_id: int
    amount: Decimal
    covers: tuple[date, date] | None = None


@dataclass(frozen=True)
class Instalment:
    due: date
    parts: tuple[Part, ...]

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.parts), Decimal("0.00"))


def standard_plan(lines: Iterable[PlanLine], *, activated_on: date, one_off_days: int) -> list[Instalment]:
    """The plan nobody had to type, earliest first; lines without an amount ask for nothing.

    Recurring lines fall due on the first day of each period, all else so many days after activation.
    """
    dated = [
        (due, part)
        for line in sorted(lines, key=lambda line: line.order)
        for due, part in _dated_parts(line, activated_on + timedelta(days=one_off_days))
        if part.amount
    ]
    by_due = groupby(sorted(dated, key=lambda each: each[0]), key=lambda each: each[0])
    return [Instalment(due, tuple(part for _, part in group)) for due, group in by_due]


def split_by_line(dated: Iterable[tuple[date, Decimal]], lines: Iterable[PlanLine]) -> list[Instalment]:
    """Agreed dates and amounts split by line: on behalf first, then one-off, then recurring.

    Raises ValueError unless the amounts are positive and add up to the lines.
    """
    ordered = sorted(lines, key=lambda line: line.order)
    left = [line.amount for line in ordered]
    agreed = sorted(dated, key=lambda each: each[0])
    if any(amount <= 0 for _, amount in agreed):
        raise ValueError("an instalment asks for money")
    if sum(amount for _, amount in agreed) != sum(left):
        raise ValueError("the instalments add up to the lines")
    return [Instalment(due, tuple(_take(amount, ordered, left))) for due, amount in agreed]


def last_day_of(start: date, months: int) -> date:
    """The last day of so many months from the month of ``start``, this month included."""
    return _last_day(_month_after(start, months - 1))


def _dated_parts(line: PlanLine, one_off_due: date) -> list[tuple[date, Part]]:
    if line.recurrence is None:
        return [(one_off_due, Part(line.line_id, line.amount))]
    months = _months_of_periods(line.recurrence)
    amounts = share(line.amount, months)
    periods = _periods(line.recurrence, months)
    return [
        (period[0], Part(line.line_id, amount, period))
        for amount, period in zip(amounts, periods, strict=True)
    ]


def _months_of_periods(recurrence: Recurrence) -> list[int]:
    whole, rest = divmod(recurrence.paid_months, recurrence.interval)
    return [recurrence.interval] * whole + [rest] * bool(rest)


def _periods(recurrence: Recurrence, months: Sequence[int]) -> list[tuple[date, date]]:
    starts = [sum(months[:place]) for place in range(len(months))]
    ends = [*starts[1:], recurrence.paid_months + recurrence.gift_months]
    return [
        (_month_after(recurrence.start, start), _last_day(_month_after(recurrence.start, end - 1)))
        for start, end in zip(starts, ends, strict=True)
    ]


def _take(amount: Decimal, lines: Sequence[PlanLine], left: list[Decimal]) -> list[Part]:
    """Takes the amount from what is left of the lines, front first, and says what was taken."""
    taken = []
    for place, line in enumerate(lines):
        if piece := min(amount, left[place]):
            taken.append(Part(line.line_id, piece))
            left[place] -= piece
            amount -= piece
    return taken


def _month_after(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, 1)


def _last_day(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])
