"""Reports run in a worker, with the rights and the rows of the person who asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.org.identity import identity_of_person
from app.org.models import Person
from app.platform.access import Identity
from app.platform.errors import BusinessError
from app.platform.task_running import TaskContext, task
from app.platform.unit_of_work import system_reading, system_work
from app.reports.operations import run_report

KIND = "report"


@task(KIND)
def run(context: TaskContext) -> dict[str, Any]:
    """Run one report; the result names the snapshot."""
    context.progress(0, 2, _("Counting"))
    first, last = (date.fromisoformat(context.params[key]) for key in ("from", "to"))
    with system_reading() as session:
        who = _identity(session, context.person_id)
    with system_work(who) as session:
        snapshot = run_report(session, context.params["report"], first, last)
        snapshot_id, count = snapshot.id, len(snapshot.rows)
    context.progress(2, 2, _("%(count)s rows", count=count))
    return {"snapshot": snapshot_id, "rows": count}


def _identity(session: Session, person_id: int | None) -> Identity:
    person = session.get(Person, person_id) if person_id else None
    if person is None or not person.active:
        raise BusinessError(_("Whoever started this may no longer log in."), code="closed_account")
    return identity_of_person(session, person)
