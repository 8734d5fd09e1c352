"""What somebody started and whose account was closed before it ran: one refusal for every kind of job."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.exchange.models import ImportRun
from app.org.models import Person
from app.platform import clock, task_running
from app.platform.tasks import TaskRun, start_task
from tests.people import acting, as_system, person_id

LIST = {"entity": "customer", "transition": "assign", "query": "", "answers": {}, "arguments": {}}
REPORT = {"report": "signed", "from": "2026-01-01", "to": "2026-01-31"}


@pytest.mark.parametrize(
    ("kind", "params"), [("bulk-transition", LIST), ("export", LIST), ("report", REPORT), ("import", {})]
)
def test_no_job_runs_in_the_name_of_a_closed_account(app: Flask, kind: str, params: dict[str, Any]) -> None:
    with acting(app, "xszhuguan") as session:
        me = person_id(session, "xszhuguan")
        sheet = ImportRun(person_id=me, file_name="名单.xlsx", created_at=clock.now(), state="importing")
        session.add(sheet)
        session.flush()
        task = start_task(session, kind, kind, {**params, "run": sheet.id, "write": True}).id
        run = sheet.id
    with as_system(app) as session:
        session.get_one(Person, me).active = False
    with app.app_context():
        task_running.run(task)
    with as_system(app) as session:
        failed = session.scalars(select(TaskRun).where(TaskRun.id == task)).one()
        assert (failed.state, failed.note) == ("failed", "发起人的账号已停用。")
        if kind == "import":
            assert session.get_one(ImportRun, run).state == "failed"
