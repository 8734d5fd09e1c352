"""The workbench: the five regions of the home page, search, running tasks, counts. Reads all stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.approval.operations import inbox
from app.platform import clock
from app.platform.database import db
from app.platform.errors import NotFound
from app.platform.screens.guard import signed_in
from app.platform.tasks import TaskRun, cancel_task
from app.platform.unit_of_work import unit_of_work
from app.reports.pages import offered
from app.workbench import regions
from app.workbench.documents import page_of
from app.workbench.search import MOST_ROWS, MOST_TEXT, QUICK_ROWS, Found, search


class HomeView(BaseView):
    """The home page after log-in (WB-2)."""

    route_base = ""

    @expose("/")
    @signed_in
    def index(self) -> Any:
        """Five regions: stages on top, quick entry, approvals, reports, reminders."""
        session, identity = db.session(), g.identity
        waiting = [(request_, page_of(request_, identity)) for request_ in inbox(session, identity)[:8]]
        return render_template(
            "workbench/home.html",
            today=clock.today(),
            greeting=_greeting(identity.name),
            strip=regions.strip(session, identity),
            waiting=waiting,
            reports=offered(identity),
            months=regions.months(session, identity),
            snapshots=regions.newest_snapshots(session, identity),
            reminders=regions.reminder_groups(session, identity),
            news=regions.today_counts(session, identity),
        )

    @expose("/counts")
    @signed_in
    def counts(self) -> Any:
        """Figures of the strip and the side bar, in one later request."""
        session, identity = db.session(), g.identity
        return jsonify(regions.counts(session, identity))


def _greeting(name: str) -> str:
    """Good morning, afternoon or evening, by the agency's own clock."""
    hour = clock.local(clock.now()).hour
    if hour < 12:
        return str(_("Good morning, %(name)s", name=name))
    if hour < 18:
        return str(_("Good afternoon, %(name)s", name=name))
    return str(_("Good evening, %(name)s", name=name))


class SearchView(BaseView):
    """One box for customers, companies, contacts, contracts, receipts (WB-6), within scope and rights."""

    route_base = "/search"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        """All results on a page of their own."""
        return render_template("workbench/search.html", text=_wanted(), found=_found(MOST_ROWS))

    @expose("/quick")
    @signed_in
    def quick(self) -> Any:
        """The same results for the dialog over any page, as JSON."""
        found = _found(QUICK_ROWS)
        return jsonify(
            groups=[{"label": group.label, "hits": group.hits} for group in found.groups],
            elsewhere=[match.sentence for match in found.elsewhere],
        )


def _wanted() -> str:
    return request.args.get("q", "").strip()[:MOST_TEXT]


def _found(most: int) -> Found:
    return search(db.session(), g.identity, _wanted(), most=most) if _wanted() else Found()


class TaskView(BaseView):
    """Long work: how far it is, and how to stop it."""

    route_base = "/task"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        """The own tasks, newest first."""
        tasks = db.session().scalars(select(TaskRun).order_by(TaskRun.id.desc()).limit(50)).all()
        return render_template("workbench/tasks.html", tasks=tasks, page_of=task_page)

    @expose("/<int:pk>")
    @signed_in
    def state(self, pk: int) -> Any:
        """How far the task is, for the progress bar."""
        task = db.session().scalars(select(TaskRun).where(TaskRun.id == pk)).first()
        if task is None:
            raise NotFound()
        return jsonify(
            state=task.state, done=task.done, total=task.total, note=task.note, url=task_page(task)
        )

    @expose("/<int:pk>/cancel", methods=["POST"])
    @signed_in
    def cancel(self, pk: int) -> Any:
        """Ask the task to stop."""
        with unit_of_work() as session:
            cancel_task(session, pk)
        flash(_("Cancelled."), "info")
        return redirect(url_for("task.index"))


_TASK_PAGES: dict[str, Callable[[TaskRun], str]] = {
    "report": lambda task: url_for("report.task", pk=task.id),
    "import": lambda task: url_for("import_run.show", pk=task.params["run"]),
    "export": lambda task: url_for("export.fetch", pk=task.id),
}


def task_page(task: TaskRun) -> str:
    """The page that shows what came of a task."""
    page = _TASK_PAGES.get(task.kind)
    return page(task) if page else url_for("task.index")
