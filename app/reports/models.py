"""Snapshots: the result of a report as it was when it ran, kept to be reopened and compared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.platform import audit
from app.platform.access import Scoped
from app.platform.database import JsonColumn, Table, UtcDateTime


class ReportSnapshot(Scoped, Table):
    """One run of one report with the eyes of one person; only that person reopens it."""

    __tablename__ = "report_snapshot"
    __table_args__ = (Index("ix_report_snapshot_person", "person_id", "report", "created_at"),)
    scope_entity = "report_snapshot"
    scope_by = "person_id"
    scope_kind = "person"

    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    report: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    columns: Mapped[list[Any]] = mapped_column("column_list", JsonColumn, default=list)
    rows: Mapped[list[Any]] = mapped_column("row_list", JsonColumn, default=list)
    totals: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


audit.leave_out("report_snapshot")
