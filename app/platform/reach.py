"""What somebody takes part in, when that is little: a short way to the rows they see.

A salesperson has a few hundred of a million customers. Walking a list in its order would pass thousands of
rows of others before it fills a page, so the own ones are read first and the list is made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, inspect, select, text
from sqlalchemy.orm import Session

from app.platform.access import Identity, Scoped, reach, scope_suspended

MOST = 3_000


def few_in_reach(
    session: Session, model: type[Any], identity: Identity, where: Sequence[ColumnElement[bool]]
) -> list[int] | None:
    """Ids of the only rows of a list with this `where` the person can see, when they are few; else None."""
    if not issubclass(model, Scoped) or scope_suspended(session):
        return None
    narrow, wider = reach(model, identity)
    if narrow is None:
        return None
    table: Any = inspect(model).local_table
    connection = session.connection()
    if wider is not None and _any(connection, select(table.c.id).where(wider, *where)):
        return None
    ids = list(connection.scalars(select(table.c.id).where(narrow).limit(MOST + 1)))
    return ids if len(ids) <= MOST else None


def _any(connection: Connection, statement: Select[Any]) -> bool:
    """Whether a row fits. Conditions that exclude each other, such as two stages, are seen without reading.

    SQLite sees it by itself, PostgreSQL when it is told to look.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL constraint_exclusion = on"))
    return connection.scalar(statement.limit(1)) is not None
