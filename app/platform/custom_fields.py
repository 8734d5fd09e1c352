"""Custom fields (SYS-3): fields an administrator adds to an entity at run time, kept in its column `extra`.

A definition is a row; changing one counts the access version up, so a new field is in force in every
process at its next request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, CheckConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database import JsonColumn, Table, Versioned
from app.platform.unit_of_work import explain_constraint

KINDS = {
    "text": _l("A line of text"),
    "long": _l("Several lines of text"),
    "number": _l("A number"),
    "money": _l("An amount"),
    "date": _l("A day"),
    "choice": _l("One of several"),
    "choices": _l("Several of several"),
    "person": _l("A colleague"),
    "file": _l("A file"),
}


class CustomField(Versioned, Table):
    """One field of one entity. `name` is what rows and addresses call it and never changes.

    `choices` are pairs [code, words]; `visible_to` and `editable_by` name roles, and nobody named means
    everybody who may see or edit the record.
    """

    __tablename__ = "custom_field"
    __table_args__ = (
        UniqueConstraint("entity", "name", name="uq_custom_field_name"),
        UniqueConstraint("entity", "label", name="uq_custom_field_label"),
        CheckConstraint(
            "kind IN ('text', 'long', 'number', 'money', 'date', 'choice', 'choices', 'person', 'file')",
            name="ck_custom_field_kind",
        ),
        Index("ix_custom_field_entity", "entity", "position", "id"),
    )
    scope_entity = "custom_field"

    entity: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(10))
    choices: Mapped[list[list[str]]] = mapped_column(JsonColumn, default=list)
    required: Mapped[bool] = mapped_column(Boolean, default=False)
    preset: Mapped[str] = mapped_column(String(200), default="")
    help: Mapped[str] = mapped_column(String(200), default="")
    visible_to: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
    editable_by: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
    listed: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    def __repr__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Definition:
    """A custom field as processes remember it, free of any session."""

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    required: bool
    preset: str
    help: str
    visible_to: frozenset[str]
    editable_by: frozenset[str]
    listed: bool


def definition_of(row: CustomField) -> Definition:
    """What the row defines now."""
    return Definition(
        name=row.name,
        label=row.label,
        kind=row.kind,
        choices=tuple((code, words) for code, words in row.choices or ()),
        required=row.required,
        preset=row.preset,
        help=row.help,
        visible_to=frozenset(row.visible_to or ()),
        editable_by=frozenset(row.editable_by or ()),
        listed=row.listed,
    )


class Extendable:
    """Mixin of models that take custom fields; their values stand in `extra` by the field's name."""

    extra: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict, server_default="{}")


explain_constraint("uq_custom_field_label", _l("This entity has a field of that name already."))
explain_constraint(
    "custom_field.entity, custom_field.label", _l("This entity has a field of that name already.")
)
