"""Which columns a list shows, in order: as the address says, the person chose, or the entity declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import g, request, url_for
from flask_babel import gettext as _

from app.platform import saved_views
from app.platform.entity import Entity
from app.platform.errors import BusinessError
from app.platform.screens import listing
from app.platform.screens.guard import own_path
from app.platform.screens.list_page import joined
from app.platform.screens.listing import PAGE_SIZES
from app.platform.unit_of_work import unit_of_work

MOST_COLUMNS = 20


def chosen(shape: Entity, wanted: str) -> Entity:
    """The entity with the columns to show. The column that names the row always comes first.

    A column that went away or is not this person's is left out silently: an old address still opens.
    """
    names = wanted.split(",")
    offered = {field.name for field in shape.columns}
    first = shape.list_fields[0]
    kept = [name for name in dict.fromkeys(names) if name in offered and name != first][: MOST_COLUMNS - 1]
    return with_columns(shape, (first, *kept)) if kept else with_columns(shape, shape.list_fields)


def with_columns(shape: Entity, names: Sequence[str]) -> Entity:
    """The entity with these columns and the relations they walk."""
    loads = [load for name in names if (load := shape.field(name).loads) is not None]
    if not loads and tuple(names) == shape.list_fields:
        return shape
    own = shape.loads
    return replace(
        shape,
        list_fields=tuple(names),
        loads=lambda: [*(own() if own else ()), *(option for load in loads for option in load())],
    )


def dialog_parts(shape: Entity, usual: Mapping[str, str]) -> dict[str, Any]:
    """What the dialog shows: every column there is, the shown ones first and ticked."""
    back = own_path(request.args.get("back", ""), url_for(f"{shape.name}.index"))
    arguments = {**usual, **dict(parse_qsl(urlsplit(back).query))}
    shown = [shape.field(name) for name in chosen(shape, arguments.get("cols", "")).list_fields]
    return {
        "shown": shown,
        "others": [field for field in shape.columns if field not in shown],
        "sizes": PAGE_SIZES,
        "size": listing.rows_asked(arguments),
        "back": back,
    }


def keep(shape: Entity) -> str:
    """Keep the choice of this request; returns the address of the list that shows it.

    Inside a saved view only the address changes: the view is changed by saving it.
    """
    back = own_path(request.form.get("back", ""), url_for(f"{shape.name}.index"))
    arguments = dict(parse_qsl(urlsplit(back).query))
    offered = {field.name for field in shape.columns}
    names = [name for name in dict.fromkeys(request.form.getlist("column")) if name in offered]
    if not names:
        raise BusinessError(_("Choose at least one column."), code="columns")
    rows = request.form.get("rows", "")
    size = int(rows) if rows.isdecimal() and int(rows) in PAGE_SIZES else None
    plain = "reset" in request.form
    arguments.pop("rows", None)
    if arguments.get("view", "0") != "0":
        arguments["cols"] = "" if plain else ",".join(names)
        return joined(urlsplit(back).path, {**arguments, "rows": size})
    usual = {} if plain else {"cols": ",".join(names), "rows": size}
    with unit_of_work() as session:
        saved_views.keep_plain(session, shape.name, g.identity, usual)
    return joined(urlsplit(back).path, {**arguments, "cols": None})
