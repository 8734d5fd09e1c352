"""What somebody takes part in, when that is little: a short way to the rows they see.

A salesperson has a few hundred of a million customers. Walking a list in its order would pass thousands of
rows of others before it fills a page, so the own ones are read first and the list is made of them. A team
has too many for that, and still far fewer than there are: its pages are walked, its counts start from what
it takes part in. Who leads hundreds sees so much that walking is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, SelectBase, func, inspect, select, text
from sqlalchemy.orm import Session

from app.platform.access import Identity, Level, Scoped, scope_suspended, ties, widening
from app.platform.database import remembered

FEW = 10_000
"""Ties whose rows are reached one by one. A customer stands there once for each reason."""
SOME = 50_000
"""Ties a count starts from."""
_BELIEVED = 300.0
"""Seconds a process believes that somebody's share is what it was."""
_MOST_KEPT = 5_000

Key = tuple[type[Any], Level, int | None, int]


class _Share(Enum):
    """How much of the rows of a model somebody sees."""

    FEW = auto()
    SOME = auto()
    MOST = auto()


@dataclass(frozen=True)
class Reach:
    """The short way: by these few ids alone; else, for counts, from the ties. Neither: walk."""

    few: Sequence[int] | SelectBase | None = None
    from_ties: bool = False


def reach_of(
    session: Session, model: type[Any], identity: Identity, where: Sequence[ColumnElement[bool]]
) -> Reach:
    """The short way to what the person sees of a list with this `where`, if there is one."""
    own = ties(model, identity) if issubclass(model, Scoped) and not scope_suspended(session) else None
    if own is None:
        return Reach()
    level = identity.level(model.scope_entity)
    share = _share(session, own, (model, level, identity.person_id, identity.version))
    if share is _Share.MOST:
        return Reach()
    wider, table = widening(model, identity), _table(model)
    if wider is not None and _any(session.connection(), select(table.c.id).where(wider, *where)):
        return Reach()
    return Reach(few=_rows_of(own, model)) if share is _Share.FEW else Reach(from_ties=True)


def ids_in_reach(session: Session, model: type[Any], identity: Identity) -> list[int] | None:
    """The ids of all rows the person sees, when they are few; else None."""
    few = reach_of(session, model, identity, ()).few
    if not isinstance(few, SelectBase):
        return None
    return list(session.connection().scalars(select(few.subquery().c[0])))


def _rows_of(own: SelectBase, model: type[Any]) -> Select[Any]:
    """The ids of the rows with one of the ties."""
    key = _table(model).c[model.scope_by]
    if key.primary_key:
        return select(own.subquery().c[0]).distinct()
    return select(key.table.c.id).where(key.in_(own))


def _share(session: Session, own: SelectBase, key: Key) -> _Share:
    """How much of the rows somebody sees, believed for a while: nothing but speed depends on it."""
    kept, moment = remembered("shares"), monotonic()
    share, until = kept.get(key, (_Share.MOST, 0.0))
    if until < moment:
        if _at_most(session, own, FEW) and _at_most(session, _rows_of(own, key[0]), FEW):
            share = _Share.FEW
        else:
            share = _Share.SOME if _at_most(session, own, SOME) else _Share.MOST
        if len(kept) > _MOST_KEPT:
            kept.clear()
        kept[key] = (share, moment + _BELIEVED)
    found: _Share = share
    return found


def _at_most(session: Session, rows: SelectBase, most: int) -> bool:
    some = select(rows.subquery().c[0]).limit(most + 1).subquery()
    return (session.connection().scalar(select(func.count()).select_from(some)) or 0) <= most


def _table(model: type[Any]) -> Any:
    return inspect(model).local_table


def _any(connection: Connection, statement: Select[Any]) -> bool:
    """Whether a row fits. Conditions that exclude each other, such as two stages, are seen without reading.

    SQLite sees it by itself, PostgreSQL when it is told to look.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL constraint_exclusion = on"))
    return connection.scalar(statement.limit(1)) is not None
