"""Reckoning with months: how long a term runs, how far money covers it. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from app.bookkeeping.periods import Month
from app.bookkeeping.states import ServiceKind
from app.companies.states import EntityType
from app.platform.money import ZERO, quantise

_ONE_DAY = timedelta(days=1)
_KIND_OF_CODE = {"DZ": ServiceKind.ADDRESS, "SB": ServiceKind.SOCIAL_SECURITY}
_FORMS = {
    "SL02": EntityType.SOLE_TRADER,
    "SL03": EntityType.SOLE_PROPRIETORSHIP,
    "SL04": EntityType.PARTNERSHIP,
    "SL05": EntityType.BRANCH,
    "SL06": EntityType.FOREIGN,
    "JZ03": EntityType.SOLE_TRADER,
}
FORMATION = "SL"
"""Codes of business types that found a company start with this."""


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, count: int) -> date:
    """The same day `count` months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(first: date, last: date) -> Iterator[Month]:
    """Every month from that of the first day to that of the last, both included."""
    at = first_of_month(first)
    while at <= last:
        yield at.year, at.month
        at = add_months(at, 1)


def last_day(start: date, *, paid_months: int, gift_months: int) -> date:
    """The last day of a term, included; a line without months counts as one."""
    return add_months(start, max(paid_months + gift_months, 1)) - _ONE_DAY


def renewal_start(wanted: date | None, service_until: date | None, today: date) -> date:
    """The first day of the next term: the day after the present one, unless the contract starts later."""
    start = wanted or first_of_month(today)
    return start if service_until is None else max(start, service_until + _ONE_DAY)


def month_price(amount: Decimal, paid_months: int) -> Decimal:
    """What one paid month costs; gift months count nothing."""
    return quantise(amount / paid_months) if paid_months else ZERO


def kind_of(code: str, bookkeeping: bool) -> ServiceKind:
    """The kind of service behind a recurring business type."""
    if bookkeeping:
        return ServiceKind.BOOKKEEPING
    return _KIND_OF_CODE.get(code[:2], ServiceKind.OTHER)


def entity_type_of(codes: Sequence[str]) -> EntityType:
    """The legal form the sold business types speak of; a limited company when they say nothing."""
    return next((_FORMS[code] for code in codes if code in _FORMS), EntityType.LIMITED_COMPANY)


def paid_until(terms: Sequence[tuple[int, date]], covered: Mapping[int, date]) -> date | None:
    """The last day covered by booked money; None when nothing is.

    `terms` are (contract line, last day) in order, `covered` the day each line is paid to. What comes after
    a term that is not paid to its end counts no more.
    """
    reached: date | None = None
    for line_id, ends_on in terms:
        day = covered.get(line_id)
        if day is None:
            return reached
        reached = day
        if day < ends_on:
            return reached
    return reached
