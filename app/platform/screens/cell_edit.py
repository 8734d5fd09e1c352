"""Editing one cell of a list in its place: which fields are simple enough, and the two steps of it."""

from __future__ import annotations

from typing import Any

from flask import current_app, request

from app.platform.database import db
from app.platform.entity import Entity, Field
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound
from app.platform.screens.cells import cell_of
from app.platform.screens.fields import build_form, changed_fields

SIMPLE = frozenset({"text", "money", "int", "number", "date", "choice", "bool"})


def is_offered(entity: Entity) -> bool:
    """Whether rows of this list have a page that edits cells."""
    return f"{entity.detail_of}.cell" in current_app.view_functions


def editable_names(shape: Entity) -> frozenset[str]:
    """The fields simple enough to be edited in a list: those of the form, and custom ones of any record."""
    edits = f"{shape.detail_of}.edit" in current_app.view_functions
    return frozenset(f.name for f in changed_fields(shape) if f.kind in SIMPLE and (edits or f.custom))


def edited_field(shape: Entity, name: str) -> Field:
    """The field behind a cell. Raises NotFound when it is none that is edited in place."""
    field = next((f for f in changed_fields(shape) if f.name == name and f.kind in SIMPLE), None)
    if field is None:
        raise NotFound()
    return field


def answer(screen: Any, pk: int, name: str) -> Any:
    """The little form of the cell, or, once sent, the cell as it reads now."""
    session = db.session()
    row = screen.find(session, pk)
    field = edited_field(screen.shape(), name)
    if not (screen.may_edit_more(row) if field.custom else screen.may_edit(row)):
        raise NotAllowed()
    field = screen.cell_field(session, row, field)
    form = build_form([field], session=session, data={name: field.start(row)}, row=row)
    refusal: BusinessError | None = None
    if request.method == "POST" and form.validate():
        try:
            session.rollback()
            row = screen.save_field(pk, field, form[name].data)
            shape = screen.shape()
            return screen._page(
                "screens/cell.html",
                cell=cell_of(shape, name, screen.find(db.session(), pk)),
                version=getattr(row, "version", ""),
            )
        except BusinessError as error:
            refusal = error
            row = screen.find(db.session(), pk)
    if isinstance(refusal, FieldErrors):
        form[name].errors = [*form[name].errors, *(str(f) for f in refusal.fields.get(name, refusal.reasons))]
    page = screen._page("screens/cell_form.html", row=row, field=field, form=form, refusal=refusal)
    return page, refusal.status if refusal else 422 if form.errors else 200
