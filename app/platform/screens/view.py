"""The base of every generated screen: list, detail, form, transitions, bulk work, remote choices.

A view holds no state of a request: everything a request asks for lives in its address and form, so two
people on the same list never see each other's filters. Foreign and absent rows are the same 404.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform.access import Identity
from app.platform.database import db
from app.platform.entity import Entity
from app.platform.errors import BusinessError, FieldErrors, NotFound, Stale
from app.platform.lifecycle import Transition
from app.platform.screens import list_page, listing
from app.platform.screens.cells import Cell, cell_of
from app.platform.screens.fields import build_form, form_fields
from app.platform.screens.guard import own_path, requires, signed_in
from app.platform.screens.list_page import here
from app.platform.screens.slots import Contribution, in_slot
from app.platform.unit_of_work import unit_of_work

BULK_LIMIT = 200


@dataclass(frozen=True)
class ListRow:
    """A row of a list, ready to draw."""

    id: int
    version: int
    href: str | None
    cells: list[Cell]
    entries: list[dict[str, Any]]


class EntityView(BaseView):
    """List, detail and form of one declared entity."""

    entity: ClassVar[Entity]
    list_template = "screens/list.html"
    detail_template = "screens/detail.html"
    form_template = "screens/form.html"
    creates = True
    edits = True
    shows = True

    def __init__(self) -> None:
        self.class_permission_name = self.entity.grants_of
        self.route_base = f"/{self.entity.name}"
        left_out = set() if self.shows else {"show", "edit", "do"}
        self.exclude_route_methods = left_out | (set() if self.creates else {"add"})
        if not self.edits:
            self.exclude_route_methods |= {"edit"}
        super().__init__()

    # What a stage overrides -------------------------------------------------------------------------

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        """Make a row from checked form data. Stages with rules call their operation here."""
        row = self.entity.model(**data)
        session.add(row)
        session.flush()
        return row

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        """Change a row from checked form data."""
        for name, value in data.items():
            setattr(row, name, value)

    def initial(self, session: Session) -> Mapping[str, Any]:
        """Values a new form starts with; by default what the address carries, e.g. ?customer_id=7."""
        known = {field.name for field in form_fields(self.entity)}
        return {key: value for key, value in request.args.items() if key in known}

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        """More variables for the detail template."""
        return {}

    def list_context(self, session: Session, page: listing.Page, identity: Identity) -> Mapping[str, Any]:
        """More variables for the list template."""
        return {}

    # List -------------------------------------------------------------------------------------------

    @expose("/")
    @requires("can_list")
    def index(self) -> Any:
        """One page of rows."""
        session, identity = db.session(), g.identity
        wanted = listing.read_request(self.entity, request.args)
        page = listing.read_page(session, wanted, identity)
        rows = [self._list_row(session, row, identity) for row in page.rows]
        bulk = [
            t for t in self._transitions().values() if t.bulk and identity.can(t.permission, self._grants)
        ]
        return self._page(
            self.list_template,
            wanted=wanted,
            rows=rows,
            bulk=bulk,
            lifecycle=self.entity.lifecycle,
            may_create=self.creates and identity.can("can_add", self._grants),
            **list_page.parts(self.entity, wanted, page, session),
            **self.list_context(session, page, identity),
        )

    @expose("/filter/<name>")
    @requires("can_list")
    def filter(self, name: str) -> Any:
        """The dialog of one filter."""
        return self._page("screens/filter.html", **list_page.filter_parts(self.entity, name, db.session()))

    @expose("/filtered")
    @requires("can_list")
    def filtered(self) -> Any:
        """Back to the list with one filter more, so that the address stays the whole truth."""
        return redirect(list_page.with_filter(self.entity, url_for(f"{self.entity.name}.index")))

    def _list_row(self, session: Session, row: Any, identity: Identity) -> ListRow:
        lifecycle = self.entity.lifecycle
        return ListRow(
            id=row.id,
            version=getattr(row, "version", 0),
            href=self.href(row) if identity.can("can_show", self._grants) else None,
            cells=[cell_of(self.entity, name, row) for name in self.entity.list_fields],
            entries=[
                {
                    "label": transition.label,
                    "dialog": url_for(
                        f"{self.entity.detail_of}.do", pk=row.id, name=transition.name, next=here()
                    ),
                    "danger": transition.danger,
                    "icon": transition.icon,
                }
                for transition in (lifecycle.offered(session, row, identity) if lifecycle else ())
            ],
        )

    def href(self, row: Any) -> str | None:
        """The address of the row's detail page."""
        return url_for(f"{self.entity.detail_of}.show", pk=row.id)

    @expose("/counts")
    @requires("can_list")
    def counts(self) -> Any:
        """How many rows each tab holds, capped, for one later request of the page."""
        session, identity = db.session(), g.identity
        found: dict[str, str] = {}
        for tab in self.entity.tabs:
            count = listing.count_capped(
                session, listing.matching(listing.ListRequest(self.entity, tab=tab), identity)
            )
            capped = count > listing.COUNT_CAP
            found[f"tab-{tab.name}"] = f"{listing.COUNT_CAP:,}+" if capped else f"{count:,}"
        return jsonify(found)

    @expose("/choices")
    @requires("can_list")
    def choices(self) -> Any:
        """Remote search for select fields: at most 20 rows in scope whose words fit."""
        session, identity = db.session(), g.identity
        wanted = listing.ListRequest(self.entity, query=request.args.get("q", "").strip()[:60])
        statement = listing.matching(wanted, identity).order_by(self.entity.model.id.desc()).limit(21)
        rows = [*session.scalars(statement)]
        results = [
            {
                "id": row.id,
                "text": self.entity.title(row),
                "note": self.entity.note(row) if self.entity.note else "",
            }
            for row in rows[:20]
        ]
        return jsonify(results=results, more=len(rows) > 20)

    # Detail -----------------------------------------------------------------------------------------

    @expose("/<int:pk>")
    @requires("can_show")
    def show(self, pk: int) -> Any:
        """The page of one row."""
        session, identity = db.session(), g.identity
        row = self.find(session, pk)
        tabs = in_slot(f"{self.entity.name}.tab", identity)
        tab = next((t for t in tabs if t.name == request.args.get("tab")), None)
        lifecycle = self.entity.lifecycle
        aside = [
            (panel, context)
            for panel in in_slot(f"{self.entity.name}.aside", identity)
            if (context := panel.load(session, row, identity)) is not None
        ]
        return self._page(
            self.detail_template,
            row=row,
            title=self.entity.title(row),
            sections=[
                (section.label, [cell_of(self.entity, name, row) for name in section.fields])
                for section in self.entity.sections
            ],
            state_text=lifecycle.label(lifecycle.state_of(row)) if lifecycle else None,
            state_tone=lifecycle.tone(lifecycle.state_of(row)) if lifecycle else "plain",
            transitions=self._offers(session, row, identity),
            tab_items=self._tab_items(row, tabs, tab),
            list_url=url_for(f"{self.entity.name}.index"),
            tab=tab,
            tab_context=tab.load(session, row, identity) if tab else None,
            aside=aside,
            may_edit=self.edits and identity.can("can_edit", self._grants),
            **self.detail_context(session, row, identity),
        )

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

    def find(self, session: Session, pk: int) -> Any:
        """The row in the person's scope. Raises NotFound for foreign and absent rows alike."""
        statement = select(self.entity.model).where(self.entity.model.id == pk)
        if self.entity.detail_loads:
            statement = statement.options(*self.entity.detail_loads())
        row = session.scalars(statement).first()
        if row is None:
            raise NotFound()
        return row

    # Form -------------------------------------------------------------------------------------------

    @expose("/new", methods=["GET", "POST"])
    @requires("can_add")
    def add(self) -> Any:
        """The form of a new row."""
        session: Session = db.session()
        form = build_form(form_fields(self.entity), session=session, data=self.initial(session))
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as session:
                    row = self.create(session, _typed(form))
                flash(_("Saved."), "success")
                return redirect(self._after(row))
            except BusinessError as refusal:
                return self._form_page(form, None, refusal)
        return self._form_page(form, None, None)

    @expose("/<int:pk>/edit", methods=["GET", "POST"])
    @requires("can_edit")
    def edit(self, pk: int) -> Any:
        """The form of an existing row; a form older than the row is refused and keeps what was typed."""
        session: Session = db.session()
        row = self.find(session, pk)
        fields = form_fields(self.entity)
        form = build_form(fields, session=session, data={f.name: f.start(row) for f in fields}, row=row)
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as session:
                    row = self.find(session, pk)
                    self._refuse_stale(row)
                    self.change(session, row, _typed(form))
                flash(_("Saved."), "success")
                return redirect(self._after(row))
            except BusinessError as refusal:
                return self._form_page(form, row, refusal)
        return self._form_page(form, row, None)

    def _accepts(self, form: Any, session: Session) -> bool:
        accepted = bool(form.validate())
        if accepted:
            session.rollback()
        return accepted

    def _refuse_stale(self, row: Any) -> None:
        typed = request.form.get("version", "")
        if hasattr(row, "version") and typed.isdecimal() and int(typed) != row.version:
            raise Stale(
                _("Somebody changed this record since you opened it. Your input is kept; compare, then save.")
            )

    def _after(self, row: Any) -> str:
        return self.href(row) or url_for(f"{self.entity.name}.index")

    def _form_page(self, form: Any, row: Any, refusal: BusinessError | None) -> Any:
        if isinstance(refusal, FieldErrors):
            for name, faults in refusal.fields.items():
                if name in form:
                    form[name].errors = [*form[name].errors, *faults]
        status = 200 if refusal is None and not form.errors else (refusal.status if refusal else 422)
        page = self._page(self.form_template, form=form, row=row, refusal=refusal)
        return page, status

    # Transitions ------------------------------------------------------------------------------------

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
                    self._perform(session, pk, name, _typed(form))
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
    @signed_in
    def bulk(self, name: str) -> Any:
        """One transition for the picked rows: each stands or falls alone; the answer names who failed."""
        transition = self._transitions().get(name)
        if transition is None or not transition.bulk:
            raise NotFound()
        g.identity.require(transition.permission, self._grants)
        ids = [int(text) for text in request.form.getlist("ids") if text.isdecimal()][:BULK_LIMIT]
        form = build_form(transition.asks, session=db.session())
        confirmed = "confirmed" in request.form and bool(ids)
        if not (confirmed and form.validate()):
            return self._page(
                "screens/bulk.html",
                form=form,
                transition=transition,
                ids=ids,
                confirmed=confirmed,
                next=listing_next(""),
            )
        done, failures = self._perform_each(name, ids, _typed(form))
        flash(_("Done for %(count)s.", count=done), "success")
        for reason in failures:
            flash(reason, "danger")
        return redirect(listing_next(url_for(f"{self.entity.name}.index")))

    def _perform_each(self, name: str, ids: list[int], data: Mapping[str, Any]) -> tuple[int, list[str]]:
        done, failures = 0, []
        db.session().rollback()
        for pk in ids:
            try:
                with unit_of_work() as session:
                    assert self.entity.lifecycle is not None
                    self.entity.lifecycle.perform(session, pk, name, data=data)
                done += 1
            except BusinessError as refusal:
                failures.append(self._name_failure(pk, refusal))
        return done, failures

    def _name_failure(self, pk: int, refusal: BusinessError) -> str:
        row = db.session().scalars(select(self.entity.model).where(self.entity.model.id == pk)).first()
        title = self.entity.title(row) if row is not None else _("no such record")
        return f"{title}: {'; '.join(str(part) for part in (refusal.reasons or [refusal.message]))}"

    # Shared -----------------------------------------------------------------------------------------

    @property
    def _grants(self) -> str:
        return self.entity.grants_of

    def _transitions(self) -> Mapping[str, Transition]:
        return self.entity.lifecycle.transitions if self.entity.lifecycle else {}

    def _page(self, template: str, **context: Any) -> str:
        return render_template(template, view=self, entity=self.entity, **context)


def _typed(form: Any) -> dict[str, Any]:
    """Checked values by field; empty text becomes None, so that "nothing" is one thing in the database."""
    return {
        name: (None if value == "" else value) for name, value in form.data.items() if name != "csrf_token"
    }


def wants_fragment() -> bool:
    """Whether a dialog of the page asked, so that only a part of a page is wanted."""
    return request.headers.get("X-Requested-With") == "fetch"


def listing_next(default: str) -> str:
    """The address to return to, from the form; only a path of this site."""
    return own_path(request.values.get("next", ""), default)
