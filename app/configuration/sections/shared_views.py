"""Views of lists that a role or everybody shares. Whose they are is no configuration."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Group, Plain, Rows
from app.configuration.places import Place
from app.configuration.section import Section, Turn, Work, gone, turns
from app.configuration.shapes import Flag, Maybe, NameOf, OneOf, Text
from app.org.queries import role_holders
from app.platform.access import identity_of
from app.platform.entity import entities
from app.platform.errors import BusinessError
from app.platform.saved_views import EVERYBODY, PRIVATE, ROLE, SavedView, remove_view, save_view


def _shape() -> Rows:
    lists = {entity.name: entity.plural for entity in entities().values()}
    return Rows(
        Group(
            {
                "entity": Entry(OneOf(lists), _l("List")),
                "name": Entry(Text(40), _l("Name")),
                "role": Entry(Maybe(NameOf("role")), _l("Role"), None),
                "query": Entry(Text(4000, may_be_empty=True), _l("Filters, order and columns"), ""),
                "is_default": Entry(Flag(), _l("Opens with the list"), False),
            }
        ),
        key=("entity", "role", "name"),
        title=lambda view: f"{lists.get(view['entity'], view['entity'])} {view['name']}",
    )


def _shared(session: Session) -> dict[str, tuple[SavedView, Plain]]:
    """By key; of two with one key, made by two people, the older one."""
    shape = _shape()
    found: dict[str, tuple[SavedView, Plain]] = {}
    rows = session.execute(
        select(SavedView, Role.name)
        .outerjoin(Role, SavedView.role_id == Role.id)
        .where(SavedView.audience != PRIVATE)
        .order_by(SavedView.id)
    ).tuples()
    for view, role in rows:
        plain = {
            "entity": view.entity,
            "name": view.name,
            "role": role,
            "query": view.query,
            "is_default": view.is_default,
        }
        found.setdefault(shape.key_of(plain), (view, plain))
    return {key: found[key] for key in sorted(found)}


def _read(session: Session) -> list[Plain]:
    return [plain for _view, plain in _shared(session).values()]


def _check(_before: list[Plain], after: list[Plain], place: Place) -> None:
    opening: set[tuple[str, str | None]] = set()
    for view in after:
        if view["is_default"] and (view["entity"], view["role"]) in opening:
            place.row(_shape().key_of(view)).under("is_default").fault(
                _l("another view opens this list for the same people already")
            )
        if view["is_default"]:
            opening.add((view["entity"], view["role"]))


def _write(work: Work, before: list[Plain], after: list[Plain]) -> None:
    shape, known = _shape(), {key: view for key, (view, _plain) in _shared(work.session).items()}
    for key, _row in gone(shape, before, after):
        with work.at(f"shared_views[{key}]"):
            remove_view(work.session, known[key])
    for turn in turns(shape, before, after):
        with work.at(f"shared_views[{turn.key}]"):
            _save(work.session, known.get(turn.key), turn)


def _save(session: Session, view: SavedView | None, turn: Turn) -> None:
    new: dict[str, Any] = turn.new
    save_view(
        session,
        new["entity"],
        view or SavedView(entity=new["entity"], person_id=_owner(session)),
        name=new["name"],
        query=new["query"],
        audience=ROLE if new["role"] else EVERYBODY,
        role_id=session.scalar(select(Role.id).where(Role.name == new["role"])),
        is_default=new["is_default"],
    )


def _owner(session: Session) -> int:
    """Whoever applies the file; for the system account the first administrator."""
    person_id = identity_of(session).person_id
    if person_id is not None:
        return person_id
    holders = sorted(person.id for person in role_holders(session, "administrator"))
    if not holders:
        raise BusinessError(_l("a shared view belongs to somebody: name a person with --as LOGIN"))
    return int(holders[0])


SECTION = Section("shared_views", _l("Shared views"), "saved_view", _shape, _read, _write, check=_check)
