"""Jobs and tasks: only ids travel, only ours run, and nothing is lost when the queue is away."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.dispatcher import Dispatcher
from app.org.identity import identity_of_login
from app.platform import clock, job_queue, task_running, tasks
from app.platform.access import Identity
from app.platform.errors import NotFound, Stale
from app.platform.obligations.due_items import DueItem, lay_down
from app.platform.tasks import TaskRun, start_task
from app.platform.unit_of_work import system_reading, system_work
from app.schedule import SCHEDULE
from tests.platform import probe_handlers as probe_handlers


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def without_queue(app: Flask, tmp_path: object) -> Iterator[None]:
    address = app.config["REDIS_URL"]
    app.config["REDIS_URL"] = f"unix://{tmp_path}/nobody.sock"
    yield
    app.config["REDIS_URL"] = address


def person(login: str) -> Identity:
    with system_reading() as session:
        return identity_of_login(session, login)


def started(kind: str, *, login: str = "xiaoli", **params: object) -> int:
    with system_work(person(login)) as session:
        return start_task(session, kind, "数到三", params).id


def run_of(number: int) -> TaskRun:
    with system_reading() as session:
        return session.get_one(TaskRun, number)


def sent(queue: str = job_queue.TASKS) -> list[object]:
    return [job.args for job in job_queue.queue(queue).jobs]


def logins() -> tuple[str, str]:
    from app.org.demo_staff import STAFF

    sellers = [login for login, _name, role, *_ in STAFF if role == "salesperson"]
    return sellers[0], sellers[1]


def test_a_task_is_enqueued_once_its_transaction_stands(app: Flask) -> None:
    number = started("probe-count", login=logins()[0], steps=3)
    assert sent() == [[number]]
    with pytest.raises(ZeroDivisionError), system_work() as session:
        start_task(session, "probe-count", "never", {})
        raise ZeroDivisionError
    assert len(sent()) == 1


def test_a_double_click_starts_one_task(app: Flask) -> None:
    for _click in range(2):
        with system_work(person(logins()[0])) as session:
            start_task(session, "probe-count", "数", {"steps": 1}, request_key="form-1")
    assert len(sent()) == 1


def test_a_task_tells_progress_and_result(app: Flask) -> None:
    number = started("probe-count", login=logins()[0], steps=3, seconds=0.4)
    task_running.run(number)
    task_running.run(number)
    row = run_of(number)
    assert (row.state, row.done, row.total, row.note, row.result) == (
        "done", 3, 3, "step 3", {"counted": 3}
    )  # fmt: skip
    assert row.started_at and row.finished_at and row.finished_at > row.started_at


def test_a_refused_task_keeps_its_words_and_a_broken_one_only_a_number(app: Flask) -> None:
    refused, broken = started("probe-refuse", login=logins()[0]), started("probe-crash", login=logins()[0])
    task_running.run(refused)
    task_running.run(broken)
    assert (run_of(refused).state, run_of(refused).note) == (
        "failed", "The file has no header.; Line 1 is empty."
    )  # fmt: skip
    assert run_of(broken).state == "failed"
    assert re.fullmatch(r"程序出错，编号 [0-9a-f]{8}。请把编号告诉管理员。", run_of(broken).note)


def test_people_see_and_cancel_their_own_tasks_only(app: Flask) -> None:
    mine, theirs = logins()
    number = started("probe-count", login=mine, steps=3)
    with system_work(person(theirs)) as session:
        assert session.scalars(select(TaskRun)).all() == []
        with pytest.raises(NotFound):
            tasks.cancel_task(session, number)
    with system_work(person(mine)) as session:
        tasks.cancel_task(session, number)
    task_running.run(number)
    assert (run_of(number).state, run_of(number).started_at) == ("cancelled", None)
    with pytest.raises(Stale), system_work(person(mine)) as session:
        tasks.cancel_task(session, number)


def test_a_running_task_hears_that_it_was_cancelled(app: Flask) -> None:
    from threading import Timer

    number = started("probe-count", login=logins()[0], steps=40, seconds=0.1)

    def cancel() -> None:
        with app.app_context(), system_work() as session:
            tasks.cancel_task(session, number)

    timer = Timer(0.5, cancel)
    timer.start()
    begun = time.monotonic()
    task_running.run(number)
    timer.join()
    assert time.monotonic() - begun < 3.5
    run = run_of(number)
    assert (run.state, run.result) == ("cancelled", {"counted": run.done})


@pytest.mark.usefixtures("without_queue")
def test_without_the_queue_everything_is_saved_and_sent_later(app: Flask, valkey: str) -> None:
    number = started("probe-count", login=logins()[0], steps=1)
    with system_work() as session:
        lay_down(session, "probe", 1, "once", clock.now())
    dispatcher = Dispatcher()
    for duty in dispatcher.duties:
        duty.attempt()
    assert [duty.name for duty in dispatcher.duties if duty.failures] == ["queue check", "handing out"]
    app.config["REDIS_URL"] = valkey
    with clock.standing_at(clock.now() + timedelta(seconds=20)):
        dispatcher.sweep_tasks()
        dispatcher.sweep_tasks()
        dispatcher.hand_out()
    assert sent() == [[number]]
    with system_reading() as session:
        waiting = session.scalars(select(DueItem.id).where(DueItem.kind == "probe")).one()
    assert any(waiting in job[0] for job in sent(job_queue.DUE))


def test_a_task_that_died_with_its_worker_fails_with_words(app: Flask) -> None:
    number = started("probe-count", login=logins()[0], steps=1)
    with system_work() as session:
        session.execute(
            update(TaskRun).values(state="running", lease_until=clock.now() - timedelta(seconds=1))
        )
    Dispatcher().sweep_tasks()
    assert run_of(number).state == "failed"
    assert run_of(number).note == "运行到一半时程序停了。先看做到了哪里，再重新开始。"


def test_the_queue_is_never_overfilled(app: Flask) -> None:
    for _job in range(20):
        job_queue.send(job_queue.DUE, "run_due_items", [])
    with system_work() as session:
        lay_down(session, "probe", 1, "once", clock.now())
    assert Dispatcher().hand_out() is False
    assert len(sent(job_queue.DUE)) == 20


def test_what_failed_before_travels_alone(app: Flask) -> None:
    with system_work() as session:
        for number in range(30):
            lay_down(session, "probe", number, "once", clock.now() - timedelta(minutes=number))
        session.execute(update(DueItem).where(DueItem.subject_id < 2).values(attempts=1))
    Dispatcher().hand_out()
    assert [len(job[0]) for job in sent(job_queue.DUE)] == [25, 3, 1, 1]


def test_operators_see_how_it_stands_and_revive_the_dead(app: Flask) -> None:
    from app.platform.job_commands import jobs

    commands = app.test_cli_runner()
    dispatcher = Dispatcher()
    dispatcher.beat()
    dispatcher.look_at_queue()
    with system_work() as session:
        lay_down(session, "probe", 1, "once", clock.now() - timedelta(minutes=1))
        lay_down(session, "probe", 2, "once", clock.now())
        session.execute(update(DueItem).where(DueItem.subject_id == 2).values(status="dead"))
    said = commands.invoke(jobs, ["state"], catch_exceptions=False).output
    assert re.match(r"waiting 1, oldest overdue 6\d s, dead 1\ndispatcher seen .*\nqueue seen ", said)
    assert commands.invoke(jobs, ["revive"]).output == "revived 1\n"
    assert '"dead": 0' in commands.invoke(jobs, ["state", "--json"]).output


def test_every_slot_of_the_schedule_does_its_work(app: Flask) -> None:
    from app.platform import jobs

    with clock.standing_at(clock.now() + timedelta(minutes=10)):
        Dispatcher().plan()
        with system_reading() as session:
            due = session.scalars(select(DueItem.id).where(DueItem.due_at <= clock.now())).all()
        jobs.run_due_items(due)
        with system_reading() as session:
            done = session.scalars(select(DueItem).where(DueItem.id.in_(due))).all()
            sealed = session.connection().scalar(text("SELECT count(*) FROM audit_seal"))
    assert {row.kind for row in done} == {slot.kind for slot in SCHEDULE}
    assert [(row.kind, row.last_error) for row in done if row.status != "done"] == []
    assert sealed
