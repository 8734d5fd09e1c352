"""Rows in bulk past the ORM: executemany on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.platform.database import Table
from bench.databases import Database


@dataclass
class Writer:
    """Collects rows of a chunk and writes them table by table, past the ORM."""

    database: Database
    connection: Any
    tables: Sequence[type[Table]]
    _kept: dict[type[Table], list[tuple[Any, ...]]] = field(default_factory=dict)
    _shape: dict[type[Table], dict[str, Any]] = field(default_factory=dict)
    _ids: dict[type[Table], int] = field(default_factory=dict)

    def add(self, model: type[Table], **values: Any) -> int:
        """A row of the model with the defaults of its columns; answers its id."""
        if model not in self._shape:
            columns = model.__table__.columns
            self._shape[model] = {c.name: self._plain(_default(c)) for c in columns}
            last = self.connection.execute(f"SELECT max(id) FROM {model.__tablename__}").fetchone()[0]
            self._ids[model] = last or 0
        number = self._ids[model] = self._ids[model] + 1
        row = {**self._shape[model], **{k: self._plain(v) for k, v in values.items()}, "id": number}
        assert len(row) == len(self._shape[model]), f"{model.__name__} has no column {values.keys()}"
        self._kept.setdefault(model, []).append(tuple(row.values()))
        return number

    def _plain(self, value: Any) -> Any:
        """As the driver takes it; moments in SQLite are UTC without saying so."""
        if isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False)
        if self.database.backend == "postgresql":
            return value
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S.000000")
        return value.isoformat() if isinstance(value, date) else value

    def flush(self) -> None:
        for model in self.tables:
            rows = self._kept.pop(model, None)
            if rows:
                self._write(model.__tablename__, list(self._shape[model]), rows)
        self.connection.commit()

    def _write(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        named = ", ".join(columns)
        if self.database.backend == "sqlite":
            marks = ", ".join("?" * len(columns))
            self.connection.executemany(f"INSERT INTO {table} ({named}) VALUES ({marks})", rows)
            return
        copy = self.connection.cursor().copy(f"COPY {table} ({named}) FROM STDIN")
        with copy as stream:
            for row in rows:
                stream.write_row(row)

    def finish(self) -> None:
        """Let PostgreSQL count on behind the ids given out here."""
        if self.database.backend == "postgresql":
            for model, last in self._ids.items():
                name = model.__tablename__
                self.connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})".encode()
                )
        self.connection.commit()


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    return column.default.arg if column.default.is_scalar else column.default.arg(None)
