"""Colleagues to choose from: who may own a customer, and who may take part in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.org.models import Person


def holding(action: str, entity: str) -> Select[Any]:
    """Active people one of whose roles grants the action on the entity, by department and name."""
    roles = (
        select(assoc_permissionview_role.c.role_id)
        .join(PermissionView, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
        .join(Permission, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        .where(Permission.name == action, ViewMenu.name == entity)
    )
    return (
        select(Person)
        .where(Person.active.is_(True), Person.roles.any(Role.id.in_(roles)))
        .options(joinedload(Person.department))
        .order_by(Person.department_id, Person.id)
    )


def owner_choices(session: Session, _row: Any = None) -> Sequence[tuple[Any, Any]]:
    """Who may own a customer, as pairs (id, name and department); a blank comes first."""
    return _pairs(session, "can_add")


def colleague_choices(session: Session, _row: Any = None) -> Sequence[tuple[Any, Any]]:
    """Who may work on a customer."""
    return _pairs(session, "can_follow_up")


def _pairs(session: Session, action: str) -> list[tuple[Any, Any]]:
    people = session.scalars(holding(action, "customer"))
    return [("", ""), *((person.id, named(person)) for person in people)]


def named(person: Person) -> str:
    """林晓（销售二部）"""
    return f"{person.name}（{person.department.name}）" if person.department else person.name
