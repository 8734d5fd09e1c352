"""Checking and importing a file as long work with a progress bar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.exchange.importable import Importable, importable
from app.exchange.models import ImportRun
from app.exchange.operations import go_through, note_outcome, read_file, write_refused_rows
from app.platform import clock
from app.platform.access import Identity, identity_of_id
from app.platform.errors import BusinessError, NotFound
from app.platform.task_running import TaskContext, task
from app.platform.unit_of_work import system_reading, system_work

KIND = "import"


def folder() -> Path:
    """Where uploaded sheets and the files of refused rows lie; outside everything the web serves."""
    path = Path(current_app.config["ZHANGFANG_HOME"]) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def refused_path(run: ImportRun) -> Path:
    return folder() / f"{run.stored_as}.refused.xlsx"


@task(KIND)
def run_file(context: TaskContext) -> dict[str, Any]:
    """Check the file of a run (`params["write"]` false) or import it."""
    run_id, writes = int(context.params["run"]), bool(context.params["write"])
    try:
        who, stored_as, mapping, on_collision = _begin(run_id)
        content = read_file(folder() / stored_as, _allowed(who), mapping)
        outcome = go_through(
            who,
            content,
            on_collision=on_collision,
            run_id=run_id if writes else None,
            progress=lambda done, total: _tell(context, done, total),
        )
    except BusinessError:
        _end(run_id, "failed")
        raise
    with system_work() as session:
        run = session.get_one(ImportRun, run_id)
        note_outcome(run, content, outcome)
        run.state, run.finished_at = ("done" if writes else "checked"), clock.now()
        target = refused_path(run)
    if outcome.refused or outcome.collisions:
        write_refused_rows(target, content, outcome)
    return {
        "accepted": outcome.accepted,
        "refused": len(outcome.refused),
        "collisions": len(outcome.collisions),
    }


def _begin(run_id: int) -> tuple[Identity, str, dict[str, Any], str]:
    with system_reading() as session:
        run = session.get(ImportRun, run_id)
        if run is None:
            raise NotFound()
        return identity_of_id(session, run.person_id), run.stored_as, dict(run.mapping), run.on_collision


def _allowed(who: Identity) -> Importable:
    with system_reading(who) as session:
        return importable(session, who)


def _end(run_id: int, state: str) -> None:
    with system_work() as session:
        run = session.get(ImportRun, run_id)
        if run is not None:
            run.state = state


def _tell(context: TaskContext, done: int, total: int) -> bool:
    context.progress(done, total, _("%(done)s of %(total)s rows", done=done, total=total))
    return not context.cancelled()
