"""Price tiers: who sells by which prices, drafts of new prices with their effect, publishing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.approval.panel import steps_foreseen, steps_shown
from app.approval.queries import requests_of
from app.catalogue import operations, states
from app.catalogue.draft_effects import effects_of_draft
from app.catalogue.effects import foreseen
from app.catalogue.entity import PRICE_TIER, PRICE_VERSION, for_whom
from app.catalogue.grid import changes_of, grid_of
from app.catalogue.labels import ITEM_KIND_LABELS
from app.catalogue.queries import prices_of_version, version_in_force, version_in_scope
from app.catalogue.tier_forms import (
    COPY_FIELDS,
    faults_of,
    read_days,
    read_percent,
    read_prices,
    staff_of,
)
from app.catalogue.transitions import PRICE_VERSION_LIFECYCLE
from app.platform import clock
from app.platform.access import Identity
from app.platform.database import db
from app.platform.errors import BusinessError, FieldErrors
from app.platform.screens.fields import build_form
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work


class PriceTierView(EntityView):
    """A tier with the prices of today and its versions. A new tier begins as a copy of another."""

    entity = PRICE_TIER
    detail_template = "catalogue/price_tier.html"
    creates = False

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        version = version_in_force(session, row, clock.today())
        sees_versions = identity.can("can_show", "price_tier_version")
        return {
            "version": version,
            "prices": prices_of_version(session, version.id) if version else [],
            "versions": list(reversed(row.versions)) if sees_versions else [],
            "version_lifecycle": PRICE_VERSION_LIFECYCLE,
            "under_way": next((v for v in row.versions if v.state in states.OPEN_STATES), None)
            if sees_versions
            else None,
            "may_draft": identity.can("can_add", "price_tier_version"),
        }

    @expose("/<int:pk>/draft", methods=["POST"])
    @requires("can_add", "price_tier_version")
    def draft(self, pk: int) -> Any:
        """A new draft from the published version."""
        with unit_of_work() as session:
            version = operations.start_draft(session, pk)
        return redirect(url_for("price_tier_version.show", pk=version.id))

    @expose("/<int:pk>/copy", methods=["GET", "POST"])
    @requires("can_add")
    def copy(self, pk: int) -> Any:
        """A tier for other staff, with a draft of the same prices."""
        session: Session = db.session()
        tier = self.find(session, pk)
        form = build_form(COPY_FIELDS, session=session)
        refusal: BusinessError | None = None
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as work:
                    made = operations.copy_tier(work, pk, form.name.data, staff_of(form.data))
                    draft_id = made.versions[0].id
                return redirect(url_for("price_tier_version.show", pk=draft_id))
            except BusinessError as error:
                refusal = error
                if isinstance(error, FieldErrors):
                    for name, faults in error.fields.items():
                        form[name].errors = [*form[name].errors, *faults]
        page = self._page(
            "catalogue/copy_tier.html", form=form, tier=tier, fields=COPY_FIELDS, refusal=refusal
        )
        return page, (refusal.status if refusal else 422 if form.errors else 200)


class PriceVersionView(EntityView):
    """The grid of one version: typed while it is a draft, read ever after."""

    entity = PRICE_VERSION
    detail_template = "catalogue/price_version.html"
    creates = False
    edits = False

    def find(self, session: Session, pk: int, *, whole: bool = True) -> Any:
        """A version of a tier the person may see."""
        return version_in_scope(session, pk)

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        rows = grid_of(session, row)
        is_draft = row.state == states.DRAFT
        return {
            "staff": for_whom(row.tier),
            "grid": [(group, list(each)) for group, each in groupby(rows, key=lambda one: one.group)],
            "groups": list(dict.fromkeys(one.group for one in rows)),
            "total": len(rows),
            "changed": sum(one.changed for one in rows),
            "changes": changes_of(row, rows),
            "kind_labels": ITEM_KIND_LABELS,
            "may_type": is_draft and identity.can("can_edit", "price_tier_version"),
            "is_open": row.state in states.OPEN_STATES,
            "effects": effects_of_draft(session, row, identity) if row.state in states.OPEN_STATES else None,
            "steps": steps_foreseen(row.author.name if row.author else "", foreseen(session, row))
            if is_draft
            else steps_shown(requests_of(session, "price_tier_version", row.id), g.identity),
            "typed": {},
            "faults": {},
            "refusal": None,
        }

    def _perform(self, session: Session, pk: int, name: str, data: Mapping[str, Any]) -> None:
        token = request.form.get("token", "")[:64] or None
        operations.perform(session, pk, name, data, form_version=_form_version(), token=token)

    @expose("/<int:pk>/prices", methods=["POST"])
    @requires("can_edit")
    def prices(self, pk: int) -> Any:
        """Save days and prices; a refusal shows the grid again as it was typed."""
        try:
            days, prices = read_days(request.form), read_prices(request.form)
            with unit_of_work() as session:
                operations.write_prices(session, pk, days, prices, form_version=_form_version())
        except BusinessError as refusal:
            return self._refused(pk, refusal)
        flash(_("Saved."), "success")
        return redirect(url_for("price_tier_version.show", pk=pk))

    @expose("/<int:pk>/percent", methods=["POST"])
    @requires("can_edit")
    def percent(self, pk: int) -> Any:
        """Raise or lower prices by a percentage."""
        try:
            change = read_percent(request.form)
            with unit_of_work() as session:
                moved = operations.change_by_percent(session, pk, change, form_version=_form_version())
        except BusinessError as refusal:
            flash("；".join(str(part) for part in (refusal.message, *refusal.reasons)), "danger")
        else:
            flash(_("%(count)s rows changed.", count=moved), "success")
        return redirect(url_for("price_tier_version.show", pk=pk))

    def _refused(self, pk: int, refusal: BusinessError) -> Any:
        session, identity = db.session(), g.identity
        row = self.find(session, pk)
        lifecycle = PRICE_VERSION_LIFECYCLE
        shown = {
            **self.detail_context(session, row, identity),
            "typed": request.form,
            "faults": faults_of(refusal),
            "refusal": refusal,
        }
        page = self._page(
            self.detail_template,
            row=row,
            title=self.entity.title(row),
            sections=[],
            state_text=lifecycle.label(row.state),
            state_tone=lifecycle.tone(row.state),
            transitions=[],
            tab_items=[],
            list_url=url_for("price_tier_version.index"),
            tab=None,
            aside=[],
            may_edit=False,
            **shown,
        )
        return page, refusal.status


def _form_version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() else None
