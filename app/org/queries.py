"""Questions about people: who holds a role, who stands above whom, who stands at the top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.org.models import LoginAttempt, Person, RoleScope
from app.org.role_models import RoleTrial
from app.platform import clock

PRINCIPAL = "principal"
TREE_LIMIT = 20


def role_holders(session: Session, role: str) -> list[Person]:
    """Active people who hold the role, longest-serving first."""
    return list(
        session.scalars(
            select(Person)
            .join(assoc_user_role, assoc_user_role.c.user_id == Person.id)
            .join(Role, Role.id == assoc_user_role.c.role_id)
            .where(Role.name == role, Person.active.is_(True))
            .order_by(Person.id)
        )
    )


def at_the_top(session: Session, person: Person | None) -> bool:
    """Whether the person heads the agency: a principal with nobody above (spec 2-lifecycle, Approval).

    An account whose superior nobody filled in is not at the top; only who is may approve the own document.
    """
    return person is not None and person.superior_id is None and person in role_holders(session, PRINCIPAL)


def superior_of(session: Session, person: Person) -> Person | None:
    """Who stands above: the superior named, else a principal; None at the top and without a principal."""
    if person.superior_id is not None:
        return session.get(Person, person.superior_id)
    heads = role_holders(session, PRINCIPAL)
    return None if person in heads else next(iter(heads), None)


def superiors(session: Session, person: Person) -> Iterator[Person]:
    """Everybody above the person who works here, nearest first, up to a principal."""
    seen, above = {person.id}, superior_of(session, person)
    while above is not None and above.id not in seen and len(seen) < TREE_LIMIT:
        seen.add(above.id)
        if above.active:
            yield above
        above = superior_of(session, above)


def people_like(words: str) -> Select[Person]:
    """People whose name or login holds the words, those whose account is closed included."""
    columns = (Person.first_name, Person.last_name, Person.username)
    fits = or_(*(column.contains(words, autoescape=True) for column in columns))
    return select(Person).where(fits).order_by(Person.id)


def roles_that_grant(session: Session, action: str, entity: str) -> list[str]:
    """The roles that give the action ("can_…") on the entity."""
    given = (
        select(assoc_permissionview_role.c.role_id)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(Permission.name == action, ViewMenu.name == entity)
    )
    return list(session.scalars(select(Role.name).where(Role.id.in_(given)).order_by(Role.id)))


def levels_of_roles(session: Session, roles: Sequence[str], entity: str) -> dict[str, str]:
    """How far each of the roles sees on the entity; roles that say nothing are missing."""
    statement = (
        select(Role.name, RoleScope.level)
        .join(RoleScope, RoleScope.role_id == Role.id)
        .where(Role.name.in_(roles), RoleScope.entity == entity)
    )
    return dict(session.execute(statement).tuples().all())


def locked_log_ins(session: Session, login: str) -> list[tuple[str, datetime]]:
    """The addresses from which this account cannot log in for now, and until when."""
    statement = select(LoginAttempt.address, LoginAttempt.locked_until).where(LoginAttempt.login == login)
    rows = session.execute(statement.where(LoginAttempt.locked_until > clock.now())).tuples()
    return [(address, until) for address, until in rows if until is not None]


def role_tried_by(session: Session, person_id: int) -> str | None:
    """The role the person is trying out."""
    return session.scalar(select(RoleTrial.role_name).where(RoleTrial.person_id == person_id))
