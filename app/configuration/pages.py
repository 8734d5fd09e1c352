"""The configuration as a file: download it, upload one, see what it changes, apply it."""

from __future__ import annotations

import base64
import binascii
import io
import zlib
from typing import Any

from flask import flash, g, redirect, render_template, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

from app.configuration.operations import ENTITY, apply, export_text, preview
from app.configuration.plan import OUTDATED, Plan
from app.configuration.yaml_reading import LARGEST
from app.platform import clock
from app.platform.database import db
from app.platform.errors import BusinessError, Stale
from app.platform.screens.guard import requires
from app.platform.unit_of_work import unit_of_work


class ConfigurationView(BaseView):
    """Nothing is kept between the steps: the page with the differences carries the file along."""

    route_base = "/configuration"
    class_permission_name = ENTITY

    @expose("/")
    @requires("can_export")
    def index(self) -> Any:
        """Download and upload."""
        return self._page(None, "", None)

    @expose("/download")
    @requires("can_export")
    def download(self) -> Any:
        """The file."""
        text = export_text(db.session())
        return send_file(
            io.BytesIO(text.encode()),
            mimetype="application/yaml",
            as_attachment=True,
            download_name=_("configuration-%(day)s.yaml", day=clock.today().isoformat()),
        )

    @expose("/differences", methods=["POST"])
    @requires("can_apply")
    def differences(self) -> Any:
        """What the uploaded file would change, in words; nothing is written."""
        try:
            content = self._uploaded()
            plan = preview(db.session(), content)
        except BusinessError as refusal:
            return self._page(None, "", refusal)
        return self._page(plan, _packed(content), None)

    @expose("/apply", methods=["POST"])
    @requires("can_apply")
    def put_in_force(self) -> Any:
        """Apply the file whose differences were shown."""
        packed = request.form.get("content", "")
        try:
            content = _unpacked(packed)
            with unit_of_work() as session:
                outcome = apply(session, content, seen=request.form.get("seen", ""))
        except Stale as refusal:
            # Somebody was faster: the differences anew, and the file is still there.
            return self._page(preview(db.session(), content), packed, refusal)
        except BusinessError as refusal:
            return self._page(None, "", refusal)
        count = len(outcome.changes)
        if count:
            flash(_("%(count)s changes applied; in force at the next click.", count=count), "success")
        else:
            flash(_("The file changes nothing."), "info")
        for words in outcome.waiting:
            flash(words, "warning")
        return redirect(url_for("configuration.index"))

    def _uploaded(self) -> bytes:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise BusinessError(_("Choose a file first."), code="no_file")
        return file.read(LARGEST + 1)

    def _page(self, plan: Plan | None, packed: str, refusal: BusinessError | None) -> Any:
        page = render_template(
            "configuration/index.html",
            plan=plan,
            packed=packed,
            outdated=OUTDATED if plan and plan.is_outdated and refusal is None else None,
            refusal=refusal,
            may_apply=g.identity.can("can_apply", ENTITY),
            size=LARGEST >> 20,
        )
        return page, refusal.status if refusal else 200


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode()


def _unpacked(text: str) -> bytes:
    """The file the page carried. A few bytes can unpack to gigabytes, so it ends one byte above the limit."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text, validate=True), LARGEST + 1)
    except (binascii.Error, zlib.error, ValueError):
        raise BusinessError(_("Choose a file first."), code="no_file") from None
