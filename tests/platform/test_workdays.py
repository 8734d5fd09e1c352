from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.workdays import (
    RestRun,
    add_workdays,
    is_known_year,
    is_rest_day,
    next_workday,
    rest_runs,
)

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "rests"),
    [
        (date(2026, 4, 6), True),  # Qingming moved to the Monday
        (date(2026, 2, 14), False),  # a Saturday worked for the Spring Festival
        (date(2026, 2, 17), True),
        (date(2026, 4, 11), True),
        (date(2026, 4, 13), False),
        (date(2027, 10, 1), False),  # not announced yet: weekends alone
        (date(2027, 10, 2), True),
    ],
)
def test_holidays_rest_and_make_up_saturdays_work(day: date, rests: bool) -> None:
    assert is_rest_day(day) is rests


def test_only_announced_years_are_known() -> None:
    assert is_known_year(2025)
    assert is_known_year(2026)
    assert not is_known_year(2099)


def test_runs_are_clipped_to_the_asked_days() -> None:
    assert rest_runs(date(2025, 10, 1), date(2025, 10, 15)) == [
        RestRun(date(2025, 10, 1), date(2025, 10, 8)),
        RestRun(date(2025, 10, 12), date(2025, 10, 12)),
    ]
    assert rest_runs(date(2025, 10, 7), date(2025, 10, 8))[0].length == 2


@given(days)
def test_the_next_workday_is_the_first_working_day_not_before_the_day(day: date) -> None:
    found = next_workday(day)
    assert found >= day
    assert not is_rest_day(found)
    assert all(is_rest_day(day + timedelta(days=n)) for n in range((found - day).days))


@given(days, st.integers(1, 40))
def test_counting_workdays_forth_passes_exactly_that_many(day: date, count: int) -> None:
    end = add_workdays(day, count)
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(not is_rest_day(each) for each in passed) == count
    assert not is_rest_day(end)


@given(days.map(next_workday), st.integers(-40, 40))
def test_counting_back_returns_to_the_working_day(day: date, count: int) -> None:
    assert add_workdays(add_workdays(day, count), -count) == day
