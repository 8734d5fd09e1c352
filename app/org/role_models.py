"""The history of roles, and the draft an administrator tries out before saving."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.platform import audit
from app.platform.database import JsonColumn, Table, UtcDateTime


class RoleChange(Table):
    """One saved change of a role: what it could and saw before and after, as `role_editing.Shape` in JSON."""

    __tablename__ = "role_change"
    __table_args__ = (Index("ix_role_change_role", "role_id", "id"),)

    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    actor: Mapped[str] = mapped_column(String(128))
    before: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    after: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    undone: Mapped[bool] = mapped_column(Boolean, default=False)


class RoleTrial(Table):
    """The shape a person is trying out: until they stop, they see the program as that role would."""

    __tablename__ = "role_trial"

    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), unique=True)
    role_name: Mapped[str] = mapped_column(String(64))
    shape: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)


audit.leave_out("role_trial")
