"""Rows whose text contains what somebody typed: how to ask, so that a million rows take no time.

LIKE decides which rows fit; an index only proposes. A rare fragment is looked up in the fragment indexes
and leads to a few ids. A common one fits so many rows that walking the list in its order and comparing
meets a page of them soon, while the index would collect them all. `MOST_PROPOSED` draws the line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Join,
    ScalarSelect,
    Select,
    SelectBase,
    false,
    func,
    inspect,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression

from app.platform.access import Identity
from app.platform.entity import Entity, Field
from app.platform.fragment_indexes import FragmentIndex, indexed, own_columns, proposed

MOST_PROPOSED = 3_000
"""Ids an index may propose. Above, one row in 300 of a million fits: a walk meets a page of them soon."""

Propose = Callable[[Session], "list[int] | None"]


@dataclass(frozen=True)
class Way:
    """One way a row is found: the condition that decides, and what proposes rows it may be true for.

    `propose` answers ids of rows, at least all that fit, or None when they are too many.
    """

    condition: ColumnElement[bool]
    propose: Propose


MoreWays = Callable[[str, Identity], Sequence[Way]]
_more_ways: dict[str, MoreWays] = {}


def also_found_by(access: str, ways: MoreWays) -> None:
    """Let the entities with these permissions be found by more than their searchable fields."""
    _more_ways[access] = ways


def ways_to(entity: Entity, words: str, identity: Identity) -> list[Way]:
    """How rows of the entity, shaped for the person, are found. Own columns first: likeliest to be common."""
    own = own_columns(entity)
    ways = [by_text([getattr(entity.model, name) for name in own], words)] if own else []
    ways += [
        _by_expression(entity.model.__table__, entity.expression(field.name), words)
        for field in entity.fields
        if field.searchable and field.name not in own
    ]
    more = _more_ways.get(entity.grants_of)
    return [*ways, *(more(words, identity) if more else ())]


def way_to(entity: Entity, field: Field, words: str) -> Way:
    """How rows are found whose field holds the words (two signs or more)."""
    if field.name in own_columns(entity):
        return by_text([getattr(entity.model, field.name)], words)
    return _by_expression(entity.model.__table__, entity.expression(field.name), words)


def by_text(columns: Sequence[InstrumentedAttribute[Any]], words: str) -> Way:
    """By columns of the row itself."""
    table, names = columns[0].class_.__table__, [column.key for column in columns]
    pattern = _pattern(table, names, words)
    return Way(
        or_(*(column.ilike(pattern, escape="\\") for column in columns)),
        lambda session: _proposed(session, table, names, words),
    )


def _pattern(table: Any, names: Sequence[str], words: str) -> str:
    """The words anywhere in the text; one sign alone must begin an indexed text: it stands everywhere."""
    begins = len(words) == 1 and _index_over(table, names) is not None
    return f"{'' if begins else '%'}{escape_like(words)}%"


def escape_like(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def candidates(session: Session, ways: Sequence[Way]) -> list[int] | None:
    """Ids of the only rows one of the ways can find; None when they are too many to go by."""
    ids: set[int] = set()
    for way in ways:
        more = way.propose(session)
        if more is None or len(ids) > MOST_PROPOSED:
            return None
        ids.update(more)
    return sorted(ids)


@contextmanager
def asking_once(session: Session) -> Iterator[None]:
    """Inside the block, which must not write, an index is asked once for the same words."""
    session.info["proposed"] = {}
    try:
        yield
    finally:
        del session.info["proposed"]


def one_of(ways: Sequence[Way]) -> ColumnElement[bool]:
    return or_(false(), *(way.condition for way in ways))


def tied(session: Session, key: Any, others: list[int] | None) -> list[int] | None:
    """Ids of the rows whose key (a column of a table) points to one of the others; None when too many."""
    if not others:
        return others
    statement = select(key.table.c.id).where(is_one_of(session, key, others)).limit(MOST_PROPOSED + 1)
    ids = list(session.connection().scalars(statement))
    return ids if len(ids) <= MOST_PROPOSED else None


def _proposed(session: Session, table: Any, columns: Sequence[str], words: str) -> list[int] | None:
    index = _index_over(table, columns)
    if index is None:
        return None
    known: dict[tuple[str, str], list[int] | None] = session.info.get("proposed", {})
    key = (table.name, words)
    if key not in known:
        known[key] = proposed(session.connection(), index, words, MOST_PROPOSED)
    return known[key]


def _index_over(table: Any, columns: Sequence[str]) -> FragmentIndex | None:
    index = indexed().get(table.name)
    return index if index is not None and set(columns) <= set(index.columns) else None


def _by_expression(table: Any, expression: ColumnElement[Any], words: str) -> Way:
    """By a text of another table, such as the customer's name: the ids over there lead here."""
    tie = _tie_of(table, expression)
    if tie is None:
        return Way(expression.ilike(f"%{escape_like(words)}%", escape="\\"), lambda _session: None)
    key, text = tie
    pattern = _pattern(text.table, [text.name], words)

    def propose(session: Session) -> list[int] | None:
        if _index_over(text.table, [text.name]) is not None:
            return tied(session, key, _proposed(session, text.table, [text.name], words))
        # The other table is small: where nothing fits, nothing does here; where something does, many may.
        few = select(text.table.c.id).where(text.ilike(pattern, escape="\\")).limit(1)
        return None if session.connection().scalar(few) is not None else []

    return Way(expression.ilike(pattern, escape="\\"), propose)


def _tie_of(table: Any, expression: ColumnElement[Any]) -> tuple[Any, Any] | None:
    """The own key and the text over there of `SELECT other.text WHERE other.id = own.other_id`; else None."""
    inner = expression.element if isinstance(expression, ScalarSelect) else None
    if not isinstance(inner, Select) or len(inner.selected_columns) != 1:
        return None
    text, condition = inner.selected_columns[0], inner.whereclause
    there = getattr(text, "table", None)
    if there is None or not isinstance(condition, BinaryExpression) or condition.operator is not operators.eq:
        return None
    sides = {getattr(side, "table", None): side for side in (condition.left, condition.right)}
    if there is table or sides.keys() != {table, there} or sides[there].name != "id":
        return None
    return table.c[sides[table].name], there.c[text.name]


# Rows by id ----------------------------------------------------------------------------------------


def is_one_of(session: Session, column: ColumnElement[Any], ids: Sequence[int]) -> ColumnElement[bool]:
    """Whether the column holds one of the ids, as one parameter however many they are."""
    return column.in_(select(_listed(session, ids)))


def only(
    session: Session, statement: Select[Any], model: type[Any], ids: Sequence[int] | SelectBase
) -> Select[Any]:
    """The statement with only these rows of the model, reached by their ids whatever index seems handier."""
    listed, table = _listed(session, ids), inspect(model).local_table
    return statement.select_from(_InThisOrder(listed.table, table, table.c.id == listed))


def _listed(session: Session, ids: Sequence[int] | SelectBase) -> Any:
    """The ids as a table to join by the key: `= ANY(array)` would leave that to the planner."""
    if isinstance(ids, SelectBase):
        return ids.subquery("proposed").c[0]
    if session.connection().dialect.name == "sqlite":
        rows = func.json_each(literal(json.dumps(list(ids)))).table_valued("value", name="proposed")
    else:
        array = func.unnest(literal(list(ids), ARRAY(BigInteger)))
        rows = array.table_valued("value", name="proposed").render_derived()
    return rows.c.value


class _InThisOrder(Join):
    """A join no planner turns around: SQLite, without statistics, takes any index for ten rows; PostgreSQL
    would rather read a table whole than look up thousands of rows."""

    inherit_cache = True


@compiles(_InThisOrder, "sqlite")
def _as_cross_join(join: _InThisOrder, compiler: Any, **kw: Any) -> str:
    left, right = compiler.process(join.left, **kw), compiler.process(join.right, **kw)
    return f"{left} CROSS JOIN {right} ON {compiler.process(join.onclause, **{**kw, 'asfrom': False})}"


@compiles(_InThisOrder, "postgresql")
def _as_lateral_join(join: _InThisOrder, compiler: Any, **kw: Any) -> str:
    """OFFSET 0 keeps the inner question apart: it is asked once per id."""
    left, right = compiler.process(join.left, **kw), compiler.process(join.right, **kw)
    condition = compiler.process(join.onclause, **{**kw, "asfrom": False})
    return f"{left} CROSS JOIN LATERAL (SELECT * FROM {right} WHERE {condition} OFFSET 0) AS {right}"
