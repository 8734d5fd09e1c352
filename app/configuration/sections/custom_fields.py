"""Fields the agency added to its records. What rows keep under a field stays when the field is archived."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Group, Parts, Plain, Rows, sorted_entries
from app.configuration.places import Place
from app.configuration.section import Section, Work, turns
from app.configuration.shapes import Flag, Many, NameOf, OneOf, Text
from app.platform.custom_field_editing import NAME, WITH_CHOICES, save_custom_field
from app.platform.custom_fields import KINDS, CustomField
from app.platform.shaping import extendable_entities

_ROLES = Many(NameOf("role"), rank=str)
_CHOICES = Rows(
    Group({"code": Entry(Text(40), _l("Stored as")), "label": Entry(Text(60), _l("Word"))}),
    key=("code",),
    ordered=True,
)
_FIELDS = Rows(
    Group(
        {
            "name": Entry(
                Text(40, lambda text: bool(NAME.fullmatch(text)), _l("x_ and small letters, digits, _")),
                _l("Stored as"),
            ),
            "label": Entry(Text(60), _l("Name")),
            "kind": Entry(OneOf(KINDS), _l("Kind")),
            "choices": Entry(_CHOICES, _l("Choices"), []),
            "required": Entry(Flag(), _l("Required"), False),
            "preset": Entry(Text(200, may_be_empty=True), _l("Preset value"), ""),
            "help": Entry(Text(200, may_be_empty=True), _l("Help"), ""),
            "visible_to": Entry(_ROLES, _l("Only these roles see it"), []),
            "editable_by": Entry(_ROLES, _l("Only these roles fill it in"), []),
            "listed": Entry(Flag(), _l("In the list"), False),
            "active": Entry(Flag(), _l("In use"), True),
        }
    ),
    key=("name",),
    archives=True,
    ordered=True,
    title=lambda field: str(field["label"]),
)


def _shape() -> Parts:
    return Parts(
        sorted_entries({entity.name: Entry(_FIELDS, entity.plural) for entity in extendable_entities()})
    )


def _read(session: Session) -> Plain:
    found: Plain = {entity.name: [] for entity in extendable_entities()}
    for field in session.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)):
        if field.entity in found:
            found[field.entity].append(_plain(field))
    return found


def _plain(field: CustomField) -> Plain:
    return {
        **{name: getattr(field, name) for name in _FIELDS.row.entries},
        "choices": [{"code": code, "label": label} for code, label in field.choices or []],
        "visible_to": sorted(field.visible_to or []),
        "editable_by": sorted(field.editable_by or []),
    }


def _check(before: Plain, after: Plain, place: Place) -> None:
    for entity, fields in after.items():
        known = {field["name"]: field for field in before[entity]}
        for field in fields:
            here, old = place.under(entity).row(field["name"]), known.get(field["name"], field)
            if old["kind"] != field["kind"]:
                here.under("kind").fault(_l("the kind of a field never changes; begin another field"))
            if field["choices"] and field["kind"] not in WITH_CHOICES:
                here.under("choices").fault(_l("a choice needs choices, everything else has none"))


def _write(work: Work, before: Plain, after: Plain) -> None:
    for entity, fields in after.items():
        rows = work.session.scalars(select(CustomField).where(CustomField.entity == entity))
        known = {field.name: field for field in rows}
        for turn in turns(_FIELDS, before[entity], fields):
            with work.at(f"custom_fields.{entity}[{turn.key}]"):
                lines = (f"{each['code']} = {each['label']}" for each in turn.new["choices"])
                data = {**turn.new, "entity": entity, "position": turn.position}
                save_custom_field(
                    work.session, known.get(turn.key), data | {"choices_text": "\n".join(lines)}
                )


SECTION = Section("custom_fields", _l("Custom fields"), "custom_field", _shape, _read, _write, check=_check)
