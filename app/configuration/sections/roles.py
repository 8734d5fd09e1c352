"""What roles may do, how far they see, and which fields are less than open to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Group, Named, Plain, Rows, sorted_entries
from app.configuration.places import Place
from app.configuration.section import Section, Turn, Work, gone, turns
from app.configuration.shapes import Many, OneOf, Text, one_text, quoted
from app.org.role_editing import (
    FIELD_WORDS,
    LEVEL_WORDS,
    Shape,
    create_role,
    field_words,
    members,
    save_shape,
    shape_of,
)
from app.org.roles import PRESET_ROLES
from app.platform.access import FieldLevel, Level, identity_of
from app.platform.custom_field_editing import NAME
from app.platform.entity import entities
from app.platform.errors import BusinessError
from app.platform.grants import EntityAccess, declared

_FRAMEWORK = frozenset({"Admin", "Public"})
_FIELD_LEVELS = {level.value: words for level, words in FIELD_WORDS.items() if level is not FieldLevel.FULL}
_LEVELS = {level.value: words for level, words in LEVEL_WORDS.items()}
_NAME = Text(64, lambda name: name not in _FRAMEWORK, _l("this name belongs to the framework"))


class RestrictedField(Text):
    """ENTITY.FIELD of a field there is; custom ones are known by how their names begin."""

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None or _is_field(text):
            return text
        return place.fault(_l("%(given)s is no field; write it like customer.note", given=quoted(text)))


def _is_field(place: str) -> bool:
    entity, _dot, name = place.partition(".")
    known = entities().get(entity)
    return known is not None and (known.has(name) or NAME.fullmatch(name) is not None)


def _field_words(place: str) -> str:
    entity, _dot, name = place.partition(".")
    return f"{entities()[entity].plural} {field_words(entity, name)}" if _is_field(place) else place


def _rights_of(access: EntityAccess) -> Group:
    order = list(access.actions)
    may = Many(OneOf(access.actions), at_most=len(order), rank=order.index)
    entries = {"sees": Entry(OneOf(_LEVELS), _l("sees"), Level.NONE.value)} if access.scoped else {}
    return Group({**entries, "may": Entry(may, _l("allowed"), [])})


def _nothing(access: EntityAccess) -> Plain:
    return {"sees": Level.NONE.value, "may": []} if access.scoped else {"may": []}


def _shape() -> Rows:
    rights = Group(
        sorted_entries(
            {
                entity: Entry(_rights_of(access), access.label, _nothing(access))
                for entity, access in declared().items()
            }
        )
    )
    fields = Named(RestrictedField(), OneOf(_FIELD_LEVELS), _field_words)
    nothing = {entity: _nothing(access) for entity, access in declared().items()}
    return Rows(
        Group(
            {
                "name": Entry(_NAME, _l("Name")),
                "rights": Entry(rights, _l("Rights"), nothing),
                "fields": Entry(fields, _l("Rights on fields"), {}),
            }
        ),
        key=("name",),
        title=lambda role: str(PRESET_ROLES.get(role["name"], role["name"])),
    )


def _roles(session: Session) -> dict[str, Role]:
    found = {role.name: role for role in session.scalars(select(Role))}
    return {name: found[name] for name in sorted(found) if name not in _FRAMEWORK}


def _read(session: Session) -> list[Plain]:
    return [_plain(name, shape_of(session, role)) for name, role in _roles(session).items()]


def _plain(name: str, shape: Shape) -> Plain:
    rights = {}
    for entity, access in declared().items():
        may = [action for action in access.actions if (entity, action) in shape.grants]
        sees = {"sees": shape.levels.get(entity, Level.NONE.value)} if access.scoped else {}
        rights[entity] = {**sees, "may": may}
    fields = {place: level for place, level in sorted(shape.fields.items()) if _is_field(place)}
    return {"name": name, "rights": rights, "fields": fields}


def _wanted(role: Plain) -> Shape:
    rights: Mapping[str, Plain] = role["rights"]
    return Shape(
        frozenset((entity, action) for entity, right in rights.items() for action in right["may"]),
        {entity: right["sees"] for entity, right in rights.items() if "sees" in right},
        role["fields"],
    )


def _write(work: Work, before: list[Plain], after: list[Plain]) -> None:
    """Who may edit roles comes first, so that no step in between locks everybody out."""
    known = _roles(work.session)
    order = sorted(
        turns(_shape(), before, after), key=lambda turn: "edit" not in turn.new["rights"]["role"]["may"]
    )
    for turn in order:
        with work.at(f"roles[{turn.key}]"):
            _save(work.session, known.get(turn.key), turn)


def _save(session: Session, role: Role | None, turn: Turn) -> None:
    row = role or create_role(session, turn.key)
    save_shape(session, row, _wanted(turn.new), stamp=shape_of(session, row).stamp)


def _finish(work: Work, before: list[Plain], after: list[Plain]) -> None:
    known = _roles(work.session)
    for name, _row in gone(_shape(), before, after):
        with work.at(f"roles[{name}]"):
            _remove(work.session, known[name])


def _remove(session: Session, role: Role) -> None:
    identity_of(session).require("can_edit", "role")
    if role.name in PRESET_ROLES:
        raise BusinessError(_l("this role comes with the program and stays; give it no rights instead"))
    held_by = [person.name for person in members(session, role.id)]
    if held_by:
        raise BusinessError(_l("people hold this role: %(names)s", names="、".join(held_by[:5])))
    session.delete(role)
    session.flush()


SECTION = Section("roles", _l("Roles and rights"), "role", _shape, _read, _write, finish=_finish)
