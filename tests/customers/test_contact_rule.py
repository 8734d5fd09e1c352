from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.customers.contact_rule import CheckpointState, due_dates, judge
from app.platform.workdays import is_rest_day

MET, MISSED, MADE_UP, DUE_TODAY, LATER, EXCLUDED = CheckpointState


def june(day: int) -> date:
    return date(2026, 6, day)


def test_due_days_are_moved_off_rest_days() -> None:
    assert due_dates(june(8), (1, 3, 7)) == [june(9), june(11), june(15)]
    assert due_dates(june(12), (1, 3, 7)) == [june(15), june(15), june(22)]  # 19 June: Dragon Boat
    assert due_dates(june(12), (7, 1, 3, 3), workdays_only=False) == [june(13), june(15), june(19)]


@pytest.mark.parametrize(
    ("contacts", "today", "ended_on", "states"),
    [
        ([], 8, None, [LATER, LATER, LATER]),
        ([], 9, None, [DUE_TODAY, LATER, LATER]),
        ([8], 8, None, [MET, LATER, LATER]),  # the creation day counts
        ([9], 9, None, [MET, LATER, LATER]),
        ([9, 10], 10, None, [MET, MET, LATER]),
        ([9], 11, None, [MET, DUE_TODAY, LATER]),  # one contact does not serve twice
        ([], 10, None, [MISSED, LATER, LATER]),
        ([10], 10, None, [MADE_UP, MET, LATER]),  # late for the first, in time for the second
        ([9, 11, 15], 16, None, [MET, MET, MET]),
        ([16], 30, None, [MADE_UP, MADE_UP, MADE_UP]),
        ([7, 12], 11, None, [MISSED, DUE_TODAY, LATER]),  # before creation and not yet happened
        ([9], 30, 10, [MET, EXCLUDED, EXCLUDED]),
        ([], 30, 9, [MISSED, EXCLUDED, EXCLUDED]),
        ([], 9, 8, [EXCLUDED, EXCLUDED, EXCLUDED]),
    ],
)
def test_a_prospect_of_june_8th(
    contacts: list[int], today: int, ended_on: int | None, states: list[CheckpointState]
) -> None:
    found = judge(
        june(8),
        [june(9), june(11), june(15)],
        [june(day) for day in contacts],
        june(today),
        june(ended_on) if ended_on else None,
    )
    assert [checkpoint.state for checkpoint in found] == states


def test_checkpoints_moved_to_the_same_day_are_met_together() -> None:
    due = due_dates(june(12), (1, 3))
    found = judge(june(12), due, [june(14)], june(16))
    assert [(each.state, each.contacted_on) for each in found] == [(MET, june(14))] * 2


@given(
    st.dates(date(2024, 1, 1), date(2026, 12, 1)),
    st.sets(st.integers(1, 60), max_size=6),
    st.lists(st.integers(0, 90), max_size=8),
    st.integers(0, 90),
)
def test_every_checkpoint_has_a_working_day_and_a_state_that_fits_today(
    created: date, days: set[int], contacts: list[int], age: int
) -> None:
    today = created + timedelta(days=age)
    due = due_dates(created, days)
    found = judge(created, due, [created + timedelta(days=day) for day in contacts], today)
    assert [each.due for each in found] == sorted(due)
    assert not any(is_rest_day(day) for day in due)
    for each in found:
        assert (each.state in (MISSED, MADE_UP)) <= (each.due < today)
        assert (each.state is LATER) <= (each.due > today)
        assert (each.contacted_on is not None) == (each.state in (MET, MADE_UP))
