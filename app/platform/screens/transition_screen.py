"""Transitions from a row, from picked rows, and from everything a list holds."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.platform.database import db
from app.platform.errors import BusinessError, NotFound
from app.platform.screens import bulk, listing
from app.platform.screens.base import listing_next, typed, wants_fragment
from app.platform.screens.fields import build_form
from app.platform.screens.form_screen import FormScreen
from app.platform.screens.guard import requires, signed_in
from app.platform.tasks import start_task
from app.platform.unit_of_work import unit_of_work

LONGEST_QUERY = 4_000
BULK_LIMIT = 200
"""Rows a click carries out at once; more become a job with a progress bar."""


class TransitionScreen(FormScreen):
    """What a lifecycle table yields: the form of a step and the step itself."""

    @expose("/<int:pk>/do/<name>", methods=["GET", "POST"])
    @signed_in
    def do(self, pk: int, name: str) -> Any:
        """The form of a transition, and the transition itself. The engine checks the permission."""
        lifecycle, transition = self.entity.lifecycle, self._transitions().get(name)
        if lifecycle is None or transition is None or transition.system:
            raise NotFound()
        g.identity.require(transition.permission, self._grants)
        session: Session = db.session()
        row = self.find(session, pk)
        form = build_form(transition.asks, session=session, row=row)
        refusal: BusinessError | None = None
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as session:
                    self._perform(session, pk, name, typed(form))
                flash(_("Done: %(action)s.", action=str(transition.label)), "success")
                target = listing_next(self.href(row) or url_for(f"{self.entity.name}.index"))
                return jsonify(url=target) if wants_fragment() else redirect(target)
            except BusinessError as error:
                refusal = error
                row = self.find(db.session(), pk)
        page = self._page(
            "screens/transition.html",
            fragment=wants_fragment(),
            form=form,
            row=row,
            title=self.entity.title(row),
            transition=transition,
            objections=lifecycle.objections(db.session(), row, transition, g.identity),
            consequence=transition.consequence(db.session(), row) if transition.consequence else "",
            refusal=refusal,
            token=request.form.get("token") or secrets.token_hex(16),
            version=request.form.get("version") or row.version,
            next=listing_next(""),
        )
        return page, (refusal.status if refusal else 422 if form.errors else 200)

    def _perform(self, session: Session, pk: int, name: str, data: Mapping[str, Any]) -> None:
        version = request.form.get("version", "")
        assert self.entity.lifecycle is not None
        self.entity.lifecycle.perform(
            session,
            pk,
            name,
            data=data,
            version=int(version) if version.isdecimal() else None,
            token=request.form.get("token", "")[:64] or None,
        )

    @expose("/bulk/<name>", methods=["POST"])
    @requires("can_list")
    def bulk(self, name: str) -> Any:
        """One transition for the picked rows, or for all the list holds: each stands or falls alone."""
        transition = self._transitions().get(name)
        if transition is None or not transition.bulk:
            raise NotFound()
        g.identity.require(transition.permission, self._grants)
        everything = request.form.get("all") == "1"
        query = request.form.get("query", "").lstrip("?") if everything else ""
        if len(query) > LONGEST_QUERY:
            # Cut short it would hold more rows than the person saw.
            raise BusinessError(_("This list has too many filters for one go. Take some away."), code="query")
        ids = self._all_ids(query) if everything else self._picked_ids()
        form = build_form(transition.asks, session=db.session())
        confirmed = "confirmed" in request.form and bool(ids)
        if not (confirmed and form.validate()):
            return self._page(
                "screens/bulk.html",
                form=form,
                transition=transition,
                ids=ids,
                query=query,
                everything=everything,
                confirmed=confirmed,
                token=request.form.get("token") or secrets.token_hex(16),
                next=listing_next(""),
            )
        if len(ids) > BULK_LIMIT:
            return redirect(self._start_bulk(name, query, len(ids)))
        done, failures = self._perform_each(name, ids, typed(form))
        flash(_("Done for %(count)s.", count=done), "success" if done else "info")
        for reason in failures[:20]:
            flash(reason, "danger")
        if len(failures) > 20:
            flash(_("%(count)s more could not be done.", count=len(failures) - 20), "danger")
        return redirect(listing_next(url_for(f"{self.entity.name}.index")))

    def _perform_each(self, name: str, ids: list[int], data: Mapping[str, Any]) -> tuple[int, list[str]]:
        """Carry the transition out row by row: how many were done, and why the others were not."""
        db.session().rollback()
        answers = [bulk.perform_one(unit_of_work, self.entity, pk, name, data) for pk in ids]
        failures = [answer for answer in answers if answer is not None]
        return len(ids) - len(failures), failures

    def _picked_ids(self) -> list[int]:
        picked = (text for text in request.form.getlist("ids") if text.isdecimal() and len(text) < 16)
        return [int(text) for text in picked][:BULK_LIMIT]

    def _all_ids(self, query: str) -> list[int]:
        wanted = listing.read_request(self.shape(), dict(parse_qsl(query)))
        return bulk.ids_of(db.session(), wanted, g.identity)

    def _start_bulk(self, name: str, query: str, count: int) -> str:
        """Hand the work to a job: the answers as they were typed, read again there."""
        answers = {key: request.form.getlist(key) for key in request.form if key not in bulk.OWN_KEYS}
        transition = self._transitions()[name]
        title = _("%(action)s: %(count)s rows", action=str(transition.label), count=f"{count:,}")
        params = {"entity": self.entity.name, "transition": name, "query": query, "answers": answers}
        db.session().rollback()
        with unit_of_work() as session:
            if bulk.already_running(session, params):
                flash(_("The same is running for this list already; the page shows how far it is."), "info")
                return url_for("task.index")
            start_task(
                session, bulk.KIND, title, params, request_key=request.form.get("token", "")[:64] or None
            )
        flash(_("This runs in the background; the page shows how far it is."), "info")
        return url_for("task.index")
