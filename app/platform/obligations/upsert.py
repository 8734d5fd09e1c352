"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy keeps in two places."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def inserting(session: Session, model: type[Any]) -> postgresql.Insert:
    """An INSERT into the model's table that knows `on_conflict_do_update`, for the session's database."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)  # type: ignore[return-value] # the same methods, another class
    return postgresql.insert(model)
