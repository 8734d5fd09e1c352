"""Business types with items, steps, need form and closing checks, each changed on the type's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.catalogue import type_editing
from app.catalogue.entity import BUSINESS_TYPE
from app.catalogue.labels import ITEM_KIND_LABELS, NEED_KIND_LABELS
from app.catalogue.type_forms import (
    check_rows,
    parameter_choices,
    read_checks,
    read_items,
    read_needs,
    read_steps,
)
from app.platform.access import Identity
from app.platform.errors import BusinessError
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work


class BusinessTypeView(EntityView):
    """The parts are forms of their own: what was typed in one is not lost by a fault in another."""

    entity = BUSINESS_TYPE
    detail_template = "catalogue/business_type.html"

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        return {
            "kind_labels": ITEM_KIND_LABELS,
            "need_kinds": NEED_KIND_LABELS,
            "items_of": {item.id: item.name for item in row.items},
            "checks": check_rows(row.closing_checks),
            "parameter_choices": parameter_choices(),
        }

    @expose("/<int:pk>/items", methods=["POST"])
    @requires("can_edit")
    def items(self, pk: int) -> Any:
        """Save the items."""
        archived: list[str] = []

        def save(session: Session, version: int | None) -> None:
            rows = read_items(request.form)
            archived.extend(type_editing.save_items(session, pk, rows, form_version=version))

        answer = self._saved(pk, save)
        if archived:
            flash(
                _("In use, so archived instead of deleted: %(names)s", names="、".join(archived)), "warning"
            )
        return answer

    @expose("/<int:pk>/steps", methods=["POST"])
    @requires("can_edit")
    def steps(self, pk: int) -> Any:
        """Save the steps."""
        return self._saved(
            pk,
            lambda session, version: type_editing.save_steps(
                session, pk, read_steps(request.form), form_version=version
            ),
        )

    @expose("/<int:pk>/needs", methods=["POST"])
    @requires("can_edit")
    def needs(self, pk: int) -> Any:
        """Save the need form."""
        return self._saved(
            pk,
            lambda session, version: type_editing.save_needs(
                session, pk, read_needs(request.form), form_version=version
            ),
        )

    @expose("/<int:pk>/checks", methods=["POST"])
    @requires("can_edit")
    def checks(self, pk: int) -> Any:
        """Save the parameters of the closing checks."""
        return self._saved(
            pk,
            lambda session, version: type_editing.save_checks(
                session, pk, read_checks(request.form), form_version=version
            ),
        )

    def _saved(self, pk: int, save: Callable[[Session, int | None], Any]) -> Any:
        text = request.form.get("version", "")
        try:
            with unit_of_work() as session:
                save(session, int(text) if text.isdecimal() else None)
        except BusinessError as refusal:
            flash("；".join(str(part) for part in (refusal.message, *refusal.reasons)), "danger")
        else:
            flash(_("Saved."), "success")
        return redirect(url_for("business_type.show", pk=pk))
