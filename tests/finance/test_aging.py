from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.finance.aging import AGING_BOUNDS, AgingClass, aging_class

TODAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("days_overdue", "expected"),
    [
        (-1, "not_due"),
        (0, "not_due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "181-360"),
        (360, "181-360"),
        (361, ">360"),
        (5000, ">360"),
    ],
)
def test_the_class_follows_the_days_overdue(days_overdue: int, expected: str) -> None:
    assert aging_class(TODAY - timedelta(days=days_overdue), TODAY) == expected


def test_the_classes_leave_no_gap() -> None:
    assert [bounds.aging_class for bounds in AGING_BOUNDS] == list(AgingClass)
    assert all(younger.last == (older.first or 0) - 1 for younger, older in pairwise(AGING_BOUNDS))
