"""Business types with items, steps, need form and closing checks, each changed on the type's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.catalogue import type_editing
from app.catalogue.entity import BUSINESS_TYPE
from app.catalogue.labels import ITEM_KIND_LABELS, NEED_KIND_LABELS
from app.catalogue.type_forms import (
    CHECK_LABELS,
    check_rows,
    need_shown,
    parameter_choices,
    read_checks,
    read_items,
    read_needs,
    read_steps,
)
from app.platform.access import Identity
from app.platform.errors import BusinessError, NotFound
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
            "typed": {"items": row.items, "steps": row.steps, "needs": row.need_fields}
            | {"checks": check_rows(row.closing_checks)}
            | g.get("typed_parts", {}),
            "parameter_choices": parameter_choices(),
            "refusal": g.get("refusal_of_part"),
        }

    @expose("/<int:pk>/items", methods=["POST"])
    @requires("can_edit")
    def items(self, pk: int) -> Any:
        """Save the items."""
        archived: list[str] = []

        def save(session: Session, version: int | None) -> None:
            rows = read_items(request.form)
            _keep_typed("items", rows)
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

        def save(session: Session, version: int | None) -> None:
            rows = read_steps(request.form)
            _keep_typed("steps", rows)
            type_editing.save_steps(session, pk, rows, form_version=version)

        return self._saved(pk, save)

    @expose("/<int:pk>/needs", methods=["POST"])
    @requires("can_edit")
    def needs(self, pk: int) -> Any:
        """Save the need form."""

        def save(session: Session, version: int | None) -> None:
            rows = read_needs(request.form)
            _keep_typed("needs", [need_shown(row) for row in rows])
            type_editing.save_needs(session, pk, rows, form_version=version)

        return self._saved(pk, save)

    @expose("/<int:pk>/checks", methods=["POST"])
    @requires("can_edit")
    def checks(self, pk: int) -> Any:
        """Save which closing checks apply, with their parameters."""

        def save(session: Session, version: int | None) -> None:
            wanted = read_checks(request.form)
            _keep_typed("checks", check_rows([[name, given] for name, given in wanted.items()]))
            type_editing.save_checks(session, pk, wanted, known=CHECK_LABELS, form_version=version)

        return self._saved(pk, save)

    def _saved(self, pk: int, save: Callable[[Session, int | None], Any]) -> Any:
        """Back to the page; a refusal shows it again with what was typed."""
        text = request.form.get("version", "")
        try:
            with unit_of_work() as session:
                save(session, int(text) if text.isdecimal() else None)
        except NotFound:
            raise
        except BusinessError as refusal:
            g.refusal_of_part = refusal
            return self.show(pk), refusal.status
        flash(_("Saved."), "success")
        return redirect(url_for("business_type.show", pk=pk))


def _keep_typed(part: str, rows: Sequence[Any]) -> None:
    """What the page shows of this part should the save be refused."""
    g.typed_parts = {part: rows}
