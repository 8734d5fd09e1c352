"""A consistent copy of a SQLite database while people work, by its online backup; never the bare file."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from flask_babel import gettext as _

from app.platform.errors import BusinessError


def copy(source: Path, target: Path) -> None:
    """Copy what is committed, in one step; writers go on meanwhile. The copy is one file without a log."""
    with (
        contextlib.closing(sqlite3.connect(source, timeout=15)) as database,
        contextlib.closing(sqlite3.connect(target)) as into,
    ):
        database.backup(into)
        into.execute("PRAGMA journal_mode=DELETE")


def verify(target: Path) -> dict[str, int]:
    """Read the copy through; answers rows by table. Raises BusinessError when it is broken."""
    with contextlib.closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as database:
        answers = [row[0] for row in database.execute("PRAGMA integrity_check")]
        if answers != ["ok"] or database.execute("PRAGMA foreign_key_check").fetchone():
            raise BusinessError(_("The copy of the database is damaged: %(said)s", said=answers[0]))
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        names = sorted(row[0] for row in database.execute(tables))
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
