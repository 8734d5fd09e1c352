"""Export of a list: exactly its columns, filters and order, as CSV or XLSX (DATA-2)."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from typing import Any

from flask import Response, flash, g, redirect, request, send_file, stream_with_context, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _

from app.platform import audit, clock, saved_views
from app.platform.access import Identity
from app.platform.database import db
from app.platform.errors import NotFound
from app.platform.screens import columns, exporting, listing
from app.platform.screens.base import Screen
from app.platform.screens.guard import requires
from app.platform.sheet_writing import csv_chunks, write_table
from app.platform.tasks import start_task
from app.platform.unit_of_work import system_reading, unit_of_work

AT_ONCE = 5_000
"""Rows an XLSX may have to be made while the person waits; more become a job. A CSV is streamed."""


class ExportScreen(Screen):
    """Taking a list along."""

    @expose("/export/<kind>", methods=["POST"])
    @requires("can_export")
    def export(self, kind: str) -> Any:
        """The list of this address as a file. Who took what along is written down."""
        if kind not in ("csv", "xlsx"):
            raise NotFound()
        session, identity = db.session(), g.identity
        usual = saved_views.shown_to(session, self.entity.name, identity).usual
        shape = columns.chosen(self.shape(), request.args.get("cols") or usual.get("cols", ""))
        wanted = listing.read_request(shape, request.args)
        count = listing.count_rows(session, wanted, identity)
        self._log(kind, count)
        if kind == "xlsx" and count > AT_ONCE:
            return redirect(self._start_export(shape.list_fields))
        name = f"{self.entity.name}-{clock.today().isoformat()}.{kind}"
        heads = [str(field.label) for field in (shape.field(name) for name in shape.list_fields)]
        if kind == "csv":
            return _streamed(csv_chunks(heads, _rows_while_sending(wanted, identity)), name)
        target = io.BytesIO()
        write_table(target, heads, exporting.rows_of(session, wanted, identity), format="xlsx")
        target.seek(0)
        return send_file(target, as_attachment=True, download_name=name)

    def _log(self, kind: str, count: int) -> None:
        """Written down before the first byte goes out. From here on the request only reads: on SQLite a long
        export must not keep everybody else from writing."""
        db.session().rollback()
        with unit_of_work() as session:
            audit.record(
                session,
                "export",
                self.entity.name,
                list=request.query_string.decode("utf-8", "replace")[:1000],
                format=kind,
                rows=count,
            )
        session.info["writes"] = False

    def _start_export(self, names: tuple[str, ...]) -> str:
        params = {
            "entity": self.entity.name,
            "arguments": {**request.args.to_dict(), "cols": ",".join(names)},
            "file": secrets.token_hex(16),
        }
        db.session().rollback()
        db.session().info["writes"] = True
        with unit_of_work() as session:
            token = request.form.get("token", "")[:64] or None
            start_task(
                session,
                exporting.KIND,
                _("Export %(name)s", name=self.entity.plural),
                params,
                request_key=token,
            )
        flash(_("This runs in the background; the page shows how far it is."), "info")
        return url_for("task.index")


def _rows_while_sending(wanted: listing.ListRequest, identity: Identity) -> Iterator[list[Any]]:
    """The rows by a session of their own: that of the request is put away before the first byte leaves."""
    with system_reading(identity) as session:
        yield from exporting.rows_of(session, wanted, identity)


def _streamed(chunks: Iterator[bytes], name: str) -> Response:
    answer = Response(stream_with_context(chunks), mimetype="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
