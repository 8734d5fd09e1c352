"""Reports run in a worker, with the rights and the rows of the person who asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.platform.access import identity_of_id
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
        who = identity_of_id(session, context.person_id)
    with system_work(who) as session:
        snapshot = run_report(session, context.params["report"], first, last)
        snapshot_id, count = snapshot.id, len(snapshot.rows)
    context.progress(2, 2, _("%(count)s rows", count=count))
    return {"snapshot": snapshot_id, "rows": count}
