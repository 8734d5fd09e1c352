"""Fetching a finished export: only by who started it, as an attachment, for a week."""

from __future__ import annotations

from typing import Any

from flask import send_file
from flask_appbuilder import BaseView, expose
from sqlalchemy import select

from app.platform.database import db
from app.platform.errors import NotFound
from app.platform.screens import exporting
from app.platform.screens.guard import signed_in
from app.platform.tasks import TaskRun


class ExportView(BaseView):
    """Files that exports left."""

    route_base = "/export"

    @expose("/<int:pk>")
    @signed_in
    def fetch(self, pk: int) -> Any:
        """The file of a finished export of one's own."""
        run = db.session().scalars(select(TaskRun).where(TaskRun.id == pk)).first()
        if run is None or run.kind != exporting.KIND or run.state != "done":
            raise NotFound()
        path = exporting.path_of(run.params["file"])
        if not path.exists():
            raise NotFound()
        name = f"{run.params['entity']}-{run.created_at.date().isoformat()}.xlsx"
        return send_file(path, as_attachment=True, download_name=name)
