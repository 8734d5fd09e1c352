"""The page of one row: its sections, tabs, transitions, history, neighbours and masked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, jsonify, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.platform import audit
from app.platform.access import FieldLevel, Identity
from app.platform.database import db
from app.platform.errors import NotFound
from app.platform.files import takes_files
from app.platform.lifecycle import Transition
from app.platform.screens import history_page, neighbours
from app.platform.screens.base import Screen
from app.platform.screens.cells import cell_of, text_of
from app.platform.screens.fields import form_fields
from app.platform.screens.file_panel import FILES
from app.platform.screens.guard import requires
from app.platform.screens.slots import Contribution, in_slot
from app.platform.shaping import unmasked
from app.platform.unit_of_work import unit_of_work

HISTORY = Contribution(
    slot="",
    name="history",
    label=_l("History"),
    template="screens/history.html",
    load=history_page.load,
    order=99,
)


class RecordScreen(Screen):
    """Everything about one row that changes nothing."""

    detail_template = "screens/detail.html"

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        """More variables for the detail template."""
        return {}

    @expose("/<int:pk>")
    @requires("can_show")
    def show(self, pk: int) -> Any:
        """The page of one row; the content of a tab is read only when it is open."""
        session, identity, shape = db.session(), g.identity, self.shape()
        row = self.find(session, pk)
        tabs = [*in_slot(f"{self.entity.name}.tab", identity), HISTORY]
        tab = next((t for t in tabs if t.name == request.args.get("tab")), None)
        lifecycle = self.entity.lifecycle
        panels = in_slot(f"{self.entity.name}.aside", identity)
        panels += [FILES] if takes_files(self.entity) else []
        aside = [
            (panel, context)
            for panel in panels
            if (context := panel.load(session, row, identity)) is not None
        ]
        custom = [field for field in form_fields(shape) if field.custom]
        return self._page(
            self.detail_template,
            row=row,
            title=shape.title(row),
            sections=[
                (section.label, [cell_of(shape, name, row) for name in section.fields])
                for section in shape.sections
            ],
            state_text=lifecycle.label(lifecycle.state_of(row)) if lifecycle else None,
            state_tone=lifecycle.tone(lifecycle.state_of(row)) if lifecycle else "plain",
            transitions=self._offers(session, row, identity),
            tab_items=self._tab_items(row, tabs, tab),
            list_url=url_for(f"{self.entity.name}.index"),
            neighbours_url=url_for(f"{self.entity.name}.neighbours", pk=row.id),
            tab=tab,
            tab_context=tab.load(session, row, identity) if tab else None,
            aside=aside,
            may_edit=self.may_edit(row),
            more_url=self._more_url(row) if custom else None,
            more_label=_("Fill in: %(names)s", names="、".join(str(f.label) for f in custom[:3])),
            **self.detail_context(session, row, identity),
        )

    def _more_url(self, row: Any) -> str | None:
        """Where custom fields are filled in; nothing for who may not."""
        may = getattr(self, "may_edit_more", None)
        if may is None or not may(row) or "more" in self.exclude_route_methods:
            return None
        return url_for(f"{self.entity.name}.more", pk=row.id)

    def _tab_items(self, row: Any, tabs: Sequence[Contribution], tab: Contribution | None) -> Sequence[Any]:
        own = {
            "label": _("Overview"),
            "url": url_for(f"{self.entity.name}.show", pk=row.id),
            "active": tab is None,
        }
        return [
            own,
            *(
                {
                    "label": other.label,
                    "url": url_for(f"{self.entity.name}.show", pk=row.id, tab=other.name),
                    "active": other is tab,
                }
                for other in tabs
            ),
        ]

    def _offers(
        self, session: Session, row: Any, identity: Identity
    ) -> Sequence[tuple[Transition, Sequence[Any]]]:
        lifecycle = self.entity.lifecycle
        if lifecycle is None:
            return []
        return [
            (transition, lifecycle.objections(session, row, transition, identity))
            for transition in lifecycle.offered(session, row, identity)
        ]

    @expose("/<int:pk>/neighbours")
    @requires("can_show")
    def neighbours(self, pk: int) -> Any:
        """The records before and after this one in the list the person came from, for a later request."""
        self.find(db.session(), pk)
        return jsonify(neighbours.addresses(db.session(), self.entity, pk, request.args.get("list", "")))

    @expose("/<int:pk>/reveal/<name>", methods=["POST"])
    @requires("can_show")
    def reveal_field(self, pk: int, name: str) -> Any:
        """A masked value in full, for roles that may look; who looked is written down."""
        entity, identity = self.entity, g.identity
        allowed = identity.field_level(entity.grants_of, name) is FieldLevel.REVEALABLE
        if not allowed or not self.shape().has(name):
            raise NotFound()
        with unit_of_work() as session:
            row = self.find(session, pk)
            audit.record(session, "reveal", row.__table__.name, row.id, field=name)
            bare = unmasked(session, entity, identity).field(name)
            return jsonify(text=text_of(bare, bare.of(row)))
