"""Fragment indexes: which rows contain a short piece of text, answered without reading every row.

A gram is every two and every three neighbouring characters of a text in small letters, and its first
character behind a mark. Each indexed table has one index over the grams of all its searched columns. Who
keeps it is the database itself, so no writer can forget it: on SQLite three triggers feed an FTS5 table
without content, on PostgreSQL it is a GIN index on an expression. What is indexed follows from the
declarations: the searchable text columns of entities whose rows belong to somebody, and what a stage adds
by `index_column`. `lay_down` makes the database fit, after every migration. Why: docs/decisions/0015.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, String, bindparam, inspect, text
from sqlalchemy.orm import InstrumentedAttribute

from app.platform.access import Scoped
from app.platform.entity import Entity, entities

CHUNK = 50_000
"""Rows filled in one statement while an index is built on SQLite."""
_PREFIX = "fragment_"
_VERBS = ("insert", "update", "delete")
_PLAIN_ASCII = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}

_GRAMS_FUNCTION = """
CREATE OR REPLACE FUNCTION fragment_grams(VARIADIC texts text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT gram), '{}'::text[])
    FROM unnest(texts) AS given, lower(given) AS small,
        LATERAL (
            SELECT '^' || substr(small, 1, 1)
            UNION ALL SELECT substr(small, place, 2) FROM generate_series(1, length(small) - 1) AS place
            UNION ALL SELECT substr(small, place, 3) FROM generate_series(1, length(small) - 2) AS place
        ) AS pieces (gram)
    WHERE small <> ''
$$
"""


@dataclass(frozen=True)
class FragmentIndex:
    """The index of one table over the grams of some of its columns."""

    table: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return _PREFIX + self.table

    def trigger(self, verb: str) -> str:
        return f"{self.name}_{verb}"


_added: dict[str, tuple[str, ...]] = {}


def index_column(column: InstrumentedAttribute[Any]) -> None:
    """Index a column that is found by fragments without being a searchable field of an entity."""
    table = column.class_.__table__.name
    _added[table] = (*_added.get(table, ()), column.key)


def indexed() -> dict[str, FragmentIndex]:
    """Every index the declarations ask for, by table."""
    return _indexed(len(entities()), sum(map(len, _added.values())))


@cache
def _indexed(*_declared: int) -> dict[str, FragmentIndex]:
    """Declarations only ever grow in number, so how many there are tells whether this is out of date."""
    columns: dict[str, dict[str, None]] = {
        table: dict.fromkeys(names) for table, names in sorted(_added.items())
    }
    for entity in entities().values():
        model: Any = entity.model
        if issubclass(model, Scoped):
            own = columns.setdefault(inspect(model).local_table.name, {})
            own.update(dict.fromkeys(own_columns(entity)))
    return {table: FragmentIndex(table, tuple(names)) for table, names in columns.items() if names}


def own_columns(entity: Entity) -> list[str]:
    """The searchable fields that are text columns of the entity's own table."""
    return [
        field.name
        for field in entity.fields
        if field.searchable
        and field.expression is None
        and isinstance(getattr(entity.model, field.name).type, String)
    ]


def grams_of(fragment: str) -> list[str]:
    """The grams every text with the fragment has; those in whose letters databases differ are left out."""
    small = fragment.translate(_PLAIN_ASCII)
    if len(small) == 1:
        return ["^" + small] if _same_everywhere(small) else []
    size = min(len(small), 3)
    windows = (small[start : start + size] for start in range(len(small) - size + 1))
    return [gram for gram in dict.fromkeys(windows) if _same_everywhere(gram)]


def _same_everywhere(gram: str) -> bool:
    return all(sign.isascii() or sign.lower() == sign.upper() for sign in gram)


def token_of(gram: str) -> str:
    """A gram as FTS5 keeps it: letters and digits only, whatever signs it is made of."""
    mark, rest = ("s", gram[1:]) if gram[0] == "^" and len(gram) == 2 else ("", gram)
    return mark + rest.encode().hex()


# Keeping them --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """How far the building of one index is: rows of `total` done."""

    index: FragmentIndex
    done: int
    total: int


Progress = Callable[[Step], None]


def lay_down(connection: Connection, progress: Progress = lambda _step: None) -> None:
    """Make the indexes fit the declarations: build what is missing or different, drop the rest."""
    wanted = indexed()
    for table in _present(connection) - wanted.keys():
        _drop(connection, FragmentIndex(table, ()))
    rebuild(connection, [i for i in wanted.values() if not is_as_declared(connection, i)], progress)


def rebuild(
    connection: Connection, indexes: Iterable[FragmentIndex], progress: Progress = lambda _step: None
) -> None:
    """Build the indexes anew from the rows. Nobody else can write meanwhile."""
    for index in indexes:
        _drop(connection, index)
        if connection.dialect.name == "sqlite":
            _build_on_sqlite(connection, index, progress)
        else:
            _build_on_postgresql(connection, index, progress)


def is_as_declared(connection: Connection, index: FragmentIndex) -> bool:
    """Whether the index is there, over these columns, made in the present way."""
    if connection.dialect.name == "sqlite":
        present: dict[str, str] = dict(
            connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE name = :index OR tbl_name = :table"),
                {"index": index.name, "table": index.table},
            )
            .tuples()
            .all()
        )
        return all(present.get(name) == statement for name, statement in _on_sqlite(index).items())
    return bool(
        connection.scalar(
            text(
                "SELECT indisvalid AND obj_description(indexrelid) = :digest FROM pg_index "
                "WHERE indexrelid = to_regclass(:name)"
            ),
            {"name": index.name, "digest": _digest(index)},
        )
    )


def disagreements(connection: Connection, index: FragmentIndex, *, sample: int) -> int:
    """How many of up to `sample` rows (spread over the table) the index does not propose by each gram.

    On PostgreSQL an index cannot differ from its rows.
    """
    if connection.dialect.name != "sqlite":
        return 0
    rows = connection.scalar(text(f"SELECT count(*) FROM {index.table}")) or 0
    kept = connection.scalar(text(f"SELECT count(*) FROM {index.name}_docsize")) or 0
    looked_at = text(
        f"SELECT id, {_tokens(index, index.table)} FROM {index.table} "
        "WHERE id % :every = 0 ORDER BY id DESC LIMIT :sample"
    )
    there = text(f"SELECT count(*) FROM {index.name} WHERE {index.name} MATCH :tokens AND rowid = :id")
    spread = {"every": max(1, rows // sample), "sample": sample}
    missing = sum(
        1
        for row_id, tokens in connection.execute(looked_at, spread).tuples()
        if tokens and not connection.scalar(there, {"tokens": tokens, "id": row_id})
    )
    return abs(int(rows) - int(kept)) + missing


def _present(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        names = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE fragment~_%' ESCAPE '~'"
    else:
        names = "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'fragment~_%' ESCAPE '~'"
    return {name.removeprefix(_PREFIX) for name in connection.scalars(text(names))}


def _drop(connection: Connection, index: FragmentIndex) -> None:
    if connection.dialect.name == "sqlite":
        for verb in _VERBS:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {index.trigger(verb)}"))
        connection.execute(text(f"DROP TABLE IF EXISTS {index.name}"))
    else:
        connection.execute(text(f"DROP INDEX IF EXISTS {index.name}"))


# SQLite --------------------------------------------------------------------------------------------


def _on_sqlite(index: FragmentIndex) -> dict[str, str]:
    """Table and triggers, by name, as SQLite keeps their text."""
    name, table = index.name, index.table
    put = f"INSERT INTO {name}(rowid, grams) VALUES (NEW.id, {_tokens(index, 'NEW')});"
    take = f"INSERT INTO {name}({name}, rowid, grams) VALUES ('delete', OLD.id, {_tokens(index, 'OLD')});"
    columns = ", ".join(("id", *index.columns))
    return {
        name: f"CREATE VIRTUAL TABLE {name} USING fts5(grams, content='', detail=none, tokenize='ascii')",
        index.trigger("insert"): _trigger(index, "insert", f"INSERT ON {table}", put),
        index.trigger("update"): _trigger(index, "update", f"UPDATE OF {columns} ON {table}", take + put),
        index.trigger("delete"): _trigger(index, "delete", f"DELETE ON {table}", take),
    }


def _trigger(index: FragmentIndex, verb: str, when: str, work: str) -> str:
    return f"CREATE TRIGGER {index.trigger(verb)} AFTER {when} BEGIN {work} END"


def _tokens(index: FragmentIndex, row: str) -> str:
    """SQL for the tokens of a row: signs in hexadecimal, so that no tokenizer takes them apart."""
    texts = " UNION ALL ".join(f"SELECT lower({row}.{column})" for column in index.columns)
    return (
        f"(WITH RECURSIVE given(small) AS ({texts}), "
        "places(small, place) AS (SELECT small, 1 FROM given WHERE small <> '' "
        "UNION ALL SELECT small, place + 1 FROM places WHERE place + 1 < length(small)) "
        "SELECT coalesce(group_concat("
        "CASE place WHEN 1 THEN 's' || hex(substr(small, 1, 1)) || ' ' ELSE '' END || "
        "hex(substr(small, place, 2)) || ' ' || hex(substr(small, place, 3)), ' '), '') FROM places)"
    )


def _build_on_sqlite(connection: Connection, index: FragmentIndex, progress: Progress) -> None:
    statements = _on_sqlite(index)
    connection.exec_driver_sql(statements.pop(index.name))
    last = connection.scalar(text(f"SELECT max(id) FROM {index.table}")) or 0
    fill = text(
        f"INSERT INTO {index.name}(rowid, grams) SELECT id, {_tokens(index, index.table)} "
        f"FROM {index.table} WHERE id > :after AND id <= :until"
    )
    for start in range(0, last, CHUNK):
        connection.execute(fill, {"after": start, "until": start + CHUNK})
        progress(Step(index, min(start + CHUNK, last), last))
    connection.exec_driver_sql(f"INSERT INTO {index.name}({index.name}) VALUES ('optimize')")
    for statement in statements.values():
        connection.exec_driver_sql(statement)


# PostgreSQL ----------------------------------------------------------------------------------------


def _build_on_postgresql(connection: Connection, index: FragmentIndex, progress: Progress) -> None:
    connection.exec_driver_sql(_GRAMS_FUNCTION)
    progress(Step(index, 0, 1))
    connection.exec_driver_sql(
        f"CREATE INDEX {index.name} ON {index.table} USING gin ({grams_expression(index)}) "
        "WITH (fastupdate = off)"
    )
    # The planner's frequencies of grams decide between the index and the walk; more of them, better ones.
    connection.exec_driver_sql(f"ALTER INDEX {index.name} ALTER COLUMN 1 SET STATISTICS 300")
    connection.exec_driver_sql(f"COMMENT ON INDEX {index.name} IS '{_digest(index)}'")
    connection.exec_driver_sql(f"ANALYZE {index.table}")
    progress(Step(index, 1, 1))


def grams_expression(index: FragmentIndex) -> str:
    return f"fragment_grams({', '.join(index.columns)})"


def _digest(index: FragmentIndex) -> str:
    made_of = _GRAMS_FUNCTION + grams_expression(index)
    return hashlib.sha256(made_of.encode()).hexdigest()[:16]


# Asking --------------------------------------------------------------------------------------------


def proposed(connection: Connection, index: FragmentIndex, fragment: str, most: int) -> list[int] | None:
    """Ids of the rows that may contain the fragment; None when there are more than `most`, or no gram helps.

    A row proposed is not a row found: its text has every gram, not necessarily side by side.
    """
    grams = grams_of(fragment)
    if not grams:
        return None
    if connection.dialect.name == "sqlite":
        statement = text(f"SELECT rowid FROM {index.name} WHERE {index.name} MATCH :wanted LIMIT :most")
        wanted: Any = " ".join(token_of(gram) for gram in grams)
    else:
        matching = f"FROM {index.table} WHERE {grams_expression(index)} @> CAST(:wanted AS text[])"
        wanted = grams
        if _estimated(connection, matching, grams) > most:
            return None
        statement = text(f"SELECT id {matching} LIMIT :most")
    statement = statement.bindparams(bindparam("wanted"), bindparam("most"))
    found = list(connection.scalars(statement, {"wanted": wanted, "most": most + 1}))
    return found if len(found) <= most else None


def _estimated(connection: Connection, matching: str, grams: list[str]) -> int:
    """How many rows the planner expects: a GIN scan cannot stop at a limit, so it is not begun for many."""
    explained = connection.scalar(text(f"EXPLAIN (FORMAT JSON) SELECT id {matching}"), {"wanted": grams})
    return int(explained[0]["Plan"]["Plan Rows"])
