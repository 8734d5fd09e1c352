from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.filing_deadlines import (
    Deadline,
    Source,
    annual_deadline,
    annual_report_deadline,
    explain,
    filing_deadline,
)
from app.platform.workdays import is_rest_day

PUBLISHED = {  # notices of the State Taxation Administration, January to December
    2025: (15, 20, 17, 18, 22, 16, 15, 15, 15, 27, 17, 15),
    2026: (20, 24, 16, 20, 22, 15, 15, 17, 15, 26, 16, 15),
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_rule_gives_every_published_deadline(year: int) -> None:
    computed = [filing_deadline(year, month) for month in range(1, 13)]
    assert tuple(deadline.day.day for deadline in computed) == PUBLISHED[year]
    assert [deadline.day.month for deadline in computed] == list(range(1, 13))
    assert {deadline.source for deadline in computed} == {Source.RULE}


def test_a_year_without_announced_holidays_is_estimated_from_weekends() -> None:
    assert filing_deadline(2099, 3) == Deadline(date(2099, 3, 16), Source.ESTIMATE)
    assert annual_deadline(2099, 5, 31).source is Source.ESTIMATE


def test_a_notice_stands_above_the_rule_in_its_month_only() -> None:
    notices = {(2026, 4): date(2026, 4, 24)}
    assert filing_deadline(2026, 4, notices=notices) == Deadline(date(2026, 4, 24), Source.NOTICE)
    assert filing_deadline(2026, 5, notices=notices) == Deadline(date(2026, 5, 22), Source.RULE)


def test_the_explanation_names_the_holidays_and_the_days_counted() -> None:
    october = explain(2025, 10)
    assert october.n == 8
    assert october.rest_days == tuple(date(2025, 10, day) for day in range(1, 9))
    assert october.counted_days[0] == date(2025, 10, 16)
    assert october.counted_days[-1] == october.day == date(2025, 10, 27)
    march = explain(2026, 3)
    assert (march.n, march.rest_days, march.counted_days) == (0, (), ())
    assert march.day == date(2026, 3, 16)


@pytest.mark.parametrize(
    ("year", "month", "day", "moved_to"),
    [
        (2025, 5, 31, date(2025, 6, 3)),
        (2026, 5, 31, date(2026, 6, 1)),
        (2026, 3, 31, date(2026, 3, 31)),
    ],
)
def test_dates_in_months_move_only_off_rest_days(year: int, month: int, day: int, moved_to: date) -> None:
    assert annual_deadline(year, month, day) == Deadline(moved_to, Source.RULE)


def test_the_annual_report_is_never_moved() -> None:
    sunday = annual_report_deadline(2024)
    assert sunday.day == date(2024, 6, 30)
    assert is_rest_day(sunday.day)


@given(st.integers(2021, 2060), st.integers(1, 12))
def test_a_deadline_is_a_working_day_of_its_month_not_before_the_15th(year: int, month: int) -> None:
    day = filing_deadline(year, month).day
    assert (day.year, day.month) == (year, month)
    assert day.day >= 15
    assert not is_rest_day(day)
