"""The agency: departments as a tree, people, what their roles see, who takes part in which customer."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.platform import audit
from app.platform.database import BigId, Table, UtcDateTime, Versioned
from app.platform.unit_of_work import explain_constraint


class Department(Versioned, Table):
    """A department. `path` lists the ids from the top, e.g. "/1/4/", and makes the tree one LIKE away.

    `kind` is the trade: sales, delivery, bookkeeping, finance, office, management.
    """

    __tablename__ = "department"
    scope_entity = "department"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="sales")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    # No foreign key: departments and people would refer to each other, which SQLite cannot create.
    head_id: Mapped[int | None] = mapped_column(Integer)
    path: Mapped[str] = mapped_column(String(200), default="/")
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    parent: Mapped[Department | None] = relationship(remote_side="Department.id")

    def __repr__(self) -> str:
        return self.name


class Person(User):
    """Somebody who works here: Flask-AppBuilder's user, with a place in the agency."""

    __tablename__ = "ab_user"
    __table_args__ = {"extend_existing": True}  # noqa: RUF012 - the form SQLAlchemy asks for

    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    mobile: Mapped[str | None] = mapped_column(String(20))
    position: Mapped[str | None] = mapped_column(String(64))
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    absent_from: Mapped[date | None] = mapped_column(Date)
    absent_until: Mapped[date | None] = mapped_column(Date)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))

    department: Mapped[Department | None] = relationship(foreign_keys=[department_id])
    superior: Mapped[Person | None] = relationship(
        foreign_keys=[superior_id], remote_side="Person.id", primaryjoin="Person.superior_id == Person.id"
    )

    @property
    def name(self) -> str:
        """The name colleagues use."""
        return f"{self.first_name}{self.last_name}".strip()

    def __repr__(self) -> str:
        return self.name


class RoleScope(Table):
    """How far a role sees on one entity: own, dept, tree or all."""

    __tablename__ = "role_scope"
    __table_args__ = (UniqueConstraint("role_id", "entity", name="uq_role_scope_role"),)

    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(10))


class FieldRight(Table):
    """What a role may not do with one field: hidden, masked, revealable (masked, looking is logged) or
    read_only. No row: everything. Of several roles the most generous word counts (ORG-4)."""

    __tablename__ = "field_right"
    __table_args__ = (
        UniqueConstraint("role_id", "entity", "field", name="uq_field_right_role"),
        CheckConstraint(
            "level IN ('hidden', 'masked', 'revealable', 'read_only')", name="ck_field_right_level"
        ),
    )

    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(10))


class SeededGrant(Table):
    """A grant the presets gave once. What an administrator took away stays away."""

    __tablename__ = "seeded_grant"
    __table_args__ = (UniqueConstraint("role", "action", "entity", name="uq_seeded_grant_role"),)

    role: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(100))
    entity: Mapped[str] = mapped_column(String(100))


class AccessVersion(Table):
    """One row, counted up with every change of roles, scopes, people or departments; caches compare it."""

    __tablename__ = "access_version"

    number: Mapped[int] = mapped_column(Integer, default=1)


class Participation(Table):
    """Somebody, or a whole department, takes part in a customer. Decides what is *own* (spec 3-roles).

    `reason`: owner, member, handler, accountant. A department takes part when work waits for anybody in it.
    """

    __tablename__ = "participation"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (department_id IS NULL)", name="ck_participation_one"),
        UniqueConstraint("customer_id", "person_id", "reason", name="uq_participation_person"),
        UniqueConstraint("customer_id", "department_id", "reason", name="uq_participation_department"),
        Index("ix_participation_person", "person_id", "customer_id"),
        Index("ix_participation_department", "department_id", "customer_id"),
    )

    customer_id: Mapped[int] = mapped_column(BigId)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(String(12))


class LoginSession(Table):
    """A log-in that is (or was) alive. The cookie carries a random token, the table only its digest."""

    __tablename__ = "login_session"

    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(20), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class LoginAttempt(Table):
    """Bad log-ins per account and address; five lock for a quarter of an hour."""

    __tablename__ = "login_attempt"
    __table_args__ = (UniqueConstraint("login", "address", name="uq_login_attempt_login"),)

    login: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(64))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


audit.leave_out("login_session", "login_attempt", "access_version", "seeded_grant")
explain_constraint("department.name", _l("A department with this name exists already."))
explain_constraint("ab_user.username", _l("This login is taken."))
explain_constraint("ab_user.email", _l("This e-mail address is taken."))
