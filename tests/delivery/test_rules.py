"""Steps, order and pauses, decided without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from app.delivery import rules


@dataclass
class Step:
    position: int
    state: str = "open"
    in_order: bool = True


@dataclass
class Template:
    optional: bool
    item_id: int | None


@pytest.mark.parametrize(
    ("template", "copied"),
    [
        (Template(False, None), True),
        (Template(False, 7), True),
        (Template(True, 7), True),
        (Template(True, 8), False),
        (Template(True, None), False),
    ],
    ids=["plain", "plain with item", "its item was sold", "its item was not sold", "tied to nothing"],
)
def test_an_optional_step_is_copied_only_when_its_item_was_sold(template: Template, copied: bool) -> None:
    assert rules.applies(template, {7}) is copied


def test_a_step_in_order_waits_for_earlier_ones_in_order_only() -> None:
    first, free, last = Step(1), Step(2, in_order=False), Step(3)
    steps = [first, free, last]
    assert rules.blocking(steps, last) == [first]
    assert rules.blocking(steps, free) == []
    first.state = "skipped"
    assert rules.blocking(steps, last) == []


def test_a_step_is_taken_back_only_when_nothing_later_builds_upon_it() -> None:
    first, free, last = Step(1, "done"), Step(2, "done", in_order=False), Step(3, "done")
    steps = [first, free, last]
    assert rules.built_upon(steps, first) == [last]
    assert rules.built_upon(steps, free) == []
    assert rules.built_upon(steps, last) == []


@pytest.mark.parametrize(
    ("promised", "suspended", "resumed", "expected"),
    [
        (date(2026, 4, 20), date(2026, 4, 10), date(2026, 4, 15), date(2026, 4, 25)),
        (date(2026, 4, 20), date(2026, 4, 10), date(2026, 4, 10), date(2026, 4, 20)),
        (None, date(2026, 4, 10), date(2026, 4, 15), None),
        (date(2026, 4, 20), None, date(2026, 4, 15), date(2026, 4, 20)),
    ],
)
def test_the_clock_stands_still_while_suspended(
    promised: date | None, suspended: date | None, resumed: date, expected: date | None
) -> None:
    assert rules.moved_by_pause(promised, suspended, resumed) == expected
