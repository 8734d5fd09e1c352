"""The list of an entity: one page of rows, its filters, views, columns, counts and choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from flask import g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.platform import saved_views
from app.platform.access import Identity
from app.platform.database import db
from app.platform.entity import Entity, entity_named
from app.platform.lifecycle import Transition
from app.platform.screens import cell_edit, columns, list_page, list_views, listing
from app.platform.screens.base import Screen
from app.platform.screens.cells import column_html, words_of
from app.platform.screens.guard import requires
from app.platform.screens.list_page import here
from app.platform.shaping import shaped


@dataclass(frozen=True)
class ListRow:
    """A row of a list, ready to draw: what it is called, its other cells as drawn, the steps it offers."""

    id: int
    href: str | None
    title: str
    cells: Markup
    steps: str


class ListScreen(Screen):
    """Everything under the address of the list itself."""

    list_template = "screens/list.html"

    def list_context(self, session: Session, page: listing.Page, identity: Identity) -> Mapping[str, Any]:
        """More variables for the list template."""
        return {}

    @expose("/")
    @requires("can_list")
    def index(self) -> Any:
        """One page of rows; without a wish in the address, the view the person opens the list with."""
        session, identity = db.session(), g.identity
        views = saved_views.shown_to(session, self.entity.name, identity)
        opening = None if request.args else saved_views.opening(views.saved, identity)
        if opening is not None:
            return redirect(list_views.address_of(self.entity, opening))
        arguments = {**views.usual, **request.args}
        shape = columns.chosen(self.shape(), arguments.get("cols", ""))
        if "view" in request.args and not list_views.fits(shape, arguments, identity):
            return redirect(list_views.what_fits(shape, identity))
        wanted = listing.read_request(shape, arguments)
        page = listing.read_page(session, wanted, identity)
        edited = self._edited_columns(session, shape, identity)
        opens = identity.can("can_show", self._grants)
        rows = self._list_rows(session, shape, page.rows, _cell_heads(shape, edited), opens=opens)
        return self._page(
            self.list_template,
            entity=shape,
            wanted=wanted,
            rows=rows,
            edits_cells=bool(edited),
            steps=self._steps(identity),
            record_root=url_for(f"{self.entity.detail_of}.index"),
            here=here(),
            bulk=self._bulk(identity),
            lifecycle=self.entity.lifecycle,
            may_create=self.creates and identity.can("can_add", self._grants),
            export_entries=list_page.export_entries(shape, identity),
            columns_url=url_for(f"{self.entity.name}.columns", back=here()),
            **list_views.parts(self.entity, wanted, views.saved, identity),
            **list_page.parts(shape, wanted, page, session),
            **self.list_context(session, page, identity),
        )

    def _bulk(self, identity: Identity) -> list[Transition]:
        return [
            t for t in self._transitions().values() if t.bulk and identity.can(t.permission, self._grants)
        ]

    def _edited_columns(self, session: Session, shape: Entity, identity: Identity) -> frozenset[str]:
        """The columns edited in their place: those the form of the row's own page has."""
        if not cell_edit.is_offered(shape) or not identity.can("can_edit", self._grants):
            return frozenset()
        form = shaped(session, entity_named(shape.detail_of), identity)
        return cell_edit.editable_names(form) & frozenset(shape.list_fields[1:])

    def _list_rows(
        self, session: Session, shape: Entity, rows: Sequence[Any], heads: list[str], *, opens: bool
    ) -> list[ListRow]:
        lifecycle = self.entity.lifecycle
        first, *others = shape.list_fields
        columns = (
            [f"{head}{cell}</td>" for cell in column_html(session, shape, name, rows)]
            for head, name in zip(heads, others, strict=True)
        )
        cells = map("".join, zip(*columns, strict=True)) if others else repeat("")
        title = shape.field(first)
        titles = [words_of(shape, title, value) for value in title.of_all(session, rows)]
        return [
            ListRow(
                id=row.id,
                href=self.href(row) if opens else None,
                title=called,
                cells=Markup(drawn),
                steps=" ".join(step.name for step in lifecycle.offered(session, row, g.identity))
                if lifecycle
                else "",
            )
            for row, called, drawn in zip(rows, titles, cells, strict=False)
        ]

    def _steps(self, identity: Identity) -> list[Transition]:
        """Every transition a row may offer this person: drawn once, shown on each row as it fits."""
        steps = self._transitions().values()
        return [step for step in steps if not step.system and identity.can(step.permission, self._grants)]

    @expose("/filter/<name>")
    @requires("can_list")
    def filter(self, name: str) -> Any:
        """The dialog of one filter."""
        return self._page("screens/filter.html", **list_page.filter_parts(self.shape(), name, db.session()))

    @expose("/filtered")
    @requires("can_list")
    def filtered(self) -> Any:
        """Back to the list with one filter more, so that the address stays the whole truth."""
        return redirect(list_page.with_filter(url_for(f"{self.entity.name}.index")))

    @expose("/columns", methods=["GET", "POST"])
    @requires("can_list")
    def columns(self) -> Any:
        """The dialog that chooses columns, and keeping the choice."""
        if request.method == "POST":
            return redirect(columns.keep(self.shape()))
        usual = saved_views.shown_to(db.session(), self.entity.name, g.identity).usual
        return self._page("screens/columns.html", **columns.dialog_parts(self.shape(), usual))

    @expose("/views/new", methods=["GET", "POST"])
    @requires("can_list")
    def new_view(self) -> Any:
        """Keep the list as it is now under a name."""
        return list_views.dialog(self, None)

    @expose("/views/<int:view>", methods=["GET", "POST"])
    @requires("can_list")
    def edit_view(self, view: int) -> Any:
        """Rename, share, replace or remove a view of one's own."""
        return list_views.dialog(self, view)

    @expose("/counts")
    @requires("can_list")
    def counts(self) -> Any:
        """How many rows each tab and view holds, capped, for one later request of the page."""
        session, identity, shape = db.session(), g.identity, self.shape()
        asked = {
            f"tab-{tab.name}": listing.ListRequest(shape, tab=tab) for tab in self.entity.tabs
        } | list_views.requests_of(session, shape, identity)
        found: dict[str, str] = {}
        for key, wanted in asked.items():
            count = listing.count_rows(session, wanted, identity)
            capped = count > listing.COUNT_CAP
            found[key] = f"{listing.COUNT_CAP:,}+" if capped else f"{count:,}"
        return jsonify(found)

    @expose("/choices")
    @requires("can_list")
    def choices(self) -> Any:
        """Remote search for select fields: at most 20 rows in scope whose words fit."""
        session, identity, shape = db.session(), g.identity, self.shape()
        wanted = listing.ListRequest(shape, query=request.args.get("q", "").strip()[:60])
        statement = (
            listing.matching(wanted, identity, session).order_by(self.entity.model.id.desc()).limit(21)
        )
        rows = [*session.scalars(statement)]
        results = [{"id": row.id, "text": shape.title(row), "note": shape.noted(row)} for row in rows[:20]]
        return jsonify(results=results, more=len(rows) > 20)


def _cell_heads(shape: Entity, edited: frozenset[str]) -> list[str]:
    """How every cell of a column after the first begins: alignment, label on a phone, how it is edited."""
    found = []
    for name in shape.list_fields[1:]:
        field = shape.field(name)
        number = Markup(' class="num"') if field.kind in ("money", "int", "number") else Markup()
        edit = Markup(' data-cell="{}"').format(name) if name in edited else Markup()
        found.append(str(Markup('<td{} data-label="{}"{}>').format(number, str(field.label), edit)))
    return found
