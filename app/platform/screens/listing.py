"""From an address to one page of a list: filters, search, sort and keyset paging, never an OFFSET.

The state of a list lives in its address: `q`, `tab`, `sort`, `rows`, `after`/`before`, and filters as
`field__operator=value`. Only declared fields can be filtered or sorted, so a hidden column cannot be guessed.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.access import Identity
from app.platform.days import parse_day
from app.platform.entity import Entity, Field, Tab
from app.platform.errors import BusinessError
from app.platform.money import parse_money

COUNT_CAP = 10_000
PAGE_SIZES = (25, 50, 100)
_WRITTEN = frozenset({"text", "long", "masked"})
_RANGED = frozenset({"money", "int", "date", "moment"})
_RESERVED = frozenset({"q", "tab", "sort", "rows", "after", "before"})


@dataclass(frozen=True)
class Filter:
    """One chip: field, operator (is, not, has, from, to, empty) and the value as typed."""

    field: Field
    operator: str
    text: str

    @property
    def key(self) -> str:
        return f"{self.field.name}__{self.operator}"


@dataclass(frozen=True)
class ListRequest:
    """What a person asked of a list, checked against the declaration."""

    entity: Entity
    query: str = ""
    tab: Tab | None = None
    sort: str = "-id"
    rows: int = 50
    after: str = ""
    before: str = ""
    filters: tuple[Filter, ...] = ()


@dataclass
class Page:
    """One page of rows; `count` is capped, `more_than` says so. Cursors are empty at the ends."""

    rows: list[Any] = field(default_factory=list)
    count: int = 0
    capped: bool = False
    next_cursor: str = ""
    previous_cursor: str = ""


def read_request(entity: Entity, arguments: Mapping[str, Any]) -> ListRequest:
    """Read the address. Raises BusinessError in words for a filter, sort or size that does not exist."""
    tab_name = str(arguments.get("tab", ""))
    tab = next((t for t in entity.tabs if t.name == tab_name), None)
    if tab is None and entity.tabs:
        tab = entity.tabs[0]
    sort = str(arguments.get("sort") or entity.order)
    name = sort.lstrip("-")
    if (
        name != "id"
        and sort != entity.order
        and not any(f.name == name and f.sortable for f in entity.fields)
    ):
        raise BusinessError(_("The list cannot be sorted by “%(name)s”.", name=name[:40]))
    rows = str(arguments.get("rows", "50"))
    return ListRequest(
        entity=entity,
        query=str(arguments.get("q", "")).strip()[:60],
        tab=tab,
        sort=sort,
        rows=int(rows) if rows.isdecimal() and int(rows) in PAGE_SIZES else 50,
        after=str(arguments.get("after", "")),
        before=str(arguments.get("before", "")),
        filters=tuple(_read_filters(entity, arguments)),
    )


def operators_for(declared: Field) -> tuple[str, ...]:
    """The operators that make sense for a field of this kind, the usual one first."""
    if declared.kind in _RANGED:
        return ("from", "to", "is", "not", "empty")
    return ("has", "is", "not", "empty") if declared.kind in _WRITTEN else ("is", "not", "empty")


def _read_filters(entity: Entity, arguments: Mapping[str, Any]) -> list[Filter]:
    found = []
    for key, text in arguments.items():
        name, _sep, operator = key.rpartition("__")
        if key in _RESERVED or not name:
            continue
        declared = next((f for f in entity.fields if f.name == name and f.filterable), None)
        if declared is None or operator not in operators_for(declared):
            raise BusinessError(_("The list cannot be filtered by “%(name)s”.", name=key[:40]))
        if str(text).strip() or operator == "empty":
            found.append(Filter(declared, operator, str(text).strip()))
    return found


def matching(request: ListRequest, identity: Identity) -> Select[Any]:
    """Every row the request asks for, unsorted; the row scope is added by the session."""
    entity = request.entity
    statement = select(entity.model)
    if entity.where is not None:
        statement = statement.where(*entity.where())
    if request.tab is not None:
        statement = statement.where(*request.tab.where(identity))
    if request.query:
        pattern = f"%{escape_like(request.query)}%"
        statement = statement.where(or_(*(column.ilike(pattern, escape="\\") for column in entity.searched)))
    return statement.where(*(_condition(entity, f) for f in request.filters))


def escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _condition(entity: Entity, wanted: Filter) -> ColumnElement[bool]:
    column = entity.expression(wanted.field.name)
    if wanted.operator == "empty":
        return column.is_(None) if wanted.text != "no" else column.is_not(None)
    if wanted.operator == "has":
        return column.ilike(f"%{escape_like(wanted.text)}%", escape="\\")
    if wanted.operator in ("is", "not"):
        values = [_typed(column, _value(wanted.field, part)) for part in wanted.text.split(",") if part]
        return column.in_(values) if wanted.operator == "is" else column.not_in(values)
    if wanted.operator == "from":
        return column >= _value(wanted.field, wanted.text)
    if wanted.field.kind == "moment":
        return column < clock.start_of(date.fromordinal(parse_day(wanted.text).toordinal() + 1))
    return column <= _value(wanted.field, wanted.text)


def _typed(column: ColumnElement[Any], value: Any) -> Any:
    """A picked choice as the column stores it: keys of other rows are numbers."""
    if isinstance(value, str) and isinstance(column.type, Integer):
        return int(value) if value.isdecimal() and len(value) < 12 else -1
    return value


def _value(declared: Field, text: str) -> Any:
    try:
        if declared.kind == "money":
            return parse_money(text)
        if declared.kind == "date":
            return parse_day(text)
        if declared.kind == "moment":
            return clock.start_of(parse_day(text))
        if declared.kind in ("int", "remote"):
            return int(text[:12])
        if declared.kind == "bool":
            return text in ("1", "true", "yes")
    except ValueError:
        raise BusinessError(
            _("“%(text)s” does not fit the filter “%(name)s”.", text=text[:30], name=str(declared.label))
        ) from None
    return text[:200]


def read_page(session: Session, request: ListRequest, identity: Identity) -> Page:
    """The page of rows and the capped count."""
    base = matching(request, identity)
    page = Page()
    page.count = count_capped(session, base)
    page.capped = page.count > COUNT_CAP
    backwards = bool(request.before)
    statement = _paged(base, request, request.before or request.after, backwards=backwards)
    if request.entity.loads:
        statement = statement.options(*request.entity.loads())
    rows = list(session.scalars(statement.limit(request.rows + 1)))
    more = len(rows) > request.rows
    rows = rows[: request.rows]
    if backwards:
        rows.reverse()
    page.rows = rows
    if rows:
        values = _sort_values(session, request, [rows[0].id, rows[-1].id])
        if more or backwards:
            page.next_cursor = _cursor(values[rows[-1].id], rows[-1].id)
        if (more and backwards) or request.after:
            page.previous_cursor = _cursor(values[rows[0].id], rows[0].id)
    return page


def count_capped(session: Session, statement: Select[Any]) -> int:
    """How many rows match, counted no further than one above the cap."""
    model = statement.column_descriptions[0]["entity"]
    inner = statement.with_only_columns(model.id).limit(COUNT_CAP + 1).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


def _paged(base: Select[Any], request: ListRequest, cursor: str, *, backwards: bool) -> Select[Any]:
    descending = request.sort.startswith("-")
    column = request.entity.expression(request.sort.lstrip("-"))
    key = request.entity.model.id
    falling = descending != backwards
    if cursor:
        base = base.where(
            _beyond(column, key, _read_cursor(cursor, column), falling=falling, backwards=backwards)
        )
    first = column.desc() if falling else column.asc()
    first = first.nulls_first() if backwards else first.nulls_last()
    return (
        base.order_by(first, key.desc() if falling else key.asc())
        if column is not key
        else base.order_by(first)
    )


def _beyond(
    column: ColumnElement[Any],
    key: ColumnElement[Any],
    cursor: tuple[Any, int],
    *,
    falling: bool,
    backwards: bool,
) -> ColumnElement[bool]:
    value, row_id = cursor
    past_key = key < row_id if falling else key > row_id
    if column is key:
        return past_key
    if value is None:
        tied = and_(column.is_(None), past_key)
        return or_(tied, column.is_not(None)) if backwards else tied
    past_value = column < value if falling else column > value
    beyond = or_(past_value, and_(column == value, past_key))
    return beyond if backwards else or_(beyond, column.is_(None))


def _sort_values(session: Session, request: ListRequest, ids: Sequence[int]) -> dict[int, Any]:
    column = request.entity.expression(request.sort.lstrip("-"))
    key = request.entity.model.id
    return dict(session.execute(select(key, column).where(key.in_(ids))).tuples().all())


def _cursor(value: Any, row_id: int) -> str:
    kind, text = "s", value
    if isinstance(value, Decimal):
        kind, text = "m", str(value)
    elif isinstance(value, datetime):
        kind, text = "t", value.isoformat()
    elif isinstance(value, date):
        kind, text = "d", value.isoformat()
    packed = json.dumps([kind, text, row_id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, column: ColumnElement[Any]) -> tuple[Any, int]:
    """What the cursor stands on; a cursor somebody made up is refused."""
    try:
        kind, text, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = _CURSOR_KINDS[kind](text) if text is not None else None
        if not isinstance(row_id, int) or abs(row_id) > 2**53:
            raise ValueError(cursor)
        if value is not None and not isinstance(value, column.type.python_type):
            raise TypeError(cursor)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(cursor)
        return value, row_id
    except (ValueError, TypeError, KeyError, ArithmeticError, NotImplementedError, binascii.Error):
        raise BusinessError(_("This page address is damaged. Open the list again.")) from None


_CURSOR_KINDS: dict[str, Any] = {
    "m": Decimal,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "s": lambda value: value,
}
