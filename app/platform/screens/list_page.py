"""What a list page shows around its rows: heads, tabs, chips, pager, each with the address it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import g, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform.access import Identity
from app.platform.entity import Entity, Field, entity_named
from app.platform.errors import NotFound
from app.platform.screens.fields import choices_of
from app.platform.screens.guard import own_path
from app.platform.screens.listing import (
    PAGE_SIZES,
    Filter,
    ListRequest,
    Page,
    operators_for,
)

_CURSORS = frozenset({"after", "before"})


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a menu: `menu_entries` in parts/controls.html. Lists have dozens of them."""

    label: str
    url: str = ""
    dialog: str = ""
    icon: str = ""
    post: bool = False
    current: bool = False
    danger: bool = False
    divider: bool = False
    header: str = ""
    note: str = ""
    key: str = ""


def here() -> str:
    """The address of this very page, to come back to."""
    return request.full_path.rstrip("?")


def address(**changes: Any) -> str:
    """This list with some arguments changed (None removes one); cursors never survive a change."""
    if "list_arguments" not in g:
        g.list_arguments = {k: v for k, v in request.args.items() if k not in _CURSORS}
    return joined(request.path, {**g.list_arguments, **changes})


def joined(path: str, arguments: Mapping[str, Any]) -> str:
    """The path with the arguments that say something."""
    kept = {key: value for key, value in arguments.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path


def parts(entity: Entity, wanted: ListRequest, page: Page, session: Session) -> dict[str, Any]:
    """Everything list.html needs besides the rows."""
    return {
        "heads": [_head(entity, entity.field(name), wanted) for name in entity.list_fields],
        "sort_entries": _sort_entries(entity, wanted),
        "sort_label": _sort_label(entity, wanted),
        "chips": [_chip(entity, f, session) for f in wanted.filters],
        "filter_entries": _filter_entries(entity),
        "clear_url": joined(
            request.path,
            {"tab": wanted.tab.name if wanted.tab else None, "cols": request.args.get("cols"), "view": "0"},
        ),
        "kept": {k: v for k, v in request.args.items() if k not in _CURSORS | {"q"}},
        "count_text": _count_text(entity, page),
        "prev_url": address(before=page.previous_cursor) if page.previous_cursor else None,
        "next_url": address(after=page.next_cursor) if page.next_cursor else None,
        "sizes": [{"label": str(n), "url": address(rows=n), "current": n == wanted.rows} for n in PAGE_SIZES],
    }


def _head(entity: Entity, field: Field, wanted: ListRequest) -> dict[str, Any]:
    head: dict[str, Any] = {"label": str(field.label), "numeric": field.kind in ("money", "int", "number")}
    if field.sortable:
        rising = wanted.sort == field.name
        head["sort_url"] = address(sort=f"-{field.name}" if rising else field.name)
        head["direction"] = "asc" if rising else "desc" if wanted.sort == f"-{field.name}" else None
    return head


def _sort_entries(entity: Entity, wanted: ListRequest) -> list[MenuEntry]:
    """Every order there is, whether its column is shown or not."""
    return [
        MenuEntry(
            _("%(name)s, falling", name=field.label) if falling else str(field.label),
            url=address(sort=f"-{field.name}" if falling else field.name),
            icon="arrow-down" if falling else "arrow-up",
            current=wanted.sort == f"{'-' if falling else ''}{field.name}",
        )
        for field in entity.fields
        if field.sortable
        for falling in (False, True)
    ]


def _sort_label(entity: Entity, wanted: ListRequest) -> Any:
    name = wanted.sort.lstrip("-")
    return entity.field(name).label if entity.has(name) else _("Newest first")


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
    if wanted.operator == "empty":
        text = ""
    elif wanted.field.choices is not None:
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


def _filter_entries(entity: Entity) -> list[MenuEntry]:
    root, back = url_for(f"{entity.name}.index"), urlencode({"back": here()})
    return [
        MenuEntry(str(f.label), dialog=f"{root}filter/{f.name}?{back}") for f in entity.fields if f.filterable
    ]


def _count_text(entity: Entity, page: Page) -> str:
    if page.capped:
        return _("More than %(count)s", count=f"{page.count - 1:,}")
    return _("%(count)s rows", count=f"{page.count:,}")


def filter_parts(entity: Entity, name: str, session: Session) -> dict[str, Any]:
    """The dialog of one filter: operators, what it says now, and choices when it is picked from a list."""
    field = next((f for f in entity.fields if f.name == name and f.filterable), None)
    if field is None:
        raise NotFound()
    words, offered = operator_words(), operators_for(field)
    back = own_path(request.args.get("back", ""))
    now = dict(parse_qsl(urlsplit(back).query, keep_blank_values=True))
    operator = next((one for one in offered if f"{name}__{one}" in now), None)
    value = now.get(f"{name}__{operator}", "") if operator not in (None, "empty") else ""
    choices = _filter_choices(entity, field, session)
    return {
        "field": field,
        "operators": [(one, words[one]) for one in offered],
        "operator": operator or offered[0],
        "choices": choices,
        "many": choices is not None and field.kind != "bool",
        "value": value,
        "value_words": _title_of(field.remote, value, session) if field.kind == "remote" and value else "",
        "was": f"{name}__{operator}" if operator else "",
        "back": back,
    }


def _filter_choices(entity: Entity, field: Field, session: Session) -> list[tuple[str, Any]] | None:
    if field.kind == "state" and entity.lifecycle is not None:
        return [(state, label) for state, (label, _tone) in entity.lifecycle.states.items()]
    if field.kind == "bool":
        return [("1", _("yes")), ("0", _("no"))]
    if field.choices is None:
        return None
    return [(str(key), label) for key, label in choices_of(field, session)]


def with_filter(path: str) -> str:
    """The list address of `back`, with the filter of this request added or in the place of the old one."""
    arguments = dict(parse_qsl(urlsplit(own_path(request.args.get("back", ""))).query))
    for gone in (*_CURSORS, request.args.get("was", "")):
        arguments.pop(gone, None)
    name, operator = request.args.get("field", ""), request.args.get("operator", "")
    values = [value for value in request.args.getlist("value") if value.strip()]
    arguments[f"{name}__{operator}"] = "yes" if operator == "empty" else ",".join(values)
    return joined(path, arguments)


def export_entries(entity: Entity, identity: Identity) -> list[MenuEntry]:
    """The ways to take the list along, as it is shown; none for who may not."""
    if not identity.can("can_export", entity.grants_of):
        return []
    arguments = {k: v for k, v in request.args.items() if k not in _CURSORS | {"rows", "view"}}
    return [
        MenuEntry(
            words,
            url=joined(url_for(f"{entity.name}.export", kind=kind), arguments),
            icon=icon,
            post=True,
        )
        for kind, words, icon in (
            ("xlsx", _("Excel (XLSX)"), "file-excel"),
            ("csv", _("Text (CSV)"), "file-csv"),
        )
    ]
