"""Every entity × every field × every preset role: what a field right hides is on no path of a list.

All fields of all entities are hidden from a role at once (but the one that names the row), then everything a
list answers to is tried for each of them: filter, sort, column, export, cell, reveal, search for choices.
"""

from __future__ import annotations

import csv
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from app.org.demo_staff import STAFF
from app.platform.access import Identity
from app.platform.entity import Entity, entities, entity_named
from app.platform.errors import BusinessError
from app.platform.screens import cell_edit, columns, list_page, listing
from app.platform.screens.fields import form_fields
from app.platform.shaping import shaped
from tests.desk import Desk
from tests.field_rights import limited
from tests.people import acting, identity
from tests.world import make_world

ROLES = {role: login for login, _name, role, *_ in STAFF if login != "xiaoshou2"}


@pytest.fixture(scope="module")
def world(module_app: Flask) -> Flask:
    make_world(module_app)
    return module_app


def every_place() -> list[str]:
    """All fields of all entities but those that name a row."""
    return sorted(
        {
            f"{entity.grants_of}.{field.name}"
            for entity in entities().values()
            for field in entity.fields
            if field.name != entity_named(entity.grants_of).list_fields[0]
        }
    )


def lists_of(who: Identity) -> list[Entity]:
    return [entity for entity in entities().values() if who.can("can_list", entity.grants_of)]


def refused(action: Any, *arguments: Any) -> bool:
    """Whether it is refused in words; any other error rises."""
    try:
        action(*arguments)
    except (BusinessError, KeyError):
        return True
    return False


@pytest.mark.parametrize("role", ROLES)
def test_a_hidden_field_is_on_no_path_of_any_list(world: Flask, role: str) -> None:
    login = ROLES[role]
    open_to = _paths(world, login, lists_of(identity(world, login)))
    assert all(open_to.values()), "before anything is hidden every path is open"
    with limited(world, role, every_place(), "hidden"):
        now = _paths(world, login, lists_of(identity(world, login)))
        still_open = [path for path, is_open in now.items() if is_open]
        assert not still_open, still_open
        _nothing_on_pages(world, login)
    assert len(open_to) > 10, "a role that sees lists has paths to lose"


def _paths(app: Flask, login: str, lists: list[Entity]) -> dict[str, bool]:
    """Every path to a field that can be hidden, and whether it is open to this person."""
    found: dict[str, bool] = {}
    with app.test_request_context("/"), acting(app, login) as session:
        g.identity = who = session.info["identity"]
        for entity in lists:
            shape = shaped(session, entity, who)
            form = shaped(session, entity_named(entity.detail_of), who)
            offered = {field.name for field in shape.columns}
            named = {field.name for field in form_fields(form)}
            declared_form = {field.name for field in form_fields(entity_named(entity.detail_of))}
            for field in entity.fields:
                if field.name in (entity.list_fields[0], entity_named(entity.grants_of).list_fields[0]):
                    continue
                path = f"{entity.name}.{field.name}"
                if field.filterable:
                    operator = listing.operators_for(field)[0]
                    typed = {f"{field.name}__{operator}": "1"}
                    found[f"{path} filter"] = not refused(listing.read_request, shape, typed)
                    found[f"{path} dialog"] = not refused(list_page.filter_parts, shape, field.name, session)
                if field.sortable:
                    sort = {"sort": f"-{field.name}"}
                    found[f"{path} sort"] = not refused(listing.read_request, shape, sort)
                if field in entity.columns:
                    shown = columns.chosen(shape, field.name).list_fields
                    found[f"{path} column"] = field.name in offered and field.name in shown
                if field.name in declared_form:
                    found[f"{path} form"] = field.name in named
                    if field.kind in cell_edit.SIMPLE and not field.once:
                        found[f"{path} cell"] = not refused(cell_edit.edited_field, form, field.name)
    return found


def _nothing_on_pages(app: Flask, login: str) -> None:
    """The same over HTTP, once per list: all columns at once, one filter, one sort, the dialog, the sheet."""
    desk, who = Desk(app, login), identity(app, login)
    for entity in lists_of(who):
        hidden = [field for field in entity.fields if field.name != entity.list_fields[0]]
        every = ",".join(field.name for field in hidden)
        page = desk.get(f"/{entity.name}/?cols={every}").text
        heads = page.partition("<thead>")[2].partition("</thead>")[0]
        assert not [f.name for f in hidden if f">{f.label}<" in heads], f"{entity.name}: columns"
        dialog = desk.get(f"/{entity.name}/columns").text
        assert not [f.name for f in hidden if f'value="{f.name}"' in dialog], f"{entity.name}: dialog"
        for word in ("filterable", "sortable"):
            field = next((f for f in hidden if getattr(f, word)), None)
            if field is not None:
                filtered = f"{field.name}__{listing.operators_for(field)[0]}=1"
                asked = filtered if word == "filterable" else f"sort={field.name}"
                assert desk.get(f"/{entity.name}/?{asked}").status_code == 422, f"{entity.name}: {asked}"
                assert desk.get(f"/{entity.name}/filter/{field.name}").status_code == 404
        sheet = desk.post(f"/{entity.name}/export/csv?cols={every}")
        if who.can("can_export", entity.grants_of):
            (heads_of_sheet, *_rows) = csv.reader(sheet.get_data(as_text=True).lstrip("\ufeff").splitlines())
            assert len(heads_of_sheet) == 1, f"{entity.name}: {heads_of_sheet}"
        else:
            assert sheet.status_code == 403
        _nothing_to_reveal(app, desk, login, entity)


def _nothing_to_reveal(app: Flask, desk: Desk, login: str, entity: Entity) -> None:
    with acting(app, login) as session:
        pk = session.scalar(select(entity.model.id).limit(1))
    for name in [field.name for field in entity.fields if field.kind == "masked"][:1]:
        address = f"/{entity.detail_of}/{pk}"
        assert desk.post(f"{address}/reveal/{name}").status_code in (403, 404, 405)
        assert desk.get(f"{address}/cell/{name}").status_code in (403, 404)


def test_a_hidden_field_is_not_searched_either(world: Flask) -> None:
    with limited(world, "salesperson", every_place(), "hidden"), acting(world, "xiaoshou1") as session:
        who = session.info["identity"]
        for entity in lists_of(who):
            shape = shaped(session, entity, who)
            assert {field.name for field in shape.fields if field.searchable} <= {entity.list_fields[0]}
