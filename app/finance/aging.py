"""Aging classes of receivables by days past the due day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AgingClass(StrEnum):
    NOT_DUE = "not_due"
    DAYS_1_30 = "1-30"
    DAYS_31_60 = "31-60"
    DAYS_61_90 = "61-90"
    DAYS_91_180 = "91-180"
    DAYS_181_360 = "181-360"
    OVER_360 = ">360"


@dataclass(frozen=True)
class AgingBounds:
    """Days overdue, both inclusive; None is open-ended."""

    aging_class: AgingClass
    first: int | None
    last: int | None


AGING_BOUNDS = (
    AgingBounds(AgingClass.NOT_DUE, None, 0),
    AgingBounds(AgingClass.DAYS_1_30, 1, 30),
    AgingBounds(AgingClass.DAYS_31_60, 31, 60),
    AgingBounds(AgingClass.DAYS_61_90, 61, 90),
    AgingBounds(AgingClass.DAYS_91_180, 91, 180),
    AgingBounds(AgingClass.DAYS_181_360, 181, 360),
    AgingBounds(AgingClass.OVER_360, 361, None),
)
"""The classes from youngest to oldest, for queries that group by them."""


def aging_class(due: date, today: date) -> AgingClass:
    """The class of a receivable; on its due day it is not overdue yet."""
    overdue = (today - due).days
    return next(each.aging_class for each in AGING_BOUNDS if each.last is None or overdue <= each.last)
