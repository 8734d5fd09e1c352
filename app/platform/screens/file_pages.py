"""Adding files to records, and fetching them."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

from app.platform import file_kinds
from app.platform.database import db
from app.platform.errors import BusinessError, NotFound
from app.platform.files import Upload, entity_of, find_file, find_subject, path_of, store
from app.platform.screens.base import listing_next, wants_fragment
from app.platform.screens.guard import requires, signed_in
from app.platform.settings import FILE_MEGABYTES
from app.platform.shaping import shape_of_row
from app.platform.unit_of_work import unit_of_work

MOST_AT_ONCE = 10


class FileView(BaseView):
    """Files of records. Whether a record may be opened decides; foreign and absent are the same 404."""

    route_base = "/file"
    class_permission_name = "stored_file"

    @expose("/<int:pk>")
    @signed_in
    def fetch(self, pk: int) -> Response:
        """The file, always as attachment: nothing a stranger sent is ever shown inside our pages."""
        row = find_file(db.session(), pk)
        if row.field is not None:
            _refuse_unseen(row.subject, row.subject_id, row.field)
        path = path_of(row)
        if not path.exists():
            raise NotFound()
        answer = send_file(path, mimetype=row.media_type, as_attachment=True, download_name=row.name)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer

    @expose("/<entity>/<int:pk>", methods=["GET", "POST"])
    @requires("can_add")
    def add(self, entity: str, pk: int) -> Any:
        """The form to add files to a record, and adding them: all of them or none."""
        refusal: BusinessError | None = None
        row = find_subject(db.session(), entity, pk)
        title, back = str(entity_of(row).title(row)), listing_next(_page_of(row))
        if request.method == "POST":
            try:
                flash(_("%(count)s added.", count=_keep(entity, pk)), "success")
                return redirect(back)
            except BusinessError as error:
                refusal = error
        page = render_template(
            "parts/file_form.html",
            fragment=wants_fragment(),
            action=url_for("file.add", entity=entity, pk=pk),
            title=title,
            accept=",".join(f".{ending}" for ending in file_kinds.endings()),
            most=FILE_MEGABYTES.of(db.session()),
            next=back,
            refusal=refusal,
        )
        return page, refusal.status if refusal else 200


def _refuse_unseen(entity_name: str, pk: int, field: str) -> None:
    session = db.session()
    shape = shape_of_row(session, find_subject(session, entity_name, pk), g.identity)
    if not shape.has(field) or shape.field(field).kind != "file":
        raise NotFound()


def _keep(entity_name: str, pk: int) -> int:
    given = [file for file in request.files.getlist("file") if file.filename][: MOST_AT_ONCE + 1]
    if not given:
        raise BusinessError(_("Choose a file first."), code="no_file")
    if len(given) > MOST_AT_ONCE:
        raise BusinessError(_("At most %(count)s files at once.", count=MOST_AT_ONCE), code="too_many")
    uploads = [Upload(file.filename or "", file.read(file_kinds.MOST_BYTES + 1)) for file in given]
    db.session().rollback()
    with unit_of_work() as session:
        row = find_subject(session, entity_name, pk)
        for upload in uploads:
            store(session, row, upload)
    return len(uploads)


def _page_of(row: Any) -> str:
    return url_for(f"{entity_of(row).name}.show", pk=row.id)
