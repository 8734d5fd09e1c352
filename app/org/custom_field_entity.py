"""Custom fields as rows an administrator edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.roles import PRESET_ROLES
from app.platform.custom_field_editing import choices_text
from app.platform.custom_fields import KINDS, CustomField
from app.platform.entity import Entity, Field, Section, entities
from app.platform.shaping import extendable_entities


def _entities(_session: Session) -> Sequence[tuple[Any, Any]]:
    return [(entity.name, entity.plural) for entity in extendable_entities()]


def _roles(session: Session) -> Sequence[tuple[Any, Any]]:
    """Roles by name: that is what a definition keeps, so that it can move to another agency."""
    names = session.scalars(select(Role.name).order_by(Role.id))
    return [(name, PRESET_ROLES.get(name, name)) for name in names]


def _role_words(names: Sequence[str]) -> list[str]:
    return [str(PRESET_ROLES.get(name, name)) for name in names] or [str(_l("everybody"))]


CUSTOM_FIELD = Entity(
    name="custom_field",
    model=CustomField,
    label=_l("custom field"),
    plural=_l("Custom fields"),
    group=_l("Settings"),
    icon="table-list",
    title=lambda row: row.label,
    order="position",
    fields=(
        Field("label", _l("Name"), required=True, maximum=60, searchable=True, sortable=True),
        Field(
            "entity",
            _l("Kind of record"),
            kind="choice",
            choices=_entities,
            value=lambda row: entities()[row.entity].plural if row.entity in entities() else row.entity,
            required=True,
            once=True,
            filterable=True,
            sortable=True,
            help=_l("Stays as it is once the field is saved."),
        ),
        Field(
            "kind",
            _l("Kind"),
            kind="choice",
            choices=KINDS,
            required=True,
            once=True,
            filterable=True,
            help=_l("Stays as it is once the field is saved."),
        ),
        Field(
            "name",
            _l("Short name"),
            maximum=40,
            once=True,
            searchable=True,
            help=_l("For addresses and the configuration file, like x_birthday; empty: drawn by itself."),
        ),
        Field(
            "choices_text",
            _l("Choices"),
            kind="long",
            typed=choices_text,
            value=lambda row: "、".join(words for _code, words in row.choices or []),
            help=_l("One on each line. To rename one, keep the code before the equals sign."),
        ),
        Field("required", _l("Required"), kind="bool", filterable=True),
        Field("preset", _l("Starts with"), maximum=200, help=_l("What a new record holds at first.")),
        Field("help", _l("Help"), maximum=200, help=_l("The line below the field.")),
        Field(
            "visible_to",
            _l("Seen by"),
            kind="tags",
            choices=_roles,
            value=lambda row: _role_words(row.visible_to or ()),
            typed=lambda row: row.visible_to,
            help=_l("Nobody named: everybody who sees the record."),
        ),
        Field(
            "editable_by",
            _l("Filled in by"),
            kind="tags",
            choices=_roles,
            value=lambda row: _role_words(row.editable_by or ()),
            typed=lambda row: row.editable_by,
            help=_l("Nobody named: everybody who may change the record."),
        ),
        Field("listed", _l("In the list at once"), kind="bool"),
        Field("position", _l("Place in the order"), kind="int", sortable=True, default=lambda: 0),
        Field("active", _l("In use"), kind="bool", filterable=True, default=lambda: True),
    ),
    list_fields=("label", "entity", "kind", "required", "visible_to", "editable_by", "listed", "active"),
    sections=(
        Section(
            _l("Custom field"),
            ("label", "entity", "kind", "name", "choices_text", "required", "preset", "help", "active"),
        ),
        Section(_l("Who"), ("visible_to", "editable_by", "listed", "position")),
    ),
    form_sections=(
        Section(
            _l("Custom field"),
            ("label", "entity", "kind", "name", "choices_text", "preset", "help", "required", "active"),
        ),
        Section(_l("Who"), ("visible_to", "editable_by", "listed", "position")),
    ),
    empty_hint=_l("A field you add here is in forms, lists, filters and sheets at the next click."),
)
