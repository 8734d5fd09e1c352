"""Obligations are rows: laid down once, moved, voided, handed out under a lease, done exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.platform import clock, jobs
from app.platform.obligations import claims
from app.platform.obligations.due_items import (
    DueItem,
    Obligation,
    handles,
    lay_down,
    lay_down_many,
    move,
    revive_dead,
    void,
)
from app.platform.obligations.slots import At, Every, Slot, is_planned, plan
from app.platform.unit_of_work import system_reading, system_work
from tests.platform import probe_handlers

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
LEASE = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        with system_work() as session:
            session.connection().execute(text(probe_handlers.TABLE))
        probe_handlers.lost_races.clear()
        yield


@pytest.fixture
def at() -> Iterator[Callable[[datetime], None]]:
    """`at(moment)` moves the standing clock."""
    with ExitStack() as stack:

        def turn(moment: datetime) -> None:
            stack.close()
            stack.enter_context(clock.standing_at(moment))

        turn(NOON)
        yield turn


def laid(kind: str, subject: int = 1, *, due: datetime = NOON) -> int:
    with system_work() as session:
        lay_down(session, kind, subject, "2026-03", due)
    return item(kind, subject).id


def item(kind: str, subject: int = 1) -> DueItem:
    with system_reading() as session:
        return session.scalars(
            select(DueItem).where(DueItem.kind == kind, DueItem.subject_id == subject)
        ).one()


def deliveries(kind: str) -> int:
    with system_reading() as session:
        found = session.connection().execute(
            text("SELECT count(*) FROM delivery_probe WHERE kind = :kind"), {"kind": kind}
        )
        return found.scalar_one()


def claimed(most: int = 100) -> list[int]:
    with system_work() as session:
        return [claim.id for claim in claims.claim(session, most=most, lease=LEASE)]


def test_laying_down_twice_is_once_and_leaves_what_is_there(at: Callable[[datetime], None]) -> None:
    rows = [Obligation("probe", subject, "2026-03", NOON) for subject in range(1200)]
    with system_work() as session:
        assert lay_down_many(session, rows) == 1200
        assert lay_down_many(session, [*rows, *rows]) == 0
        assert not lay_down(session, "probe", 7, "2026-03", NOON + timedelta(days=1))
        assert lay_down(session, "probe", 7, "2026-04", NOON, words="很短")
    with system_reading() as session:
        seventh = session.scalars(
            select(DueItem).where(DueItem.subject_id == 7).order_by(DueItem.occurrence)
        ).all()
    assert [row.due_at for row in seventh] == [NOON, NOON]
    assert seventh[1].payload == {"words": "很短"}


def test_a_moved_date_is_the_same_obligation_at_another_moment(at: Callable[[datetime], None]) -> None:
    number = laid("probe")
    later = NOON + timedelta(days=5)
    assert claimed() == [number]
    with system_work() as session:
        assert move(session, "probe", 1, "2026-03", later)
    jobs.run_due_items([number])
    assert (item("probe").status, deliveries("probe")) == ("pending", 0)
    at(later)
    assert claimed() == [number]
    jobs.run_due_items([number])
    assert (item("probe").id, item("probe").status, deliveries("probe")) == (number, "done", 1)
    with system_work() as session:
        assert not move(session, "probe", 1, "2026-03", later + timedelta(days=1))


def test_a_void_obligation_is_not_done_and_comes_back_when_laid_down_again(
    at: Callable[[datetime], None],
) -> None:
    number = laid("probe")
    laid("probe-void")
    with system_work() as session:
        assert void(session, "probe", 1, "2025") == 0
        assert void(session, "probe", 1, "2026") == 1
    jobs.run_due_items([number, item("probe-void").id])
    assert (item("probe").status, item("probe-void").status, deliveries("probe")) == ("void", "void", 0)
    assert laid("probe") == number
    jobs.run_due_items([number])
    assert item("probe").status == "done"


def test_done_twice_is_done_once(at: Callable[[datetime], None]) -> None:
    number = laid("probe")
    jobs.run_due_items([number, number])
    jobs.run_due_items([number])
    assert (deliveries("probe"), item("probe").attempts) == (1, 1)


def test_what_was_delivered_before_counts_as_done(at: Callable[[datetime], None]) -> None:
    number = laid("probe")
    with system_work() as session:
        probe_handlers.deliver(session, item("probe"))
    jobs.run_due_items([number])
    assert (item("probe").status, deliveries("probe")) == ("done", 1)


def test_a_lost_race_for_another_row_is_not_taken_for_done(at: Callable[[datetime], None]) -> None:
    jobs.run_due_items([laid("probe-race")])
    assert (item("probe-race").status, deliveries("probe-race")) == ("done", 1)


def test_poison_is_tried_later_and_later_and_then_dead_with_its_last_error(
    at: Callable[[datetime], None],
) -> None:
    laid("probe-poison")
    number, neighbour = item("probe-poison").id, laid("probe")
    moment, waits = NOON, []
    while item("probe-poison").status == "pending":
        jobs.run_due_items([*claimed()])
        until = item("probe-poison").lease_until
        if until is not None:
            assert claimed() == [], "a failure waits for its next try"
            waits.append((until - moment).total_seconds())
            at(moment := until)
    assert waits == [5, 10, 20, 40, 80, 160, 320]
    assert item("probe-poison").attempts == claims.MOST_ATTEMPTS
    assert (item("probe-poison").status, deliveries("probe-poison")) == ("dead", 0)
    assert "the well is poisoned" in item("probe-poison").last_error
    assert item("probe").id == neighbour
    assert item("probe").status == "done", "a failing neighbour harms nobody"
    with system_reading() as session:
        assert claims.standing(session).dead == 1
    with system_work() as session:
        assert revive_dead(session, "probe-poison") == 1
    assert claimed() == [number]


def test_an_obligation_nobody_handles_says_so(at: Callable[[datetime], None]) -> None:
    jobs.run_due_items([laid("unheard-of")])
    assert "nobody handles unheard-of" in item("unheard-of").last_error
    with pytest.raises(ValueError, match="probe is handled by"):
        handles("probe")(lambda session, item: None)


def test_a_lease_that_ran_out_is_handed_out_again(at: Callable[[datetime], None]) -> None:
    number = laid("probe")
    laid("probe", 2, due=NOON + timedelta(hours=1))
    assert claimed() == [number]
    assert claimed() == []
    at(NOON + LEASE)
    assert claimed() == [number]


def test_work_that_kills_its_worker_each_time_ends_dead(at: Callable[[datetime], None]) -> None:
    number, moment = laid("probe"), NOON
    while claimed():
        with system_work() as session:
            claims.begin(session, [number])
        at(moment := moment + LEASE)
    assert item("probe").status == "dead"
    assert item("probe").last_error == "the worker was lost each time"


def test_many_dispatchers_never_hand_out_the_same_row(app: Flask) -> None:
    with system_work() as session:
        lay_down_many(session, [Obligation("probe", n, "once", clock.now() - LEASE) for n in range(400)])

    def dispatcher(_number: int) -> list[int]:
        with app.app_context():
            return [number for _ in range(10) for number in claimed(20)]

    with ThreadPoolExecutor(4) as pool:
        got = [number for numbers in pool.map(dispatcher, range(4)) for number in numbers]
    assert len(got) == len(set(got)) == 400


def slot_rows(name: str) -> list[str]:
    with system_reading() as session:
        return list(
            session.scalars(
                select(DueItem.occurrence).where(DueItem.kind == f"slot:{name}").order_by(DueItem.due_at)
            )
        )


def test_after_a_stop_every_missed_day_is_caught_up_and_of_minutes_the_last(
    at: Callable[[datetime], None],
) -> None:
    schedule = (
        Slot("daily", At("06:00"), lambda session, item: None),
        Slot("mondays", At("06:00", weekday=0), lambda session, item: None),
        Slot("first", At("06:00", day=1), lambda session, item: None),
        Slot("often", Every(5), lambda session, item: None),
    )
    for _twice in range(2):
        with system_work() as session:
            plan(session, schedule)
    assert slot_rows("daily") == ["2026-03-10T06:00"]
    assert slot_rows("mondays") == ["2026-03-09T06:00"]
    assert slot_rows("first") == ["2026-03-01T06:00"]
    assert slot_rows("often") == ["2026-03-10T12:00", "2026-03-10T12:05", "2026-03-10T12:10"]
    at(NOON + timedelta(days=3, minutes=2))
    with system_work() as session:
        assert not is_planned(session, schedule)
        plan(session, schedule)
        assert is_planned(session, schedule)
    assert slot_rows("daily")[1:] == ["2026-03-11T06:00", "2026-03-12T06:00", "2026-03-13T06:00"]
    assert slot_rows("often")[3:] == ["2026-03-13T12:00", "2026-03-13T12:05", "2026-03-13T12:10"]


def test_two_planners_lay_each_slot_down_once(app: Flask) -> None:
    schedule = (Slot("daily", At("06:00"), lambda session, item: None),)

    def planner(_number: int) -> int:
        with app.app_context(), system_work() as session:
            return plan(session, schedule)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(planner, range(8))) == len(slot_rows("daily")) >= 1
