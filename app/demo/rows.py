"""Rows made in memory, inserted table by table. Ids are given out here, so rows can name one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from app.platform import audit
from app.platform.database import db
from app.platform.numbering import NumberCounter, NumberFormat


class Rows:
    """Collects rows of one chunk; `flush` writes them in the order foreign keys ask for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next: dict[str, int] = {}
        self._blank: dict[str, dict[str, Any]] = {}
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self.written: dict[str, int] = {}

    def add(self, model: type[Any], **values: Any) -> dict[str, Any]:
        """A row of the model; what is not given gets the column's default or nothing. Its id is in it."""
        table = cast(Table, model.__table__)
        row = {**self._blank_of(table), **values, "id": self._draw(table)}
        if len(row) != len(table.columns):
            raise ValueError(f"{table.name} has no column {set(row) - set(table.columns.keys())}")
        self._kept.setdefault(table.name, []).append(row)
        return row

    def _draw(self, table: Table) -> int:
        known = self._next.get(table.name)
        if known is None:
            known = 1 + (self._session.connection().scalar(select(func.max(table.c.id))) or 0)
        self._next[table.name] = known + 1
        return known

    def _blank_of(self, table: Table) -> dict[str, Any]:
        if table.name not in self._blank:
            self._blank[table.name] = {column.name: _default(column) for column in table.columns}
        return self._blank[table.name]

    def flush(self) -> None:
        connection = self._session.connection()
        for table in db.metadata.sorted_tables:
            rows = self._kept.pop(table.name, None)
            if rows:
                connection.execute(insert(table), rows)
                self.written[table.name] = self.written.get(table.name, 0) + len(rows)

    def finish(self) -> None:
        """Note each table in the audit trail, and let PostgreSQL count on behind the ids given out here."""
        for name, count in self.written.items():
            audit.record(self._session, "insert many", name, rows=count, demo=True)
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            for name in self.written:
                statement = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
                connection.execute(statement, {"name": name, "last": self._next[name] - 1})


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    if column.default.is_scalar:
        return column.default.arg
    return column.default.arg(None)


@dataclass
class Numbers:
    """Numbers of documents, given out in the order of their moments, each year from its counter on."""

    session: Session
    _waiting: list[tuple[str, Any, Callable[[str], None]]] = field(default_factory=list)
    _afterwards: list[Callable[[], object]] = field(default_factory=list)

    def ask(self, kind: str, moment: Any, receive: Callable[[str], None]) -> None:
        """Ask for a number of the kind for something done at the (local) moment."""
        self._waiting.append((kind, moment, receive))

    def after(self, action: Callable[[], object]) -> None:
        """Run the action once the numbers are given."""
        self._afterwards.append(action)

    def give(self) -> None:
        """Give every number asked for so far."""
        patterns = dict(self.session.execute(select(NumberFormat.kind, NumberFormat.pattern)).tuples().all())
        counters = {(row.kind, row.year): row for row in self.session.scalars(select(NumberCounter))}
        for kind, moment, receive in sorted(self._waiting, key=lambda asked: asked[:2]):
            counter = counters.get((kind, moment.year))
            if counter is None:
                counter = counters[kind, moment.year] = NumberCounter(kind=kind, year=moment.year, last=0)
                self.session.add(counter)
            counter.last += 1
            pattern = patterns.get(kind) or f"{kind}-{{year}}-{{number:04d}}"
            receive(pattern.format(year=moment.year, number=counter.last))
        self._waiting.clear()
        for action in self._afterwards:
            action()
        self._afterwards.clear()
        self.session.flush()
