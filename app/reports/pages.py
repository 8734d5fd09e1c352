"""Reports: choose one, run it as a job, watch it, reopen the result, take it along as a sheet."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import g, redirect, render_template, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.platform import audit, clock
from app.platform.access import Identity
from app.platform.database import db, new_session
from app.platform.days import parse_day
from app.platform.errors import BusinessError, NotFound
from app.platform.screens.guard import signed_in
from app.platform.sheet_writing import write_table
from app.platform.tasks import TaskRun, start_task
from app.platform.unit_of_work import unit_of_work
from app.reports.definitions import REPORTS, Report
from app.reports.jobs import KIND
from app.reports.models import ReportSnapshot
from app.reports.operations import check_interval, report_named, shown, typed
from app.reports.row_fields import kept_as_seen


def offered(identity: Identity) -> list[Report]:
    """The reports this person may run."""
    return [report for report in REPORTS.values() if identity.can("can_run", report.permission)]


class ReportView(BaseView):
    """Each report belongs to a position; its rows are those of the person's own scope."""

    route_base = "/report"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        """The reports of one's position, with the newest results."""
        session, identity = db.session(), g.identity
        newest = session.scalars(
            select(ReportSnapshot)
            .where(ReportSnapshot.person_id == identity.person_id)
            .order_by(ReportSnapshot.id.desc())
            .limit(20)
        ).all()
        today = clock.today()
        return render_template(
            "reports/index.html",
            reports=offered(identity),
            newest=newest,
            names=REPORTS,
            first=today.replace(day=1),
            last=today,
        )

    @expose("/<name>/run", methods=["POST"])
    @signed_in
    def run(self, name: str) -> Any:
        """Start it as a job and show how far it is."""
        report = report_named(name)
        g.identity.require("can_run", report.permission)
        first, last = _interval()
        with unit_of_work() as session:
            task = start_task(
                session,
                KIND,
                str(report.label),
                {"report": name, "from": first.isoformat(), "to": last.isoformat()},
                request_key=request.form.get("token", "")[:64] or None,
            )
            task_id = task.id
        return redirect(url_for("report.task", pk=task_id))

    @expose("/task/<int:pk>")
    @signed_in
    def task(self, pk: int) -> Any:
        """The running job; once done, its result."""
        task = db.session().scalars(select(TaskRun).where(TaskRun.id == pk, TaskRun.kind == KIND)).first()
        if task is None:
            raise NotFound()
        if task.state == "done" and task.result:
            return redirect(url_for("report.snapshot", pk=task.result["snapshot"]))
        return render_template("reports/task.html", task=task, report=report_named(task.params["report"]))

    @expose("/snapshot/<int:pk>")
    @signed_in
    def snapshot(self, pk: int) -> Any:
        """A kept result."""
        snapshot = self._find(pk)
        report = report_named(snapshot.report)
        kept = kept_as_seen(snapshot, report, g.identity)
        units = [column.unit for column in kept.columns]
        return render_template(
            "reports/snapshot.html",
            snapshot=snapshot,
            report=report,
            columns=kept.columns,
            rows=[[shown(value, unit) for value, unit in zip(row, units, strict=True)] for row in kept.rows],
            totals=[
                shown(value, unit) if value is not None else ""
                for value, unit in zip(kept.totals, units, strict=True)
            ],
        )

    @expose("/snapshot/<int:pk>/<kind>")
    @signed_in
    def download(self, pk: int, kind: Any) -> Any:
        """The result as XLSX or CSV; logged."""
        if kind not in ("xlsx", "csv"):
            raise NotFound()
        snapshot = self._find(pk)
        kept = kept_as_seen(snapshot, report_named(snapshot.report), g.identity)
        units = [column.unit for column in kept.columns]
        rows = [*kept.rows, kept.totals]
        target = io.BytesIO()
        write_table(
            target,
            [str(column.label) for column in kept.columns],
            ([typed(value, unit) for value, unit in zip(row, units, strict=True)] for row in rows),
            format=kind,
        )
        target.seek(0)
        _log_export(snapshot, kind)
        return send_file(
            target, as_attachment=True, download_name=f"{snapshot.report}-{snapshot.params['to']}.{kind}"
        )

    def _find(self, pk: int) -> ReportSnapshot:
        snapshot = db.session().scalars(select(ReportSnapshot).where(ReportSnapshot.id == pk)).first()
        if snapshot is None:
            raise NotFound()
        return snapshot


def _log_export(snapshot: ReportSnapshot, kind: str) -> None:
    """Leave a trace of what was taken along, in a transaction of its own: the page itself only reads."""
    with new_session(writes=True) as session:
        session.info["identity"] = g.identity
        audit.record(
            session,
            "export",
            "report_snapshot",
            snapshot.id,
            report=snapshot.report,
            format=kind,
            rows=len(snapshot.rows),
        )


def _interval() -> tuple[date, date]:
    try:
        first, last = parse_day(request.form.get("from", "")), parse_day(request.form.get("to", ""))
    except ValueError:
        raise BusinessError(
            _("Choose both days of the interval, like 2026-04-01."), code="interval"
        ) from None
    check_interval(first, last)
    return first, last
