"""The form of a new or existing row, single cells, and what happens when two people edit at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.platform import sent_forms
from app.platform.database import db
from app.platform.entity import Field
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from app.platform.screens import cell_edit, merging
from app.platform.screens.base import Screen, put_custom, split, typed, wants_fragment
from app.platform.screens.fields import build_form, changed_fields, form_fields
from app.platform.screens.guard import requires
from app.platform.unit_of_work import unit_of_work


class FormScreen(Screen):
    """Adding and editing."""

    form_template = "screens/form.html"

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
        known = {field.name for field in form_fields(self.shape())}
        return {key: value for key, value in request.args.items() if key in known}

    # A stage whose form is more than its declared fields overrides these ---------------------------

    def blank_form(self, session: Session) -> Any:
        """The form of a new row."""
        return build_form(form_fields(self.shape()), session=session, data=self.initial(session))

    def filled_form(self, session: Session, row: Any) -> Any:
        """The form of an existing row."""
        fields = changed_fields(self.shape())
        return build_form(fields, session=session, data={f.name: f.start(row) for f in fields}, row=row)

    def cell_field(self, session: Session, row: Any, field: Field) -> Field:
        """The field of a cell as the whole form would ask for it."""
        return field

    def create_from(self, session: Session, form: Any) -> Any:
        """Make a row from a checked form."""
        own, custom = split(self.shape(), typed(form))
        row = self.create(session, {**self._unfilled(), **own})
        put_custom(session, self.shape(), row, custom)
        return row

    def _unfilled(self) -> dict[str, Any]:
        """The fields of a new row this person may not type, as they start. Raises when one is required."""
        shown = {field.name for field in form_fields(self.shape())}
        left = [field for field in form_fields(self.entity) if field.name not in shown]
        if needed := [str(field.label) for field in left if field.required]:
            raise NotAllowed(
                _("Your role may not fill in what a new record needs: %(names)s.", names="、".join(needed))
            )
        return {f.name: f.default() if f.default else False if f.kind == "bool" else None for f in left}

    def change_from(self, session: Session, row: Any, form: Any) -> None:
        """Change a row from a checked form."""
        own, custom = split(self.shape(), typed(form))
        put_custom(session, self.shape(), row, custom)
        self.change(session, row, own)

    def form_context(self, form: Any, row: Any) -> Mapping[str, Any]:
        """More variables for the form template."""
        return {}

    def place_faults(self, form: Any, faults: Mapping[str, Any]) -> None:
        """Put the faults an operation found beside their fields."""
        for name, messages in faults.items():
            if name in form:
                form[name].errors = [*form[name].errors, *(str(message) for message in messages)]

    # Pages -----------------------------------------------------------------------------------------

    @expose("/new", methods=["GET", "POST"])
    @requires("can_add")
    def add(self) -> Any:
        """The form of a new row; sent twice, it is carried out once."""
        session: Session = db.session()
        self._unfilled()
        form = self.blank_form(session)
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as session:
                    target = self._answered(session) or self._created(session, form)
                return redirect(target)
            except BusinessError as refusal:
                return self._form_page(form, None, refusal)
        return self._form_page(form, None, None)

    def _answered(self, session: Session) -> str | None:
        """Where this very form led when it was sent before."""
        known = sent_forms.answer_to(session, request.form.get("token", "")[:64])
        if known is not None:
            flash(_("This was saved already."), "info")
        return known

    def _created(self, session: Session, form: Any) -> str:
        row = self.create_from(session, form)
        session.flush()
        target = self._after(row)
        sent_forms.note(session, request.form.get("token", "")[:64], target)
        flash(_("Saved."), "success")
        return target

    @expose("/<int:pk>/edit", methods=["GET", "POST"])
    @requires("can_edit")
    def edit(self, pk: int) -> Any:
        """The form of an existing row; one older than the row shows who changed what, and keeps the input."""
        session: Session = db.session()
        row = self.find(session, pk, whole=False)
        form = self.filled_form(session, row)
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as session:
                    row = self.find(session, pk, whole=False)
                    self.refuse_stale(row)
                    self.change_from(session, row, form)
                    session.flush()
                flash(_("Saved."), "success")
                return redirect(self._after(row))
            except Stale as refusal:
                return self._merge_page(form, pk, refusal)
            except BusinessError as refusal:
                return self._form_page(form, self.find(db.session(), pk, whole=False), refusal)
        return self._form_page(form, row, None)

    @expose("/<int:pk>/cell/<name>", methods=["GET", "POST"])
    @requires("can_edit")
    def cell(self, pk: int, name: str) -> Any:
        """One field of a row, edited in its place in the list."""
        return cell_edit.answer(self, pk, name)

    def save_field(self, pk: int, field: Field, value: Any) -> Any:
        """Change one field the way the whole form would, every other value as it is."""
        with unit_of_work() as session:
            row = self.find(session, pk, whole=False)
            self.refuse_stale(row)
            data = {f.name: f.start(row) for f in changed_fields(self.shape()) if f.kind != "file"}
            data = {name: None if kept == "" else kept for name, kept in data.items()}
            if field.custom:
                put_custom(session, self.shape(), row, {field.name: value})
                session.flush()
            else:
                own, _custom = split(self.shape(), {**data, field.name: None if value == "" else value})
                self.change(session, row, own)
                session.flush()
        return row

    @expose("/<int:pk>/more", methods=["GET", "POST"])
    @requires("can_edit")
    def more(self, pk: int) -> Any:
        """The dialog of the fields an administrator added, for rows whose own form is long closed."""
        session: Session = db.session()
        row = self.find(session, pk, whole=False)
        fields = [field for field in form_fields(self.shape()) if field.custom]
        if not fields:
            raise NotFound()
        if not self.may_edit_more(row):
            raise NotAllowed()
        form = build_form(fields, session=session, data={f.name: f.start(row) for f in fields}, row=row)
        refusal: BusinessError | None = None
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as session:
                    row = self.find(session, pk, whole=False)
                    self.refuse_stale(row)
                    put_custom(session, self.shape(), row, typed(form))
                flash(_("Saved."), "success")
                return redirect(self._after(row))
            except BusinessError as error:
                refusal = error
                row = self.find(db.session(), pk, whole=False)
        page = self._page(
            "screens/more.html", fragment=wants_fragment(), form=form, row=row, fields=fields, refusal=refusal
        )
        return page, refusal.status if refusal else 422 if form.errors else 200

    def may_edit_more(self, row: Any) -> bool:
        """Whether the fields an administrator added may be changed on this row, whatever its state."""
        return bool(g.identity.can("can_edit", self._grants))

    def _accepts(self, form: Any, session: Session) -> bool:
        accepted = bool(form.validate())
        if accepted:
            session.rollback()
        return accepted

    def refuse_stale(self, row: Any) -> None:
        """Raise Stale when the row was changed after the form was opened."""
        sent = request.form.get("version", "")
        if hasattr(row, "version") and sent.isdecimal() and int(sent) != row.version:
            raise Stale(_("Somebody changed this record since you opened it. Your input is kept."))

    def _after(self, row: Any) -> str:
        return self.href(row) or url_for(f"{self.entity.name}.index")

    def _merge_page(self, form: Any, pk: int, refusal: Stale) -> Any:
        """The form on the row as it is now: what only they changed is taken, what both changed is asked."""
        session = db.session()
        row = self.find(session, pk, whole=False)
        merged = merging.merge(session, form_fields(self.shape()), row, form, int(request.form["version"]))
        return self._form_page(form, row, refusal, merged=merged, version=row.version)

    def _form_page(self, form: Any, row: Any, refusal: BusinessError | None, **more: Any) -> Any:
        if isinstance(refusal, FieldErrors):
            self.place_faults(form, refusal.fields)
        status = 200 if refusal is None and not form.errors else (refusal.status if refusal else 422)
        context = {
            "version": request.form.get("version") or (getattr(row, "version", "") if row else ""),
            "token": request.form.get("token") or secrets.token_hex(16),
            **self.form_context(form, row),
            **more,
        }
        return self._page(self.form_template, form=form, row=row, refusal=refusal, **context), status
