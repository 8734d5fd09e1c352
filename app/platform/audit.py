"""The audit trail: who changed which row, before and after, in the same transaction.

Rows are only ever added (triggers refuse the rest). A job seals finished stretches into a hash chain
shortly afterwards: chaining inside the transaction would make all writers queue for one row.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import takewhile
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import Index, Integer, String, event, insert, inspect, select
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from app.platform import clock
from app.platform.database import JsonColumn, RiverSession, Table, UtcDateTime


class AuditEntry(Table):
    """One change of one row (or one set-based change of many: then `row_id` is empty and `after` counts)."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_row", "table_name", "row_id"), Index("ix_audit_entry_at", "at"))

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(64), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    action: Mapped[str] = mapped_column(String(40))
    table_name: Mapped[str] = mapped_column(String(64))
    row_id: Mapped[int | None] = mapped_column(Integer)
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)


class AuditSeal(Table):
    """A link of the hash chain: it covers the entries from `first_id` to `last_id`, both included."""

    __tablename__ = "audit_seal"

    first_id: Mapped[int] = mapped_column(Integer, unique=True)
    last_id: Mapped[int] = mapped_column(Integer, unique=True)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


SECRET_COLUMNS = frozenset({"password", "token_digest"})
_untracked: set[str] = {"audit_entry", "audit_seal"}


def leave_out(*tables: str) -> None:
    """Name tables whose rows are traces themselves (timeline, sessions, queue) and need no audit."""
    _untracked.update(tables)


def record(session: Session, action: str, table: str, row_id: int | None = None, **details: Any) -> None:
    """Write one entry by hand: log-ins, unmasking, exports, set-based work."""
    session.connection().execute(
        insert(AuditEntry), [_entry(session, action, table, row_id, None, plain(details))]
    )


def plain(value: Any) -> Any:
    """The value as JSON can hold it; amounts and days as text, so that nothing is rounded."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Decimal, datetime, date)):
        return str(value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _entry(
    session: Session, action: str, table: str, row_id: int | None, before: Any, after: Any
) -> dict[str, Any]:
    identity = session.info.get("identity")
    return {
        "at": clock.now(),
        "actor_id": identity.person_id if identity else None,
        "actor": identity.login if identity else "nobody",
        "address": (request.remote_addr or "") if has_request_context() else "",
        "request_id": g.get("request_id", "")
        if has_request_context()
        else session.info.get("request_id", ""),
        "action": action,
        "table_name": table,
        "row_id": row_id,
        "before": before,
        "after": after,
    }


def _changes(row: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if history.has_changes():
            name = attribute.key
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            before[name], after[name] = ("…", "…") if name in SECRET_COLUMNS else (plain(old), plain(new))
    return before, after


def _collect(session: Session, _context: Any) -> None:
    entries = []
    for action, rows in (("insert", session.new), ("update", session.dirty), ("delete", session.deleted)):
        for row in rows:
            table = row.__table__.name
            if table in _untracked or (action == "update" and not session.is_modified(row)):
                continue
            before, after = _changes(row)
            if action == "delete":
                before, after = {"_": str(row.id)}, {}
            entries.append(_entry(session, action, table, row.id, before or None, after or None))
    if entries:
        session.connection().execute(insert(AuditEntry), entries)


def _collect_bulk(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete or state.is_insert) or state.bind_mapper is None:
        return
    table = state.bind_mapper.local_table.name  # type: ignore[attr-defined]
    if table in _untracked:
        return
    result = state.invoke_statement()
    verb = "bulk update" if state.is_update else "bulk delete" if state.is_delete else "bulk insert"
    values = {
        str(getattr(key, "key", key)): plain(getattr(value, "value", str(value)))
        for key, value in (getattr(state.statement, "_values", None) or {}).items()
    }
    count = getattr(result, "rowcount", -1)
    session = state.session
    session.connection().execute(
        insert(AuditEntry), [_entry(session, verb, table, None, None, {"rows": count, **values})]
    )
    return result  # type: ignore[return-value]


event.listen(RiverSession, "after_flush", _collect)
event.listen(RiverSession, "do_orm_execute", _collect_bulk)


def seal(session: Session, *, settled_before: datetime) -> int:
    """Seal every entry older than the moment into the chain; returns how many entries were sealed."""
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
    entries = list(_unsealed(session, last.last_id if last else 0, settled_before))
    if not entries:
        return 0
    previous = last.digest if last else "0" * 64
    session.add(
        AuditSeal(
            first_id=entries[0].id,
            last_id=entries[-1].id,
            sealed_at=clock.now(),
            previous=previous,
            digest=_digest(previous, entries),
        )
    )
    return len(entries)


def _unsealed(session: Session, after_id: int, settled_before: datetime) -> list[AuditEntry]:
    """Entries in the order of their ids, up to the first that is too young: no link may leap over one."""
    statement = select(AuditEntry).where(AuditEntry.id > after_id).order_by(AuditEntry.id).limit(10_000)
    return list(takewhile(lambda entry: entry.at < settled_before, session.scalars(statement)))


def broken_seal(session: Session) -> int | None:
    """The id of the first seal that no longer fits its entries; None when the chain is whole."""
    previous = "0" * 64
    for link in session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.id.between(link.first_id, link.last_id))
            .order_by(AuditEntry.id)
        )
        if link.previous != previous or link.digest != _digest(previous, list(entries)):
            return link.id
        previous = link.digest
    return None


def _digest(previous: str, entries: list[AuditEntry]) -> str:
    chain = hashlib.sha256(previous.encode())
    for entry in entries:
        columns = [plain(getattr(entry, name)) for name in _SEALED]
        chain.update(json.dumps(columns, ensure_ascii=False, sort_keys=True).encode())
    return chain.hexdigest()


_SEALED = tuple(column.key for column in AuditEntry.__table__.columns)
