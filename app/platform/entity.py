"""The declaration of an entity: one place that list, form, detail, search, import and reports read.

A stage writes about thirty lines in its `entity.py`; everything generated grows out of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.platform.access import Identity
from app.platform.lifecycle import Lifecycle

Choices = Mapping[Any, Any] | Callable[[Session], Sequence[tuple[Any, Any]]]


@dataclass(frozen=True)
class Field:
    """One value of an entity, as list column, filter, form field and detail line.

    `kind`: text, long, money, int, number (any decimal), date, moment, bool, choice, state, remote (a
    foreign key found by search), masked (a number shown as 138****8000), tags, file. `value` reads it from
    the row for showing (default: the attribute of that name), `typed` what the form starts with;
    `expression` is its SQL for sorting and filtering (default: the mapped column). `remote` names the
    entity a remote field points to. `tones` colours single values, `tone` reads the colour from the row.
    `cell` names a macro in `parts/cells.html` for special showing. `loads` are the relations `value` walks
    beyond those of the entity, so that a column costs the same number of statements for any number of
    rows; where objects say more than is shown, `together` answers for many rows by one statement instead:
    what `value` says, by id, without the rows that have nothing. `once` fields are typed when the record is
    new and never again. `custom` is the kind of a field an administrator added, `revealable` marks a masked
    one that shows on request.
    """

    name: str
    label: Any
    kind: str = "text"
    choices: Choices | None = None
    remote: str = ""
    value: Callable[[Any], Any] | None = None
    typed: Callable[[Any], Any] | None = None
    link: Callable[[Any], str | None] | None = None
    expression: Callable[[], ColumnElement[Any]] | None = None
    sortable: bool = False
    filterable: bool = False
    searchable: bool = False
    required: bool = False
    help: Any = ""
    default: Callable[[], Any] | None = None
    maximum: int | None = None
    tones: Mapping[Any, str] = field(default_factory=dict)
    tone: Callable[[Any], str] | None = None
    cell: str = ""
    unit: Any = ""
    loads: Callable[[], Sequence[Any]] | None = None
    together: Callable[[Session, Sequence[int]], Mapping[int, Any]] | None = None
    once: bool = False
    custom: str = ""
    revealable: bool = False

    def start(self, row: Any) -> Any:
        """The value a form about this row starts with."""
        return self.typed(row) if self.typed else getattr(row, self.name, None)

    def of(self, row: Any) -> Any:
        """The value on this row, for showing."""
        return self.value(row) if self.value else getattr(row, self.name, None)

    def of_all(self, session: Session, rows: Sequence[Any]) -> list[Any]:
        """The values on these rows, in their order, for showing."""
        if self.together is not None:
            found = self.together(session, [row.id for row in rows])
            return [found.get(row.id) for row in rows]
        if self.value is not None:
            return [self.value(row) for row in rows]
        return [getattr(row, self.name, None) for row in rows]


@dataclass(frozen=True)
class Tab:
    """A ready-made view of a list: a name, its words, and what it keeps. `where` gets the reader."""

    name: str
    label: Any
    where: Callable[[Identity], Sequence[ColumnElement[bool]]]


@dataclass(frozen=True)
class Section:
    """A titled group of fields on form and detail page."""

    label: Any
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """Everything the generated screens need to know about one kind of row.

    One model may have several lists (意向, 成交, 公共 …): each is an entity with its own `where`, sharing
    the permissions of `access` and the detail page of `detail` (default: the entity's own name).
    """

    name: str
    model: type[Any]
    label: Any
    plural: Any
    fields: tuple[Field, ...]
    list_fields: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    form_sections: tuple[Section, ...] | None = None
    order: str = "-id"
    tabs: tuple[Tab, ...] = ()
    icon: str = "fa-table"
    group: Any = ""
    loads: Callable[[], Sequence[Any]] | None = None
    detail_loads: Callable[[], Sequence[Any]] | None = None
    title: Callable[[Any], str] = str
    note: Callable[[Any], str] | str = ""
    lifecycle: Lifecycle | None = None
    unit: Any = ""
    empty_hint: Any = ""
    access: str = ""
    where: Callable[[], Sequence[ColumnElement[bool]]] | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        known = {field.name for field in self.fields}
        named = {*self.list_fields, self.order.lstrip("-")} - {"id"}
        named |= {
            name for section in (*self.sections, *(self.form_sections or ())) for name in section.fields
        }
        if named - known:
            raise ValueError(f"entity {self.name} names unknown fields {sorted(named - known)}")
        # The first declaration counts; copies shaped for a person are nobody else's business.
        _entities.setdefault(self.name, self)

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    def field(self, name: str) -> Field:
        """The field of that name; KeyError when there is none."""
        return self._by_name[name]

    def has(self, name: str) -> bool:
        return name in self._by_name

    def noted(self, row: Any) -> str:
        """What choices say beside the title; of a field only what this entity, shaped for a person, has."""
        if callable(self.note):
            return self.note(row)
        return str(self.field(self.note).of(row) or "") if self.note and self.has(self.note) else ""

    def expression(self, name: str) -> ColumnElement[Any]:
        """The SQL expression of a field, for sorting and filtering."""
        if name == "id":
            return self.model.id  # type: ignore[no-any-return]
        field = self.field(name)
        return field.expression() if field.expression else getattr(self.model, name)

    @property
    def grants_of(self) -> str:
        """The entity whose permissions apply."""
        return self.access or self.name

    @property
    def detail_of(self) -> str:
        """The entity whose detail page opens a row of this list."""
        return self.detail or self.name

    @property
    def columns(self) -> list[Field]:
        """The fields a person may choose as columns: all that are shown or filtered somewhere."""
        shown = {*self.list_fields, *(name for part in self.sections for name in part.fields)}
        return [
            field
            for field in self.fields
            if field.kind != "long"
            and (field.name in shown or field.filterable or field.sortable or field.kind == "masked")
        ]

    @property
    def searched(self) -> list[ColumnElement[Any]]:
        return [self.expression(field.name) for field in self.fields if field.searchable]

    @property
    def edited_sections(self) -> tuple[Section, ...]:
        return self.sections if self.form_sections is None else self.form_sections


_entities: dict[str, Entity] = {}


def entity_named(name: str) -> Entity:
    """The declared entity; KeyError when there is none."""
    return _entities[name]


def entities() -> Mapping[str, Entity]:
    return _entities
