"""From an address to one page of a list: filters, search, sort and keyset paging, never an OFFSET.

The state of a list lives in its address: `q`, `tab`, `sort`, `rows`, `after`/`before`, and filters as
`field__operator=value`. Only declared fields can be filtered or sorted, so a hidden column cannot be guessed.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SelectBase,
    String,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.access import Identity, from_ties
from app.platform.custom_values import parse_number
from app.platform.days import parse_day
from app.platform.entity import Entity, Field, Tab
from app.platform.errors import BusinessError
from app.platform.fragment_search import candidates, escape_like, one_of, only, way_to, ways_to
from app.platform.money import parse_money
from app.platform.reach import Reach, reach_of

COUNT_CAP = 10_000
ONE_DAY = timedelta(days=1)
NEARBY = 1_000
"""Rows looked at to say how common the words are."""
PAGE_SIZES = (25, 50, 100)
_WRITTEN = frozenset({"text", "long", "masked"})
_RANGED = frozenset({"money", "int", "number", "date", "moment"})
_RESERVED = frozenset({"q", "tab", "sort", "rows", "after", "before", "view", "cols"})


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
    return ListRequest(
        entity=entity,
        query=str(arguments.get("q", "")).strip()[:60],
        tab=tab,
        sort=sort,
        rows=rows_asked(arguments),
        after=str(arguments.get("after", "")),
        before=str(arguments.get("before", "")),
        filters=tuple(_read_filters(entity, arguments)),
    )


def rows_asked(arguments: Mapping[str, Any]) -> int:
    """Rows a page, as far as there is such a size."""
    return next((size for size in PAGE_SIZES if str(size) == str(arguments.get("rows"))), 50)


def operators_for(declared: Field) -> tuple[str, ...]:
    """The operators that make sense for a field of this kind, the usual one first."""
    if declared.kind in _RANGED:
        return ("from", "to", "is", "not", "empty")
    if declared.kind == "tags":
        return ("has", "empty")
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


def matching(request: ListRequest, identity: Identity, session: Session | None = None) -> Select[Any]:
    """Every row the request asks for, unsorted; the row scope is added by the session.

    With the session at hand a rare fragment is looked up in its index first, so that only the rows
    proposed are read; without it the statement is the same and compares every row.
    """
    if session is None:
        return _asked(request, identity)
    return _statement(session, request, identity, _short_way(session, request, identity))


def _asked(request: ListRequest, identity: Identity, *, words: bool = True) -> Select[Any]:
    """The rows as the address describes them, with or without the words looked for."""
    entity = request.entity
    statement = select(entity.model)
    if entity.where is not None:
        statement = statement.where(*entity.where())
    if request.tab is not None:
        statement = statement.where(*request.tab.where(identity))
    if request.query and words:
        statement = statement.where(one_of(ways_to(entity, request.query, identity)))
    return statement.where(*(_condition(entity, f) for f in request.filters))


def _short_way(session: Session, request: ListRequest, identity: Identity) -> Reach:
    """By ids: of the only rows that can fit the words, or of what the person takes part in, when few."""
    proposed = _proposed(session, request, identity)
    if proposed is not None:
        return Reach(few=proposed)
    return reach_of(session, request.entity.model, identity, _where(request.entity))


def _proposed(session: Session, request: ListRequest, identity: Identity) -> list[int] | None:
    """Ids of the only rows that can hold the words looked for and those of the filters; None for too many."""
    entity = request.entity
    asked = [ways_to(entity, request.query, identity)] if request.query else []
    asked += [[way_to(entity, f.field, f.text)] for f in request.filters if _is_fragment(f)]
    lists = [ids for ways in asked if (ids := candidates(session, ways)) is not None]
    return sorted(set(lists[0]).intersection(*lists[1:])) if lists else None


def _is_fragment(wanted: Filter) -> bool:
    """Whether an index may help: one sign alone is in too many texts, and tags are no text."""
    return wanted.operator == "has" and wanted.field.kind != "tags" and len(wanted.text) > 1


def _where(entity: Entity) -> Sequence[ColumnElement[bool]]:
    return entity.where() if entity.where is not None else ()


def _condition(entity: Entity, wanted: Filter) -> ColumnElement[bool]:
    column = entity.expression(wanted.field.name)
    if wanted.operator == "empty":
        return _nothing(column) if wanted.text != "no" else not_(_nothing(column))
    if wanted.operator == "has" and wanted.field.kind == "tags" and wanted.field.choices is not None:
        return or_(*(column.like(f'%"{escape_like(code)}"%', escape="\\") for code in wanted.text.split(",")))
    if wanted.operator == "has":
        return column.ilike(f"%{escape_like(wanted.text)}%", escape="\\")
    if wanted.operator in ("is", "not"):
        values = [_typed(column, _value(wanted.field, part)) for part in _picked(wanted)]
        return column.in_(values) if wanted.operator == "is" else column.not_in(values)
    if wanted.operator == "from":
        return column >= _value(wanted.field, wanted.text)
    if wanted.field.kind == "moment":
        return column < clock.start_of(clock.local(_value(wanted.field, wanted.text)).date() + ONE_DAY)
    return column <= _value(wanted.field, wanted.text)


def _nullable(column: ColumnElement[Any]) -> bool | None:
    """Whether the column may be NULL; None where it is worked out and nobody says."""
    found: bool | None = getattr(getattr(column, "expression", column), "nullable", None)
    return found


def _nothing(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """No value as a person sees it: a text that is never NULL keeps "" for that, one that may be keeps NULL.

    One comparison wherever the column says which, so that its index serves; what is worked out may be either.
    """
    nullable = _nullable(column)
    if not isinstance(column.type, String) or nullable is True:
        return column.is_(None)
    return column == "" if nullable is False else or_(column.is_(None), column == "")


def _picked(wanted: Filter) -> list[str]:
    """The values of a chip; in amounts and numbers a comma stands between thousands."""
    if wanted.field.kind in _RANGED:
        return [wanted.text]
    return [part for part in wanted.text.split(",") if part]


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
        if declared.kind == "number":
            return float(parse_number(text))
        if declared.kind in ("int", "remote"):
            return int(text.replace(",", "")[:12])
        if declared.kind == "bool":
            return text in ("1", "true", "yes")
    except ValueError:
        raise BusinessError(
            _("“%(text)s” does not fit the filter “%(name)s”.", text=text[:30], name=str(declared.label))
        ) from None
    return text[:200]


def read_page(session: Session, request: ListRequest, identity: Identity) -> Page:
    """The page of rows and the capped count."""
    short = _short_way(session, request, identity)
    keys, count, at_least = _keys_and_count(session, request, identity, short)
    backwards, more = bool(request.before), len(keys) > request.rows
    keys = keys[: request.rows]
    if backwards:
        keys.reverse()
    page = Page(rows=_rows(session, request.entity, [row_id for row_id, _value in keys]))
    if keys:
        if more or backwards:
            page.next_cursor = _cursor(keys[-1][1], keys[-1][0])
        if (more and backwards) or request.after:
            page.previous_cursor = _cursor(keys[0][1], keys[0][0])
    page.count = min(count, COUNT_CAP + 1)
    page.capped = at_least or page.count > COUNT_CAP
    return page


Key = tuple[int, Any]


def _keys_and_count(
    session: Session, request: ListRequest, identity: Identity, short: Reach
) -> tuple[list[Key], int, bool]:
    """The keys of a page and one more, how many rows the list has, and whether it has at least so many."""
    cursor = request.before or request.after
    of_ties = isinstance(short.few, SelectBase)
    in_order = of_ties and _ties_give_the_order(request)
    statement = _asked(request, identity) if in_order else _statement(session, request, identity, short)
    with from_ties(session, wanted=of_ties):
        if short.few is not None and not (cursor or in_order):
            return *_few_keys(session, statement, request), False
        keys = _keys(session, statement, request, cursor, most=request.rows + 1)
    if not cursor and len(keys) <= request.rows:
        return keys, len(keys), False
    if short.few is None and request.query:
        return keys, max(_count_nearby(session, request, identity), len(keys)), True
    return keys, _counted(session, statement, wanted=of_ties or short.from_ties), False


def _ties_give_the_order(request: ListRequest) -> bool:
    """Whether rows come in the order of the list by walking the ties, which are ids: both databases then
    stop when the page is full.
    """
    return request.entity.model.scope_by == "id" and request.sort.lstrip("-") == "id"


def _statement(session: Session, request: ListRequest, identity: Identity, short: Reach) -> Select[Any]:
    statement = _asked(request, identity)
    return statement if short.few is None else only(session, statement, request.entity.model, short.few)


def _counted(session: Session, statement: Select[Any], *, wanted: bool) -> int:
    with from_ties(session, wanted=wanted):
        return count_capped(session, statement)


def count_rows(session: Session, request: ListRequest, identity: Identity) -> int:
    """How many rows the request asks for, counted no further than one above the cap."""
    short = _short_way(session, request, identity)
    return _counted(session, _statement(session, request, identity, short), wanted=short.from_ties)


def count_in_sight(session: Session, statement: Select[Any], identity: Identity) -> int:
    """How many rows of one model the person sees of the statement's, counted like those of a list."""
    model = statement.column_descriptions[0]["entity"]
    where = () if statement.whereclause is None else (statement.whereclause,)
    short = reach_of(session, model, identity, where)
    if short.few is not None:
        statement = only(session, statement, model, short.few)
    return _counted(session, statement, wanted=short.from_ties)


def _count_nearby(session: Session, request: ListRequest, identity: Identity) -> int:
    """How many of the newest rows hold common words: counting all of them would read the table."""
    model = request.entity.model
    nearby = _asked(request, identity, words=False).with_only_columns(model.id)
    nearby = nearby.order_by(model.id.desc()).limit(NEARBY)
    fits = one_of(ways_to(request.entity, request.query, identity))
    return session.scalar(select(func.count(model.id)).where(model.id.in_(nearby), fits)) or 0


def _few_keys(session: Session, base: Select[Any], request: ListRequest) -> tuple[list[Key], int]:
    """The first keys and how many there are, of rows so few that all are read: counting them would look
    each up once more.
    """
    order = _Order.of(request, backwards=False)
    statement = order.columns_of(order.at_once(base)).add_columns(func.count().over().label("counted"))
    found = session.execute(statement.limit(request.rows + 1)).all()
    return [(row.id, row.sorted_by) for row in found], found[0].counted if found else 0


def _keys(session: Session, base: Select[Any], request: ListRequest, cursor: str, *, most: int) -> list[Key]:
    """Id and sort value of at most so many rows beyond the cursor, in the order they are read."""
    order = _Order.of(request, backwards=bool(request.before))
    found: list[Key] = []
    for stretch in order.stretches(base, _read_cursor(cursor, order.column) if cursor else None):
        found += session.execute(order.columns_of(stretch).limit(most - len(found))).tuples()
        if len(found) == most:
            break
    return found


def _rows(session: Session, entity: Entity, ids: Sequence[int]) -> list[Any]:
    """The rows with these ids, in this order, with what the list shows of them."""
    if not ids:
        return []
    statement = select(entity.model).where(entity.model.id.in_(ids))
    if entity.loads:
        statement = statement.options(*entity.loads())
    by_id = {row.id: row for row in session.scalars(statement)}
    return [by_id[row_id] for row_id in ids if row_id in by_id]


def count_capped(session: Session, statement: Select[Any]) -> int:
    """How many rows match, counted no further than one above the cap."""
    model = statement.column_descriptions[0]["entity"]
    inner = statement.with_only_columns(model.id).limit(COUNT_CAP + 1).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


@dataclass(frozen=True)
class _Order:
    """The order of a page: by the column, then by the id in the same direction, empty values last.

    An index on (column, id) serves it in both directions, as long as nobody asks for the empty values in
    the same breath: an ORDER BY that puts them last fits an index of one database in one direction only.
    So filled and empty values are two stretches, read one after the other.
    """

    column: ColumnElement[Any]
    key: ColumnElement[Any]
    falling: bool
    backwards: bool

    @classmethod
    def of(cls, request: ListRequest, *, backwards: bool) -> _Order:
        column = request.entity.expression(request.sort.lstrip("-"))
        falling = request.sort.startswith("-") != backwards
        return cls(column, request.entity.model.id, falling, backwards)

    def columns_of(self, statement: Select[Any]) -> Select[Any]:
        return statement.with_only_columns(self.key, self.column.label("sorted_by"))

    def at_once(self, base: Select[Any]) -> Select[Any]:
        """Everything in this order by sorting it: for rows so few that no index of the order matters."""
        return self._sorted(base.order_by(self.column.is_(None)) if self._may_be_empty() else base)

    def _sorted(self, base: Select[Any]) -> Select[Any]:
        keys = (self.key,) if self.column is self.key else (self.column, self.key)
        return base.order_by(*(key.desc() if self.falling else key.asc() for key in keys))

    def stretches(self, base: Select[Any], cursor: tuple[Any, int] | None) -> list[Select[Any]]:
        """What lies beyond the cursor, as statements to be read one after the other."""
        base = self._sorted(base)
        if not self._may_be_empty():
            return [base.where(*self._beyond(cursor))]
        filled, empty = base.where(self.column.is_not(None)), base.where(self.column.is_(None))
        first, second = (empty, filled) if self.backwards else (filled, empty)
        if cursor is None:
            return [first, second]
        in_second = (cursor[0] is None) != self.backwards
        if in_second:
            return [second.where(*self._beyond(cursor))]
        return [first.where(*self._beyond(cursor)), second]

    def _may_be_empty(self) -> bool:
        return _nullable(self.column) is not False

    def _beyond(self, cursor: tuple[Any, int] | None) -> tuple[ColumnElement[bool], ...]:
        if cursor is None:
            return ()
        value, row_id = cursor
        if value is None or self.column is self.key:
            return (self.key < row_id if self.falling else self.key > row_id,)
        here = tuple_(self.column, self.key)
        there = tuple_(literal(value, self.column.type), literal(row_id, self.key.type))
        return (here < there if self.falling else here > there,)


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
        if isinstance(value, Decimal) and not abs(value) < 10**15:
            raise ValueError(cursor)
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


def cursor_of(session: Session, request: ListRequest, row_id: int) -> str:
    """The cursor that stands on this row in the order of the request; empty when the row is out of sight."""
    values = _sort_values(session, request, [row_id])
    return _cursor(values[row_id], row_id) if row_id in values else ""


def stretches(
    session: Session, request: ListRequest, identity: Identity, *, at_a_time: int
) -> Iterator[list[Any]]:
    """Every row the request asks for, in its order, in stretches of so many so that memory stays flat."""
    wanted = replace(request, rows=at_a_time, after="", before="")
    while True:
        statement = matching(wanted, identity, session)
        keys = _keys(session, statement, wanted, wanted.after, most=at_a_time + 1)
        yield _rows(session, wanted.entity, [row_id for row_id, _value in keys[:at_a_time]])
        if len(keys) <= at_a_time:
            return
        row_id, value = keys[at_a_time - 1]
        wanted = replace(wanted, after=_cursor(value, row_id))
        session.expunge_all()
