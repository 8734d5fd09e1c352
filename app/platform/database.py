"""One database, one metadata with Flask-AppBuilder's tables, two ways to begin.

On SQLite a writing session begins with BEGIN IMMEDIATE, so two writers queue instead of losing updates;
a reading session uses a second engine with a plain BEGIN. On PostgreSQL both are one engine. The recipe
and what it was measured against: docs/decisions/0002-database.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app
from flask_appbuilder import Model as AppBuilderModel
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, TypeDecorator, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column
from sqlalchemy.types import JSON

from app.platform import access


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment; naive values are refused, since nobody can say what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonColumn = JSON().with_variant(JSONB(), "postgresql")
BigId = BigInteger().with_variant(Integer(), "sqlite")


class RiverSession(FlaskSession):
    """A session that knows whether it may write: `session.info["writes"]`."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kw: Any) -> Any:
        if bind is not None:
            return bind
        return engines().writer if self.info.get("writes") else engines().reader


access.install(RiverSession)


class Engines:
    """The writing and the reading engine of one application.

    `remembered` is what this process keeps of this database by the access version it was read under.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.remembered: dict[str, dict[Any, Any]] = {}
        self.writer = _engine(url, begin="BEGIN IMMEDIATE")
        self.reader = _engine(url, begin="BEGIN") if url.startswith("sqlite") else self.writer

    def dispose(self) -> None:
        """Close every pooled connection; needed after a fork and before a file is replaced."""
        self.writer.dispose()
        self.reader.dispose()


def _engine(url: str, *, begin: str) -> Engine:
    options: dict[str, Any] = {"json_serializer": lambda value: json.dumps(value, ensure_ascii=False)}
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=15, **options)
    engine = create_engine(url, connect_args={"timeout": 15, "check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


db = SQLAlchemy(
    model_class=AppBuilderModel,
    session_options={"class_": RiverSession, "autoflush": True, "expire_on_commit": False},
)


class Table(AppBuilderModel):
    """Base of every table of ours: a number as primary key, snake-case table name given by the class."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigId, primary_key=True)


class Versioned:
    """Mixin: a version counted up by every change; a stale form shows by its number."""

    version: Mapped[int] = mapped_column(Integer, default=1, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def engines() -> Engines:
    """The engines of the current application."""
    return current_app.extensions["engines"]


def remembered(what: str) -> dict[Any, Any]:
    """What this process keeps of the current database under this name; the keys carry the access version."""
    return engines().remembered.setdefault(what, {})


def connect(app: Flask) -> None:
    """Open the engines of the application and bind the session to them."""
    db.init_app(app)
    app.extensions["engines"] = Engines(app.config["SQLALCHEMY_DATABASE_URI"])


@contextmanager
def new_session(*, writes: bool) -> Iterator[Session]:
    """A session beside the request's own, for work that must not share its fate. Commits if all went well."""
    session = RiverSession(db, expire_on_commit=False, info={"writes": writes})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()
