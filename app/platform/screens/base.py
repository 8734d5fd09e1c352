"""What every part of a generated screen stands on: the entity as this person sees it, one row in scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import g, render_template, request, url_for
from flask_appbuilder import BaseView
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.platform import custom_values
from app.platform.database import db
from app.platform.entity import Entity
from app.platform.errors import NotFound
from app.platform.files import Upload, store
from app.platform.lifecycle import Transition
from app.platform.screens.guard import own_path
from app.platform.shaping import shaped


class Screen(BaseView):
    """The entity of a view, and what its parts share."""

    entity: ClassVar[Entity]
    creates = True
    edits = True
    shows = True

    def shape(self) -> Entity:
        """The entity as the person of this request sees it."""
        return shaped(db.session(), self.entity, g.identity)

    @property
    def _grants(self) -> str:
        return self.entity.grants_of

    opens_at = ""
    """What the address of a record's page ends with when one comes from the list, e.g. "?tab=follow_up"."""

    def href(self, row: Any) -> str | None:
        """The address of the row's detail page."""
        return f"{self._record_root()}{row.id}{self.opens_at}"

    def _record_root(self) -> str:
        """Where the records' pages lie; worked out once per request, since a list has many rows."""
        roots: dict[str, str] = g.setdefault("record_roots", {})
        name = self.entity.detail_of
        if name not in roots:
            roots[name] = url_for(f"{name}.index")
        return roots[name]

    def find(self, session: Session, pk: int, *, whole: bool = True) -> Any:
        """The row in the person's scope, whole with everything its page shows around it.

        Raises NotFound for foreign and absent rows alike.
        """
        statement = select(self.entity.model).where(self.entity.model.id == pk)
        if whole and self.entity.detail_loads:
            statement = statement.options(*self.entity.detail_loads())
        row = session.scalars(statement).first()
        if row is None:
            raise NotFound()
        return row

    def may_edit(self, row: Any) -> bool:
        """Whether the person may change this row's fields; stages say when a row is past that."""
        return self.edits and bool(g.identity.can("can_edit", self._grants))

    def _transitions(self) -> Mapping[str, Transition]:
        return self.entity.lifecycle.transitions if self.entity.lifecycle else {}

    def _page(self, template: str, **context: Any) -> str:
        return render_template(template, **{"view": self, "entity": self.shape(), **context})


def typed(form: Any) -> dict[str, Any]:
    """Checked values by field; empty text becomes None, so that "nothing" is one thing in the database."""
    return {
        name: (None if value == "" else value) for name, value in form.data.items() if name != "csrf_token"
    }


def split(shape: Entity, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The typed values of the program's own fields, and those of custom ones."""
    custom = {name for name in data if shape.has(name) and shape.field(name).custom}
    own = {name: value for name, value in data.items() if name not in custom}
    return own, {name: data[name] for name in custom}


def put_custom(session: Session, shape: Entity, row: Any, data: Mapping[str, Any]) -> None:
    """Write checked values of custom fields to the row; a chosen file is stored with it."""
    values: dict[str, Any] = {}
    for name, value in data.items():
        kind = shape.field(name).custom
        if kind != "file":
            values[name] = custom_values.to_json(kind, value)
        elif isinstance(value, FileStorage) and value.filename:
            file = store(session, row, Upload(value.filename, value.read()), field=name)
            session.flush()
            values[name] = {"id": file.id, "name": file.name}
    if values:
        custom_values.put(row, values)


def wants_fragment() -> bool:
    """Whether a dialog of the page asked, so that only a part of a page is wanted."""
    return request.headers.get("X-Requested-With") == "fetch"


def listing_next(default: str) -> str:
    """The address to return to, from the form; only a path of this site."""
    return own_path(request.values.get("next", ""), default)
