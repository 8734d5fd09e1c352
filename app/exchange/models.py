"""Import runs: what a file held, what became of each row, and what an undo would take back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.access import Scoped
from app.platform.database import JsonColumn, Table, UtcDateTime, Versioned


class ImportRun(Scoped, Versioned, Table):
    """One file on its way in. `state`: uploaded, checking, checked, importing, done, failed, undone.

    `refused` lists {line, column, value, reason}, `collisions` lists {line, kind, with}; lines count as the
    spreadsheet shows them. `kept` are ids an undo left alone because somebody had changed them.
    """

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_person", "person_id", "id"),)
    scope_entity = "import_run"
    scope_by = "person_id"
    scope_kind = "person"

    person_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20), default="prospects")
    file_name: Mapped[str] = mapped_column(String(200))
    stored_as: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(12), default="uploaded")
    on_collision: Mapped[str] = mapped_column(String(8), default="skip")
    header_line: Mapped[int] = mapped_column(Integer, default=0)
    headings: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    mapping: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    read: Mapped[int] = mapped_column("rows_read", Integer, default=0)
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    collisions: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    warnings: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    kept: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def name(self) -> str:
        return self.file_name
