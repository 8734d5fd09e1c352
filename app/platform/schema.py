"""Whether the tables are those of this code: the database's migration against the newest one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@cache
def head() -> str:
    """The newest migration this code brings."""
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert found is not None, "no migrations"
    return found


def revision_of(connection: Connection) -> str | None:
    """The migration the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def present(session: Session) -> str | None:
    """The migration the session's database is at; None for an empty one."""
    return revision_of(session.connection())
