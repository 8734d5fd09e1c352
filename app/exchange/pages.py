"""Import of prospects: upload, dry run, look at faults and collisions, import, undo."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, g, redirect, render_template, request, send_file, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.exchange.entity import IMPORT_RUN, STATES
from app.exchange.importable import FIELD_WORDS, importable
from app.exchange.jobs import KIND, folder, refused_path
from app.exchange.models import ImportRun
from app.exchange.operations import undo
from app.platform import clock
from app.platform.database import db
from app.platform.errors import BusinessError, NotFound
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.tasks import TaskRun, start_task
from app.platform.unit_of_work import unit_of_work

_ENDINGS = frozenset({"xlsx", "xls", "csv", "txt"})


class ImportView(EntityView):
    """Runs of the own imports, and the way through one of them."""

    entity = IMPORT_RUN
    creates = False
    edits = False
    list_template = "exchange/list.html"

    @expose("/upload", methods=["GET", "POST"])
    @requires("can_import", "customer")
    def upload(self) -> Any:
        """Take a file and check it; nothing is imported yet."""
        refusal: BusinessError | None = None
        if request.method == "POST":
            try:
                return redirect(url_for("import_run.show", pk=self._take()))
            except BusinessError as error:
                refusal = error
        return render_template("exchange/upload.html", refusal=refusal), refusal.status if refusal else 200

    def _take(self) -> int:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise BusinessError(_("Choose a file first."), code="no_file")
        ending = file.filename.rpartition(".")[2].lower()
        if ending not in _ENDINGS:
            raise BusinessError(_("Only XLSX, XLS and CSV can be imported."), code="ending")
        stored_as = secrets.token_hex(16)
        file.save(folder() / stored_as)
        chosen = request.form.get("on_collision", "skip")
        with unit_of_work() as session:
            run = ImportRun(
                person_id=g.identity.person_id,
                file_name=file.filename[-200:],
                stored_as=stored_as,
                on_collision=chosen if chosen in ("skip", "new") else "skip",
                created_at=clock.now(),
            )
            session.add(run)
            session.flush()
            self._start(session, run, writes=False)
            return run.id

    def _start(self, session: Any, run: ImportRun, *, writes: bool) -> None:
        run.state = "importing" if writes else "checking"
        title = (
            _("Import %(file)s", file=run.file_name) if writes else _("Check %(file)s", file=run.file_name)
        )
        start_task(
            session,
            KIND,
            title,
            {"run": run.id, "write": writes},
            request_key=request.form.get("token", "")[:64] or None,
        )

    @expose("/<int:pk>")
    @requires("can_show")
    def show(self, pk: int) -> Any:
        """How far the file is: progress, dry run, result."""
        session = db.session()
        run = self.find(session, pk)
        task = session.scalars(
            select(TaskRun).where(TaskRun.kind == KIND).order_by(TaskRun.id.desc()).limit(20)
        ).all()
        mine = next((t for t in task if t.params.get("run") == run.id), None)
        allowed = importable(session, g.identity)
        return render_template(
            "exchange/run.html",
            run=run,
            task=mine,
            state=STATES[run.state],
            field_choices=[("", _("leave out")), *allowed.words.items()],
            words={**FIELD_WORDS, **allowed.words},
            headings=list(enumerate(run.headings)),
            has_refused=refused_path(run).exists(),
            may_undo=run.state == "done" and g.identity.can("can_undo", "import_run"),
        )

    @expose("/<int:pk>/start", methods=["POST"])
    @requires("can_import", "customer")
    def start(self, pk: int) -> Any:
        """Import what the dry run accepted, or check again with another mapping."""
        writes = request.form.get("deed") == "import"
        with unit_of_work() as session:
            run = session.scalars(select(ImportRun).where(ImportRun.id == pk).with_for_update()).first()
            if run is None:
                raise NotFound()
            if run.state not in ("checked", "failed") or (writes and run.state != "checked"):
                raise BusinessError(_("This file is on its way already."), code="started")
            if not writes:
                fields = importable(session, g.identity).words
                run.mapping = {
                    key.removeprefix("column-"): value
                    for key, value in request.form.items()
                    if key.startswith("column-") and (value in fields or value == "")
                }
            self._start(session, run, writes=writes)
        return redirect(url_for("import_run.show", pk=pk))

    @expose("/<int:pk>/undo", methods=["POST"])
    @requires("can_undo")
    def take_back(self, pk: int) -> Any:
        """Remove everything the import brought, except what somebody touched since."""
        with unit_of_work() as session:
            run = self.find(session, pk)
            removed, kept = undo(session, run)
        flash(
            _(
                "Taken back: %(removed)s. Kept because changed since: %(kept)s.",
                removed=removed,
                kept=len(kept),
            ),
            "success",
        )
        return redirect(url_for("import_run.show", pk=pk))

    @expose("/<int:pk>/refused.xlsx")
    @requires("can_show")
    def refused(self, pk: int) -> Any:
        """The rows that stayed out, with reasons, to mend."""
        run = self.find(db.session(), pk)
        path = refused_path(run)
        if not path.exists():
            raise NotFound()
        return send_file(
            path, as_attachment=True, download_name=f"{run.file_name.rpartition('.')[0]}-refused.xlsx"
        )
