"""Defining custom fields: what an administrator may write down, and what would break kept values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.platform import custom_values
from app.platform.access import identity_of
from app.platform.custom_fields import KINDS, CustomField, definition_of
from app.platform.entity import Entity
from app.platform.errors import FieldErrors
from app.platform.files import takes_files
from app.platform.shaping import extendable_entities, people

NAME = re.compile(r"x_[a-z0-9]+(?:_[a-z0-9]+)*")
MOST_FIELDS, MOST_CHOICES = 60, 100
WITH_CHOICES = frozenset({"choice", "choices"})


def save_custom_field(session: Session, row: CustomField | None, data: Mapping[str, Any]) -> CustomField:
    """Create or change a definition. Raises FieldErrors for everything that does not fit, at once.

    Entity, name and kind of a field stay what they are: rows hold values under them. `choices` are lines
    "words" or "code = words"; a code that rows may hold is never given to other words by accident, since
    words without a code keep the one they had.
    """
    identity_of(session).require("can_add" if row is None else "can_edit", "custom_field")
    field = row or CustomField(entity=data.get("entity") or "", kind=data.get("kind") or "", name="")
    faults: dict[str, list[Any]] = {}
    entity = next((one for one in extendable_entities() if one.name == field.entity), None)
    if entity is None:
        faults["entity"] = [_l("Choose an entity.")]
    if field.kind not in KINDS or (field.kind == "file" and entity is not None and not takes_files(entity)):
        faults["kind"] = [_l("Rows of this entity take no such field.")]
    choices, problem = read_choices(data.get("choices_text") or "", field.choices or [])
    if field.kind in WITH_CHOICES and (problem or not choices):
        faults["choices_text"] = [problem or _l("Write down at least one choice, each on its own line.")]
    name = _name(session, field, data.get("name") or "")
    if not NAME.fullmatch(name) or len(name) > 40:
        faults["name"] = [_l("Small letters, digits and single underscores, beginning with x_.")]
    label = (data.get("label") or "").strip()
    if not label or (entity is not None and _is_taken(entity, label)):
        faults["label"] = [_l("Give it a name of its own.") if label else _l("This is required.")]
    with session.no_autoflush:
        field.label, field.name = label, name
        field.choices = choices if field.kind in WITH_CHOICES else []
        field.preset = (data.get("preset") or "").strip()
        _check_preset(session, field, faults)
        if row is None and "entity" not in faults and _too_many(session, field.entity):
            faults["entity"] = [_l("An entity takes at most %(most)s fields.", most=MOST_FIELDS)]
    if faults:
        raise FieldErrors(_l("The field was not saved."), faults)
    field.required, field.listed = bool(data.get("required")), bool(data.get("listed"))
    field.help = data.get("help") or ""
    field.visible_to, field.editable_by = (
        sorted(data.get("visible_to") or ()),
        sorted(data.get("editable_by") or ()),
    )
    field.position, field.active = data.get("position") or 0, bool(data.get("active"))
    session.add(field)
    session.flush()
    return field


def read_choices(text: str, known: list[list[str]]) -> tuple[list[list[str]], Any]:
    """The choices of the typed lines as pairs [code, words], and what is wrong with them, if anything."""
    codes = {words: code for code, words in known}
    found: list[list[str]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        code, sign, words = (part.strip() for part in line.partition("="))
        if not sign:
            words, code = code, codes.get(code, "")
        found.append([code, words])
    taken = {code for code, _words in (*found, *known) if code}
    for pair in found:
        pair[0] = pair[0] or _fresh_code(taken)
    return found, _problem(found)


def _fresh_code(taken: set[str]) -> str:
    number = 1
    while f"c{number}" in taken:
        number += 1
    taken.add(f"c{number}")
    return f"c{number}"


def _problem(found: list[list[str]]) -> Any:
    if len(found) > MOST_CHOICES:
        return _l("At most %(most)s choices.", most=MOST_CHOICES)
    for part, words in ((0, _l("A code stands twice.")), (1, _l("A choice stands twice."))):
        if len({pair[part] for pair in found}) < len(found):
            return words
    fits = all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", code) and 0 < len(words) <= 60 for code, words in found)
    return None if fits else _l("A code is letters, digits, - and _; words are at most 60 characters.")


def choices_text(field: CustomField) -> str:
    """The choices as lines to edit."""
    return "\n".join(f"{code} = {words}" for code, words in field.choices or [])


def _name(session: Session, field: CustomField, wanted: str) -> str:
    """The name of a new field: as wanted, or the next number that is free."""
    if field.name:
        return field.name
    if wanted.strip():
        return wanted.strip()
    taken = set(session.scalars(select(CustomField.name).where(CustomField.entity == field.entity)))
    number = 1
    while f"x_{number}" in taken:
        number += 1
    return f"x_{number}"


def _is_taken(entity: Entity, label: str) -> bool:
    """Two columns of one heading could not be told apart in a sheet."""
    return label in {str(field.label) for field in entity.fields}


def _check_preset(session: Session, field: CustomField, faults: dict[str, list[Any]]) -> None:
    if "kind" in faults or not field.preset:
        return
    try:
        custom_values.parse(definition_of(field), field.preset, people(session, identity_of(session)))
    except ValueError as fault:
        faults["preset"] = [fault.args[0]]


def _too_many(session: Session, entity: str) -> bool:
    count = session.scalar(select(func.count(CustomField.id)).where(CustomField.entity == entity)) or 0
    return count >= MOST_FIELDS
