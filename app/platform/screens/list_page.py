"""What a list page shows around its rows: heads, tabs, chips, pager, each with the address it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform.entity import Entity, Field, entity_named
from app.platform.errors import NotFound
from app.platform.screens.fields import choices_of
from app.platform.screens.guard import own_path
from app.platform.screens.listing import (
    COUNT_CAP,
    PAGE_SIZES,
    Filter,
    ListRequest,
    Page,
    operators_for,
)

_CURSORS = frozenset({"after", "before"})
_PICKED = frozenset({"choice", "state", "bool", "remote"})


def here() -> str:
    """The address of this very page, to come back to."""
    return request.full_path.rstrip("?")


def address(**changes: Any) -> str:
    """This list with some arguments changed (None removes one); cursors never survive a change."""
    arguments = {k: v for k, v in request.args.items() if k not in _CURSORS}
    arguments.update({key.replace("__dot__", "."): value for key, value in changes.items()})
    return _joined(request.path, arguments)


def _joined(path: str, arguments: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in arguments.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path


def parts(entity: Entity, wanted: ListRequest, page: Page, session: Session) -> dict[str, Any]:
    """Everything list.html needs besides the rows."""
    return {
        "heads": [_head(entity, entity.field(name), wanted) for name in entity.list_fields],
        "tab_items": _tabs(entity, wanted),
        "chips": [_chip(entity, f, session) for f in wanted.filters],
        "filter_entries": _filter_entries(entity),
        "clear_url": _joined(request.path, {"tab": wanted.tab.name if wanted.tab else None}),
        "kept": {k: v for k, v in request.args.items() if k not in _CURSORS | {"q"}},
        "count_text": _count_text(entity, page),
        "prev_url": address(before=page.previous_cursor) if page.previous_cursor else None,
        "next_url": address(after=page.next_cursor) if page.next_cursor else None,
        "sizes": [{"label": str(n), "url": address(rows=n), "current": n == wanted.rows} for n in PAGE_SIZES],
    }


def _head(entity: Entity, field: Field, wanted: ListRequest) -> dict[str, Any]:
    head: dict[str, Any] = {"label": field.label, "numeric": field.kind in ("money", "int")}
    if field.sortable:
        rising = wanted.sort == field.name
        head["sort_url"] = address(sort=f"-{field.name}" if rising else field.name)
        head["direction"] = "asc" if rising else "desc" if wanted.sort == f"-{field.name}" else None
    return head


def _tabs(entity: Entity, wanted: ListRequest) -> list[dict[str, Any]]:
    return [
        {
            "label": tab.label,
            "url": _joined(request.path, {"tab": tab.name}),
            "active": tab is wanted.tab,
            "key": f"tab-{tab.name}",
        }
        for tab in entity.tabs
    ]


def operator_words() -> dict[str, str]:
    """The operators as chips say them."""
    return {
        "is": _("is"),
        "not": _("is not"),
        "has": _("contains"),
        "from": _("from"),
        "to": _("up to"),
        "empty": _("is empty"),
    }


def _chip(entity: Entity, wanted: Filter, session: Session) -> dict[str, Any]:
    text = wanted.text
    if wanted.field.choices is not None:
        words = {str(key): str(label) for key, label in choices_of(wanted.field, session)}
        text = "、".join(words.get(part, part) for part in text.split(","))
    elif wanted.field.kind == "remote":
        text = "、".join(_title_of(wanted.field.remote, part, session) for part in text.split(","))
    elif wanted.field.kind == "state" and entity.lifecycle is not None:
        known = entity.lifecycle.states
        text = "、".join(str(known[part][0]) if part in known else part for part in text.split(","))
    return {
        "label": wanted.field.label,
        "word": operator_words()[wanted.operator],
        "text": text,
        "remove_url": address(**{wanted.key: None}),
        "edit_url": url_for(f"{entity.name}.filter", name=wanted.field.name, back=here()),
    }


def _title_of(name: str, key: str, session: Session) -> str:
    """What the picked row is called; its key when it is gone or out of sight."""
    entity = entity_named(name)
    row = (
        session.scalars(select(entity.model).where(entity.model.id == int(key))).first()
        if key.isdecimal()
        else None
    )
    return entity.title(row) if row is not None else key


def _filter_entries(entity: Entity) -> list[dict[str, Any]]:
    return [
        {"label": f.label, "dialog": url_for(f"{entity.name}.filter", name=f.name, back=here())}
        for f in entity.fields
        if f.filterable
    ]


def _count_text(entity: Entity, page: Page) -> str:
    if page.capped:
        return _("More than %(count)s", count=f"{COUNT_CAP:,}")
    return _("%(count)s rows", count=f"{page.count:,}")


def filter_parts(entity: Entity, name: str, session: Session) -> dict[str, Any]:
    """The dialog of one filter: its operators, and its choices when it is picked from a list."""
    field = next((f for f in entity.fields if f.name == name and f.filterable), None)
    if field is None:
        raise NotFound()
    words = operator_words()
    offered = [operator for operator in operators_for(field) if operator != "empty"]
    choices: list[tuple[str, Any]] | None = None
    if field.kind == "state" and entity.lifecycle is not None:
        choices = [(state, label) for state, (label, _tone) in entity.lifecycle.states.items()]
    elif field.kind == "bool":
        choices = [("1", _("yes")), ("0", _("no"))]
    elif field.kind in _PICKED and field.kind != "remote":
        choices = [(str(key), label) for key, label in choices_of(field, session)]
    return {
        "field": field,
        "operators": [(operator, words[operator]) for operator in offered],
        "operator": offered[0],
        "choices": choices,
        "value": "",
        "back": own_path(request.args.get("back", "")),
    }


def with_filter(entity: Entity, path: str) -> str:
    """The list address of `back`, with the filter of this request added."""
    arguments = dict(parse_qsl(urlsplit(own_path(request.args.get("back", ""))).query))
    for cursor in _CURSORS:
        arguments.pop(cursor, None)
    name, operator = request.args.get("field", ""), request.args.get("operator", "")
    arguments[f"{name}__{operator}"] = request.args.get("value", "")
    return _joined(path, arguments)
