"""People, departments and the audit trail as generated screens."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import g
from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.org.models import Department, Person
from app.org.roles import PRESET_ROLES
from app.platform.access import Scoped
from app.platform.audit import AuditEntry
from app.platform.entity import Entity, Field, Section, Tab, entities

_PERSON_LOADS = (joinedload(Person.department), joinedload(Person.superior), selectinload(Person.roles))


def role_choices(session: Session) -> list[tuple[Any, Any]]:
    """Every role, presets in the words of the interface."""
    roles = session.execute(select(Role.id, Role.name).order_by(Role.id)).tuples()
    return [(role_id, PRESET_ROLES.get(name, name)) for role_id, name in roles]


DEPARTMENT_KINDS = {
    "management": _l("Management"),
    "sales": _l("Sales"),
    "delivery": _l("Delivery"),
    "bookkeeping": _l("Bookkeeping"),
    "finance": _l("Finance"),
    "office": _l("Office"),
}

DEPARTMENT = Entity(
    name="department",
    model=Department,
    label=_l("department"),
    plural=_l("Departments"),
    group=_l("Settings"),
    icon="sitemap",
    title=lambda row: row.name,
    order="path",
    fields=(
        Field("name", _l("Name"), searchable=True, sortable=True, required=True, maximum=64),
        Field("kind", _l("Trade"), kind="choice", choices=DEPARTMENT_KINDS, filterable=True, required=True),
        Field(
            "parent_id", _l("Belongs to"), kind="remote", remote="department", value=lambda row: row.parent
        ),
        Field("head_id", _l("Head"), kind="remote", remote="person"),
        Field("active", _l("In use"), kind="bool", filterable=True, default=lambda: True),
        Field("path", _l("Place in the tree"), sortable=True),
    ),
    list_fields=("name", "kind", "parent_id", "active"),
    sections=(Section(_l("Department"), ("name", "kind", "parent_id", "active")),),
    form_sections=(Section(_l("Department"), ("name", "kind", "parent_id", "head_id", "active")),),
    loads=lambda: (joinedload(Department.parent),),
    detail_loads=lambda: (joinedload(Department.parent),),
)

PERSON = Entity(
    name="person",
    model=Person,
    label=_l("person"),
    plural=_l("People"),
    group=_l("Settings"),
    icon="users",
    title=lambda row: row.name,
    note=lambda row: row.username,
    order="username",
    fields=(
        Field("first_name", _l("Full name"), searchable=True, sortable=True, required=True, maximum=64),
        Field("username", _l("Login"), searchable=True, sortable=True, required=True, maximum=64),
        Field("position", _l("Position"), maximum=64),
        Field(
            "department_id",
            _l("Department"),
            kind="remote",
            remote="department",
            value=lambda r: r.department,
        ),
        Field("superior_id", _l("Superior"), kind="remote", remote="person", value=lambda row: row.superior),
        Field(
            "roles",
            _l("Roles"),
            kind="tags",
            choices=role_choices,
            value=lambda row: [str(PRESET_ROLES.get(role.name, role.name)) for role in row.roles],
            typed=lambda row: [str(role.id) for role in row.roles],
            required=True,
        ),
        Field("mobile", _l("Mobile"), maximum=20),
        Field("email", _l("E-mail"), searchable=True, maximum=120),
        Field("active", _l("May log in"), kind="bool", filterable=True, default=lambda: True),
        Field("last_login", _l("Last log-in"), kind="moment"),
        Field("absent_from", _l("Absent from"), kind="date"),
        Field("absent_until", _l("Absent until"), kind="date"),
        Field("delegate_id", _l("Stands in"), kind="remote", remote="person"),
    ),
    list_fields=("first_name", "username", "department_id", "position", "superior_id", "roles", "active"),
    sections=(
        Section(_l("Person"), ("first_name", "username", "position", "department_id", "superior_id")),
        Section(_l("Contact"), ("mobile", "email")),
        Section(_l("Account"), ("roles", "active")),
        Section(_l("Absence"), ("absent_from", "absent_until")),
    ),
    form_sections=(
        Section(_l("Person"), ("first_name", "username", "position", "department_id", "superior_id")),
        Section(_l("Contact"), ("mobile", "email")),
        Section(_l("Account"), ("roles", "active")),
        Section(_l("Absence"), ("absent_from", "absent_until", "delegate_id")),
    ),
    tabs=(
        Tab("active", _l("Active"), lambda _who: (Person.active.is_(True),)),
        Tab("closed", _l("Closed accounts"), lambda _who: (Person.active.is_(False),)),
    ),
    loads=lambda: _PERSON_LOADS,
    detail_loads=lambda: _PERSON_LOADS,
)

DEEDS = {
    "insert": _l("created"),
    "update": _l("changed"),
    "delete": _l("deleted"),
    "bulk insert": _l("created many"),
    "bulk update": _l("changed many"),
    "bulk delete": _l("deleted many"),
    "insert many": _l("created many"),
    "login": _l("logged in"),
    "login refused": _l("log-in refused"),
    "roles": _l("changed roles"),
    "reveal": _l("looked at a masked number"),
    "looked at a number": _l("looked at a masked number"),
    "export": _l("exported"),
    "laid down": _l("laid down"),
    "moved due dates": _l("moved due dates"),
    "obligations missed": _l("noted missed contacts"),
    "withdrew": _l("withdrew"),
    "undo import": _l("took an import back"),
}


def _subject(row: AuditEntry) -> str:
    """The kind of row in the words of the screens; tables without a screen keep their name."""
    words = {one.model.__tablename__: str(one.label) for one in entities().values()}
    return words.get(row.table_name, row.table_name)


AUDIT = Entity(
    name="audit",
    model=AuditEntry,
    label=_l("audit entry"),
    plural=_l("Audit trail"),
    group=_l("Settings"),
    icon="clipboard-list",
    title=lambda row: f"{_subject(row)} {row.row_id or ''} {DEEDS.get(row.action, row.action)}",
    fields=(
        Field("at", _l("When"), kind="moment", filterable=True),
        Field(
            "actor",
            _l("Who"),
            searchable=True,
            filterable=True,
            value=lambda row: "" if row.actor == "nobody" else row.actor,
        ),
        Field("address", _l("From where"), filterable=True),
        Field("action", _l("Deed"), kind="choice", choices=DEEDS, filterable=True),
        Field("table_name", _l("Table"), searchable=True, filterable=True, value=_subject),
        Field("row_id", _l("Row"), kind="int", filterable=True),
        Field("request_id", _l("Request"), searchable=True),
        Field("before", _l("Before"), kind="long", value=lambda row: _shown(row, row.before)),
        Field("after", _l("After"), kind="long", value=lambda row: _shown(row, row.after)),
    ),
    list_fields=("at", "actor", "address", "action", "table_name", "row_id"),
    sections=(
        Section(_l("Deed"), ("at", "actor", "address", "action", "table_name", "row_id", "request_id")),
        Section(_l("Values"), ("before", "after")),
    ),
    form_sections=(),
)


def _shown(row: AuditEntry, values: object) -> str:
    """The values to who may open such rows; to others only which columns changed (spec 3-roles)."""
    entity = scope_entities().get(row.table_name)
    if entity is None or g.identity.can("can_show", entity):
        return _lines(values)
    return "\n".join(str(name) for name in values) if isinstance(values, dict) else ""


@cache
def scope_entities() -> dict[str, str]:
    """Table → the entity whose right to open covers it; tables without an owner are missing."""
    return {
        mapper.class_.__tablename__: mapper.class_.scope_entity
        for mapper in AuditEntry.registry.mappers
        if issubclass(mapper.class_, Scoped)
    }


def _lines(values: object) -> str:
    return "\n".join(f"{name}: {value}" for name, value in values.items()) if isinstance(values, dict) else ""
