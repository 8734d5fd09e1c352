"""An entity as one person sees it: custom fields in, hidden fields out, masked ones masked (SYS-3, ORG-4).

Everything generated works on the shaped copy, so a field a person may not see is in no list, filter, sort,
search, form, choice or export of theirs: there is nothing left to leak it. Shapes are kept per process and
access version; a changed definition or role is in force at the next request of every process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform import custom_values
from app.platform.access import FieldLevel, Identity
from app.platform.custom_fields import CustomField, Definition, Extendable, definition_of
from app.platform.database import remembered
from app.platform.entity import Entity, Field, Section, entities, entity_named
from app.platform.files import entity_of
from app.platform.masking import mask_text

_FIELD_KINDS = {"choices": "tags", "person": "choice"}
_UNSORTED = frozenset({"long", "choices", "file"})
_MOST_KEPT = 2000


def shaped(session: Session, entity: Entity, identity: Identity) -> Entity:
    """The entity for this person; the declaration itself when nothing about it differs for them."""
    if not identity.version:
        return _shape(session, entity, identity)
    kept = remembered("shapes")
    rights = tuple(sorted(identity.field_rights.items()))
    key = (identity.version, entity.name, identity.roles, identity.is_system, rights)
    found: Entity | None = kept.get(key)
    if found is None:
        found = _shape(session, entity, identity)
        if len(kept) > _MOST_KEPT:
            kept.clear()
        kept[key] = found
    return found


def shape_of_row(session: Session, row: Any, identity: Identity) -> Entity:
    """The shaped entity whose page shows the row."""
    return shaped(session, entity_of(row), identity)


def unmasked(session: Session, entity: Entity, identity: Identity) -> Entity:
    """The entity with the custom fields of this person and no field right applied: to show what was asked."""
    return shaped(session, entity, replace(identity, field_rights={}))


def extendable_entities() -> list[Entity]:
    """The entities an administrator may add fields to: those whose rows have a place for the values."""
    return [
        entity
        for entity in entities().values()
        if issubclass(entity.model, Extendable) and entity.grants_of == entity.name
    ]


def custom_fields_of(session: Session, entity: Entity, identity: Identity) -> list[Definition]:
    """The definitions in use on the entity, in order, as old as the access version of the identity."""
    if not issubclass(entity.model, Extendable):
        return []
    if not identity.version:
        return _read_definitions(session).get(entity.grants_of, [])
    kept = remembered("custom fields")
    known = kept.get(identity.version)
    if known is None:
        known = _read_definitions(session)
        kept.clear()
        kept[identity.version] = known
    found: list[Definition] = known.get(entity.grants_of, [])
    return found


def _read_definitions(session: Session) -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = {}
    statement = select(CustomField).where(CustomField.active.is_(True))
    for row in session.scalars(statement.order_by(CustomField.position, CustomField.id)):
        found.setdefault(row.entity, []).append(definition_of(row))
    return found


def people(session: Session, identity: Identity) -> Mapping[int, str]:
    """Everybody's name by id, as old as the access version, which every change of a person counts up."""
    kept = remembered("people")
    known: Mapping[int, str] | None = kept.get(identity.version) if identity.version else None
    if known is None:
        entity = entity_named("person")
        known = {row.id: entity.title(row) for row in session.scalars(select(entity.model))}
        kept.clear()
        kept[identity.version] = known
    return known


def _shape(session: Session, entity: Entity, identity: Identity) -> Entity:
    added = [
        (definition, field_of(session, entity.model, definition, identity))
        for definition in custom_fields_of(session, entity, identity)
        if _named(definition.visible_to, identity)
    ]
    levels = {
        field.name: identity.field_level(entity.grants_of, field.name)
        for field in (*entity.fields, *(field for _definition, field in added))
        if field.name not in _never_limited(entity)
    }
    if not added and not any(level is not FieldLevel.FULL for level in levels.values()):
        return entity
    return _limited(_extended(entity, added, identity), levels)


def _never_limited(entity: Entity) -> frozenset[str]:
    """What names the row: links, breadcrumbs and choices say it anyway."""
    return frozenset(entity.list_fields[:1])


def _named(roles: frozenset[str], identity: Identity) -> bool:
    return not roles or identity.is_system or not roles.isdisjoint(identity.roles)


def _extended(entity: Entity, added: Sequence[tuple[Definition, Field]], identity: Identity) -> Entity:
    """The entity with the custom fields at the end of list, page and form."""
    if not added:
        return entity
    shown = tuple(field.name for _definition, field in added)
    listed = tuple(field.name for definition, field in added if definition.listed)
    typed = tuple(field.name for definition, field in added if _named(definition.editable_by, identity))
    more = _l("More")
    edited = entity.edited_sections
    return replace(
        entity,
        fields=(*entity.fields, *(field for _definition, field in added)),
        list_fields=(*entity.list_fields, *listed),
        sections=(*entity.sections, Section(more, shown)),
        form_sections=(*edited, Section(more, typed)) if typed else edited,
    )


def field_of(session: Session, model: type[Any], definition: Definition, identity: Identity) -> Field:
    """The definition as a field of the entity."""
    kind, name = definition.kind, definition.name
    choices: Mapping[Any, Any] | None = None
    if kind in ("choice", "choices"):
        choices = dict(definition.choices)
    elif kind == "person":
        choices = people(session, identity)
    preset = _preset(definition, choices if kind == "person" else {})
    return Field(
        name,
        definition.label,
        kind=_FIELD_KINDS.get(kind, kind),
        choices=choices,
        value=partial(_shown, definition, choices),
        typed=partial(_typed, definition),
        expression=partial(custom_values.column_of, model, definition),
        sortable=kind not in _UNSORTED,
        filterable=kind != "file",
        required=definition.required,
        help=definition.help,
        default=(lambda: preset) if preset is not None else None,
        link=partial(_file_url, name) if kind == "file" else None,
        custom=kind,
    )


def _preset(definition: Definition, people_by_id: Mapping[int, str] | None) -> Any:
    try:
        kept = custom_values.parse(definition, definition.preset, people_by_id or {})
    except ValueError:
        return None
    return _form_value(definition.kind, kept)


def _typed(definition: Definition, row: Any) -> Any:
    return _form_value(definition.kind, custom_values.kept_of(row, definition.name))


def _form_value(kind: str, kept: Any) -> Any:
    value = custom_values.from_json(kind, kept)
    return str(value) if kind == "person" and value is not None else value


def _shown(definition: Definition, choices: Mapping[Any, Any] | None, row: Any) -> Any:
    value = custom_values.from_json(definition.kind, custom_values.kept_of(row, definition.name))
    if definition.kind == "file":
        return value["name"] if value else None
    if definition.kind == "choices":
        return [(choices or {}).get(code, code) for code in value or ()]
    if definition.kind == "number" and value is not None:
        return custom_values.number_text(value)
    return value


def _file_url(name: str, row: Any) -> str | None:
    kept = custom_values.kept_of(row, name)
    return url_for("file.fetch", pk=kept["id"]) if kept else None


def _limited(entity: Entity, levels: Mapping[str, FieldLevel]) -> Entity:
    """The entity without what is hidden, with what is masked masked, and typed only where allowed."""
    hidden = {name for name, level in levels.items() if level is FieldLevel.HIDDEN}
    untyped = {name for name, level in levels.items() if level is not FieldLevel.FULL}
    fields = tuple(
        _masked(field) if levels.get(field.name) in (FieldLevel.MASKED, FieldLevel.REVEALABLE) else field
        for field in entity.fields
        if field.name not in hidden
    )
    fields = tuple(
        replace(field, revealable=True) if levels.get(field.name) is FieldLevel.REVEALABLE else field
        for field in fields
    )
    order_gone = entity.order.lstrip("-") in hidden | {
        name for name, level in levels.items() if level in (FieldLevel.MASKED, FieldLevel.REVEALABLE)
    }
    return replace(
        entity,
        fields=fields,
        list_fields=tuple(name for name in entity.list_fields if name not in hidden),
        sections=_without(entity.sections, hidden),
        form_sections=_without(entity.edited_sections, untyped),
        order="-id" if order_gone else entity.order,
    )


def _without(sections: Sequence[Section], names: set[str]) -> tuple[Section, ...]:
    kept = (
        Section(part.label, tuple(name for name in part.fields if name not in names)) for part in sections
    )
    return tuple(part for part in kept if part.fields)


def _masked(field: Field) -> Field:
    """The field with its value blurred, and no other way to learn it by sorting, filtering or searching."""
    return replace(
        field,
        kind="masked",
        value=partial(_blurred, field),
        together=partial(_all_blurred, field) if field.together else None,
        link=None,
        cell="",
        tone=None,
        tones={},
        choices=None,
        sortable=False,
        filterable=False,
        searchable=False,
    )


def _blurred(field: Field, row: Any) -> str:
    return _blur(field.of(row))


def _all_blurred(field: Field, session: Session, ids: Sequence[int]) -> dict[int, str]:
    assert field.together is not None
    return {pk: _blur(value) for pk, value in field.together(session, ids).items()}


def _blur(value: Any) -> str:
    return "" if value in (None, "", [], ()) else mask_text(str(value))
