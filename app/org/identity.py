"""Turns a person into an `Identity`: roles, grants, row levels, departments; cached by access version.

One statement per request reads log-in, person and version together. The cache is per process and keyed
by the version, so a changed role is in force in every process at its next request.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, event, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.org.models import AccessVersion, Department, FieldRight, LoginSession, Person, RoleScope
from app.org.settings import IDLE_HOURS, LIFE_DAYS
from app.platform import clock
from app.platform.access import FieldLevel, Identity, Level
from app.platform.database import RiverSession, new_session, remembered
from app.platform.errors import BusinessError, NotAllowed

log = logging.getLogger(__name__)


def identity_of_person(session: Session, person: Person, *, version: int | None = None) -> Identity:
    """The identity of this person under the present access version."""
    number = version if version is not None else access_version(session)
    cache = remembered("identities")
    kept: tuple[int, Identity] | None = cache.get(person.id)
    if kept is not None and kept[0] == number:
        return kept[1]
    identity = _read_identity(session, person, number)
    cache[person.id] = (number, identity)
    return identity


def identity_of_person_id(session: Session, person_id: int) -> Identity:
    """The identity behind a person's number, for jobs in their name. NotAllowed for closed accounts."""
    person = session.scalars(select(Person).where(Person.id == person_id, Person.active.is_(True))).first()
    if person is None:
        raise NotAllowed(_l("Whoever started this may no longer log in."))
    return identity_of_person(session, person)


def identity_of_login(session: Session, login: str) -> Identity:
    """The identity behind a log-in name, for commands (`--as LOGIN`). Raises BusinessError when unknown."""
    person = session.scalars(select(Person).where(Person.username == login, Person.active.is_(True))).first()
    if person is None:
        raise BusinessError(f"no active account {login!r}", code="unknown_login")
    return identity_of_person(session, person)


def access_version(session: Session) -> int:
    return session.scalar(select(AccessVersion.number)) or 0


def _read_identity(session: Session, person: Person, version: int) -> Identity:
    roles = session.execute(
        select(Role.id, Role.name)
        .join(assoc_user_role, assoc_user_role.c.role_id == Role.id)
        .where(assoc_user_role.c.user_id == person.id)
        .order_by(Role.id)
    ).all()
    role_ids = [role.id for role in roles]
    grants = session.execute(
        select(Permission.name, ViewMenu.name, assoc_permissionview_role.c.role_id)
        .select_from(PermissionView)
        .join(Permission, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
        .where(assoc_permissionview_role.c.role_id.in_(role_ids))
    ).all()
    return Identity(
        person_id=person.id,
        login=person.username,
        name=person.name,
        grants=frozenset((action, entity) for action, entity, _role in grants),
        levels=_widest_levels(session, role_ids),
        field_rights=_widest_field_rights(
            session, {(role, entity) for action, entity, role in grants if action in _SEEING}
        ),
        version=version,
        department_id=person.department_id,
        tree=_tree(session, person.department_id),
        roles=tuple(role.name for role in roles),
    )


def _widest_levels(session: Session, role_ids: list[int]) -> dict[str, Level]:
    levels: dict[str, Level] = {}
    for scope in session.scalars(select(RoleScope).where(RoleScope.role_id.in_(role_ids))):
        level = Level(scope.level)
        if level.width > levels.get(scope.entity, Level.NONE).width:
            levels[scope.entity] = level
    return levels


_SEEING = frozenset({"can_list", "can_show"})


def _widest_field_rights(
    session: Session, roles_of_entities: set[tuple[int, str]]
) -> dict[tuple[str, str], FieldLevel]:
    """The most generous word of the roles by which the person sees the entity; silence says everything."""
    rows = session.scalars(
        select(FieldRight).where(FieldRight.role_id.in_({role for role, _entity in roles_of_entities}))
    ).all()
    said = {(row.role_id, row.entity, row.field): FieldLevel(row.level) for row in rows}
    rights: dict[tuple[str, str], FieldLevel] = {}
    for entity, name in {(row.entity, row.field) for row in rows}:
        levels = [
            said.get((role, entity, name), FieldLevel.FULL)
            for role, of_entity in roles_of_entities
            if of_entity == entity
        ]
        widest = max(levels, key=lambda level: level.width, default=FieldLevel.FULL)
        if widest is not FieldLevel.FULL:
            rights[entity, name] = widest
    return rights


def _tree(session: Session, department_id: int | None) -> frozenset[int]:
    if department_id is None:
        return frozenset()
    path = session.scalar(select(Department.path).where(Department.id == department_id))
    return frozenset(session.scalars(select(Department.id).where(Department.path.like(f"{path}%"))))


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def start_login(session: Session, person: Person, *, address: str, agent: str) -> str:
    """Record a log-in and return its token (kept only as a digest)."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    session.add(
        LoginSession(
            token_digest=digest_of(token),
            person_id=person.id,
            started_at=moment,
            seen_at=moment,
            address=address[:64],
            agent=agent[:200],
        )
    )
    return token


def end_logins(
    session: Session, *, person_id: int | None = None, login_id: int | None = None, reason: str
) -> None:
    """End one log-in or all of a person: they are out at their next click."""
    statement = update(LoginSession).where(LoginSession.ended_at.is_(None))
    if person_id is not None:
        statement = statement.where(LoginSession.person_id == person_id)
    if login_id is not None:
        statement = statement.where(LoginSession.id == login_id)
    session.execute(statement.values(ended_at=clock.now(), end_reason=reason))


_OF_TOKEN = (
    select(LoginSession, Person, select(AccessVersion.number).scalar_subquery())
    .join(Person, LoginSession.person_id == Person.id)
    .where(LoginSession.token_digest == bindparam("digest"))
)
"""Put together once: every request asks it."""


def person_of_token(session: Session, token: str) -> tuple[Person, Identity, LoginSession] | None:
    """Who holds this token now; None when the log-in ended, expired or the account is closed."""
    found = session.execute(_OF_TOKEN, {"digest": digest_of(token)}).first()
    if found is None:
        return None
    login, person, version = found
    if not person.active or not _alive(login, clock.now(), version or 0):
        return None
    return person, identity_of_person(session, person, version=version or 0), login


def _alive(login: LoginSession, moment: datetime, version: int) -> bool:
    idle, life = timedelta(hours=IDLE_HOURS.under(version)), timedelta(days=LIFE_DAYS.under(version))
    return login.ended_at is None and moment - login.seen_at < idle and moment - login.started_at < life


def note_seen(login: LoginSession) -> None:
    """Remember the visit, at most once a minute and in a transaction of its own: a GET stays a reading."""
    moment = clock.now()
    if moment - login.seen_at < timedelta(minutes=1):
        return
    try:
        with new_session(writes=True) as session:
            session.execute(update(LoginSession).where(LoginSession.id == login.id).values(seen_at=moment))
    except DBAPIError:
        # A long writer holds the database: the page matters, the note of the visit does not.
        log.info("visit of log-in %s not noted", login.id)


_ACCESS_TABLES = {
    "ab_role",
    "ab_permission_view_role",
    "ab_user_role",
    "ab_user",
    "role_scope",
    "field_right",
    "custom_field",
    "department",
    "agency_setting",
}
_HARMLESS = frozenset({"last_login", "login_count", "fail_login_count", "password", "must_change_password"})


def kept_by_version(table: str) -> None:
    """Processes keep rows of this table by the access version as well, so a changed one counts it up."""
    _ACCESS_TABLES.add(table)


def _count_up(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if row.__table__.name not in _ACCESS_TABLES:
            continue
        changed = {attr.key for attr in inspect(row).attrs if attr.history.has_changes()}
        if row in session.dirty and changed <= _HARMLESS:
            continue
        bump_access_version(session)
        return


def bump_access_version(session: Session) -> None:
    """Tell every process that roles, scopes or people changed. Same transaction as the change."""
    table = AccessVersion.__table__
    session.connection().execute(table.update().values(number=table.c.number + 1))


event.listen(RiverSession, "after_flush", _count_up)
