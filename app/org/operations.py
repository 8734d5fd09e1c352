"""Changes to people and departments: circles refused, log-ins ended, the tree kept whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.identity import bump_access_version, end_logins
from app.org.models import Department, Person
from app.org.passwords import set_password
from app.org.role_editing import refuse_locking_out
from app.platform import audit
from app.platform.errors import FieldErrors


def save_department(session: Session, department: Department | None, data: Mapping[str, Any]) -> Department:
    """Create or change a department; paths of everything below it follow. Raises FieldErrors for a circle."""
    row = department or Department(path="/")
    parent = session.get(Department, data["parent_id"]) if data.get("parent_id") else None
    if parent is not None and row.id is not None and f"/{row.id}/" in parent.path:
        raise FieldErrors(
            _l("A department cannot stand below itself."),
            {"parent_id": [_l("This is the department or one below it.")]},
        )
    for name, value in data.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    before, row.path = row.path, f"{parent.path if parent else '/'}{row.id}/"
    if before != row.path and before != "/":
        for below in session.scalars(select(Department).where(Department.path.startswith(before))):
            below.path = row.path + below.path.removeprefix(before)
    session.flush()
    return row


def save_person(
    session: Session, person: Person | None, data: Mapping[str, Any], password: str = ""
) -> Person:
    """Create or change a person. A change of roles, or closing the account, ends their log-ins."""
    row = person or Person(last_name="")
    given = dict(data)
    roles = _roles(session, given.pop("roles", []))
    _refuse_circle(session, row, given.get("superior_id"))
    given["email"] = given.get("email") or f"{given['username']}@agency.invalid"
    for name, value in given.items():
        setattr(row, name, value)
    changed_roles = {r.id for r in row.roles} != {r.id for r in roles}
    row.roles = roles
    if password:
        set_password(session, row, password, must_change=True)
    session.add(row)
    session.flush()
    refuse_locking_out(session)
    if changed_roles:
        bump_access_version(session)
        audit.record(session, "roles", "ab_user", row.id, roles=[role.name for role in roles])
    if person is not None and (changed_roles or not row.active):
        end_logins(session, person_id=row.id, reason="role" if row.active else "disabled")
    return row


def _roles(session: Session, ids: Sequence[str]) -> list[Role]:
    wanted = [int(text) for text in ids or [] if str(text).isdecimal()]
    return list(session.scalars(select(Role).where(Role.id.in_(wanted))))


def _refuse_circle(session: Session, row: Person, superior_id: int | None) -> None:
    """Nobody may be their own superior, however far up."""
    seen: set[int] = set()
    above = superior_id
    while above is not None and above not in seen:
        if row.id is not None and above == row.id:
            raise FieldErrors(
                _l("Superiors would go in a circle."),
                {"superior_id": [_l("This person stands below them already.")]},
            )
        seen.add(above)
        above = session.scalar(select(Person.superior_id).where(Person.id == above))
