"""Saved views: a name for columns, filters and sort of a list, one's own or shared.

What a view holds is a list address (`source__is=baidu&sort=-created_at&cols=name,level`), so whatever an
address can say, a view can keep.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.platform import audit
from app.platform.database import JsonColumn, Table, UtcDateTime, Versioned
from app.platform.unit_of_work import explain_constraint

PRIVATE, ROLE, EVERYBODY = "private", "role", "everybody"


class SavedView(Versioned, Table):
    """One view of one list. `audience`: private, role (then `role_id`) or everybody.

    A default view is what the list opens with for its audience; one's own goes before a role's, a role's
    before everybody's.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("entity", "person_id", "name", name="uq_saved_view_name"),
        CheckConstraint("audience IN ('private', 'role', 'everybody')", name="ck_saved_view_audience"),
        CheckConstraint("(audience = 'role') = (role_id IS NOT NULL)", name="ck_saved_view_role"),
        Index("ix_saved_view_entity", "entity", "position", "id"),
    )

    entity: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    audience: Mapped[str] = mapped_column(String(10), default=PRIVATE)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"))
    query: Mapped[str] = mapped_column(Text, default="")
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)


class ListSetting(Table):
    """How one person likes one list: columns in order (none: as declared) and rows a page."""

    __tablename__ = "list_setting"
    __table_args__ = (UniqueConstraint("person_id", "entity", name="uq_list_setting_person"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(40))
    columns: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
    rows: Mapped[int | None] = mapped_column(Integer)


class SentForm(Table):
    """A form that was carried out, by its token: the second of two clicks is led to what the first made."""

    __tablename__ = "sent_form"
    __table_args__ = (Index("ix_sent_form_at", "at"),)

    token: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    url: Mapped[str] = mapped_column(String(200))


audit.leave_out("list_setting", "sent_form")
explain_constraint("uq_saved_view_name", _l("You have a view of that name already."))
explain_constraint("saved_view.entity", _l("You have a view of that name already."))
