"""Bulk work as a job, and what can happen on the way: cancelled, started twice, its person sent away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.org.models import Person
from app.org.role_editing import Shape, save_shape, shape_of
from app.platform import task_running
from app.platform.database import RiverSession
from app.platform.screens import transition_screen
from app.platform.tasks import TaskRun, cancel_task
from app.platform.timeline import TimelineEntry
from tests.desk import Desk
from tests.people import acting, as_system, person_id

ROWS = 6


@pytest.fixture
def listed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Six prospects of one salesperson; two are as many as a click carries out at once."""
    monkeypatch.setattr(transition_screen, "BULK_LIMIT", 2)
    with acting(app, "xiaoshou1") as session:
        for number in range(ROWS):
            contact = ("王", "mobile", f"1380013800{number}", False)
            create_customer(session, name=f"客户{number}", contacts=[contact])
    return app


def start(app: Flask, desk: Desk, token: str) -> str:
    """Give everything the list holds to the manager; what the page says afterwards."""
    with as_system(app) as session:
        owner = person_id(session, "xszhuguan")
    form = {"all": "1", "query": "", "confirmed": "1", "owner": str(owner), "token": token}
    answer = desk.post("/prospect/bulk/assign", form)
    assert answer.headers["Location"] == "/task/", answer.text
    return desk.get("/task/").text


def runs(app: Flask) -> list[TaskRun]:
    with as_system(app) as session:
        return list(session.scalars(select(TaskRun).order_by(TaskRun.id)))


def given(app: Flask) -> int:
    with as_system(app) as session:
        owner = person_id(session, "xszhuguan")
        return len(session.scalars(select(Customer.id).where(Customer.owner_id == owner)).all())


@contextmanager
def after_rows(count: int, act: Callable[[], None]) -> Iterator[None]:
    """In the middle of the job, when so many rows are committed, somebody else does something."""
    seen = 0

    def listen(session: Session) -> None:
        nonlocal seen
        if session.info.pop("told a story", False):
            seen += 1
            if seen == count:
                act()

    def note(session: Session, _context: object) -> None:
        session.info["told a story"] = session.info.get("told a story") or any(
            isinstance(row, TimelineEntry) for row in session.new
        )

    event.listen(RiverSession, "after_flush", note)
    event.listen(RiverSession, "after_commit", listen)
    yield
    event.remove(RiverSession, "after_commit", listen)
    event.remove(RiverSession, "after_flush", note)


def work(app: Flask) -> TaskRun:
    pk = runs(app)[-1].id
    with app.app_context():
        task_running.run(pk)
    return runs(app)[-1]


def test_a_cancelled_job_says_how_many_rows_it_did_and_not_how_many_it_had_told_by_then(
    listed: Flask,
) -> None:
    desk = Desk(listed, "xszhuguan")
    start(listed, desk, "one")
    with as_system(listed) as session:
        pk = session.scalars(select(TaskRun.id)).one()

    def cancel() -> None:
        with as_system(listed) as session:
            cancel_task(session, pk)

    with after_rows(2, cancel):
        run = work(listed)
    assert run.state == "cancelled"
    assert run.done == run.result["done"] == given(listed) >= 2
    page = desk.get("/task/").text
    assert "已取消" in page and f"{run.done} / {ROWS}" in page


def test_the_same_work_from_two_tabs_is_one_job_until_it_is_over(listed: Flask) -> None:
    desk = Desk(listed, "xszhuguan")
    start(listed, desk, "one")
    assert "已经在跑" in start(listed, desk, "two")
    assert len(runs(listed)) == 1
    assert work(listed).state == "done"
    start(listed, desk, "three")
    run = work(listed)
    assert (len(runs(listed)), run.result["done"], run.result["failed"]) == (2, 0, ROWS)
    assert "客户5" in desk.get("/task/").text, "every refused row is named, not the first three alone"


def test_whoever_is_sent_away_does_no_further_row(listed: Flask) -> None:
    start(listed, Desk(listed, "xszhuguan"), "one")

    def send_away() -> None:
        with as_system(listed) as session:
            session.get_one(Person, person_id(session, "xszhuguan")).active = False

    with after_rows(2, send_away):
        run = work(listed)
    assert (run.state, given(listed)) == ("failed", 2)
    assert run.note.startswith(f"做了 2 条（共 {ROWS} 条）就停了")


def test_who_loses_the_right_on_the_way_does_no_further_row(listed: Flask) -> None:
    start(listed, Desk(listed, "xszhuguan"), "one")

    def take_away() -> None:
        with acting(listed, "admin") as session:
            role = session.scalars(select(Role).where(Role.name == "sales_manager")).one()
            now = shape_of(session, role)
            wanted = Shape(now.grants - {("customer", "assign")}, now.levels, now.fields)
            save_shape(session, role, wanted, stamp=now.stamp)

    with after_rows(3, take_away):
        run = work(listed)
    assert (run.state, given(listed)) == ("failed", 3)
    assert "没有" in run.note and run.note.startswith("做了 3 条")
