"""Runs migrations on the engine of the application that called; one metadata with Flask-AppBuilder's.

`alembic revision --autogenerate` with `-x stage=NAME` looks only at the tables of that stage, so that a
migration keeps one purpose.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, Connection, Table

from app.platform.database import UtcDateTime, db, engines
from app.platform.money import Money

# Flask-AppBuilder's tables and ours refer to each other, so they are made together.
FOUNDATION = frozenset({"flask_appbuilder", "platform", "org"})


def stage_of(table: Table) -> str:
    """The package whose model maps the table."""
    for mapper in db.Model.registry.mappers:
        if table in mapper.tables:
            parts = mapper.class_.__module__.split(".")
            name = parts[1] if parts[0] == "app" else parts[0]
            return "foundation" if name in FOUNDATION else name
    return "foundation"


def wanted(item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    if kind in ("table", "index") and (name or "").startswith("fragment_"):
        return False  # laid down after every migration by app/platform/fragment_indexes.py
    stage = context.get_x_argument(as_dictionary=True).get("stage")
    return stage is None or kind != "table" or stage_of(item) == stage


def plain_type(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own column types as what the database stores: migrations must not need the program's."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Money):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_object=wanted,
        render_item=plain_type,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()


with engines().writer.connect() as the_connection:
    run(the_connection)
    the_connection.commit()
