"""Roles as a readable matrix entity × action with one row level per entity (ORG-2).

Saving writes Flask-AppBuilder's own grants and our row levels, keeps the step in the history, and is in
force in every process at the next request, because the access version moves with it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.org.identity import bump_access_version
from app.org.models import FieldRight, Person, RoleScope, SeededGrant
from app.org.role_models import RoleChange
from app.platform import clock
from app.platform.access import FieldLevel, Level, identity_of
from app.platform.entity import entities
from app.platform.errors import BusinessError, FieldErrors, Stale
from app.platform.grants import declared

Pair = tuple[str, str]


@dataclass(frozen=True)
class Shape:
    """What a role may do and how far it sees: pairs (entity, action without "can_") and entity → level.

    `fields` maps "entity.field" to what is less than everything: hidden, masked, revealable, read_only.
    """

    grants: frozenset[Pair]
    levels: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {
            "grants": sorted(list(pair) for pair in self.grants),
            "levels": dict(sorted(self.levels.items())),
            "fields": dict(sorted(self.fields.items())),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Shape:
        grants = frozenset((str(entity), str(action)) for entity, action in plain["grants"])
        levels, fields = (
            {str(key): str(value) for key, value in plain.get(name, {}).items()}
            for name in ("levels", "fields")
        )
        return cls(grants, levels, fields)

    @property
    def stamp(self) -> str:
        """Changes with the shape; a form carries it, so that two editors cannot overwrite each other."""
        return hashlib.sha256(json.dumps(self.plain()).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Difference:
    """One cell that differs: words of the entity and of the action or level, before and after."""

    entity: Any
    what: Any
    before: Any
    after: Any


LEVEL_WORDS = {
    Level.NONE: _l("nothing"),
    Level.OWN: _l("own"),
    Level.DEPARTMENT: _l("own department"),
    Level.TREE: _l("and below"),
    Level.ALL: _l("all"),
}


FIELD_WORDS = {
    FieldLevel.FULL: _l("everything"),
    FieldLevel.READ_ONLY: _l("read only"),
    FieldLevel.REVEALABLE: _l("masked, may look"),
    FieldLevel.MASKED: _l("masked"),
    FieldLevel.HIDDEN: _l("hidden"),
}


def shape_of(session: Session, role: Role) -> Shape:
    """The present shape of a role, as far as it concerns what the program declares."""
    rows = session.execute(
        select(ViewMenu.name, Permission.name)
        .select_from(PermissionView)
        .join(Permission, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
        .where(assoc_permissionview_role.c.role_id == role.id)
    )
    known = {(entity, action) for entity, access in declared().items() for action in access.actions}
    grants = {(entity, action.removeprefix("can_")) for entity, action in rows} & known
    levels = session.execute(select(RoleScope.entity, RoleScope.level).where(RoleScope.role_id == role.id))
    fields = session.scalars(select(FieldRight).where(FieldRight.role_id == role.id))
    return Shape(
        frozenset(grants), dict(levels.all()), {f"{row.entity}.{row.field}": row.level for row in fields}
    )


def read_shape(fields: Mapping[str, str], granted: Iterable[str]) -> Shape:
    """The shape a form describes: `level-ENTITY`, ticked boxes "ENTITY.ACTION", `field-ENTITY.FIELD`.

    Raises BusinessError for an entity, action, field or level that does not exist.
    """
    grants: set[Pair] = set()
    for text in granted:
        entity, _dot, action = text.partition(".")
        if entity not in declared() or action not in declared()[entity].actions:
            raise BusinessError(
                _l("The right “%(name)s” does not exist.", name=text[:60]), code="unknown_right"
            )
        grants.add((entity, action))
    levels: dict[str, str] = {}
    for entity, access in declared().items():
        level = fields.get(f"level-{entity}", "")
        if access.scoped and level:
            if level not in set(Level):
                raise BusinessError(
                    _l("The row level “%(name)s” does not exist.", name=level[:20]), code="level"
                )
            levels[entity] = level
    return Shape(frozenset(grants), levels, _read_fields(fields))


def _read_fields(form: Mapping[str, str]) -> dict[str, str]:
    rights: dict[str, str] = {}
    for name, level in form.items():
        mark, _dash, place = name.partition("-")
        if mark != "field" or level == FieldLevel.FULL:
            continue
        if level not in set(FieldLevel) or not re.fullmatch(r"[a-z_0-9]{1,40}\.[a-z_0-9]{1,40}", place):
            raise BusinessError(
                _l("The field right “%(name)s” does not exist.", name=name[:80]), code="field_right"
            )
        rights[place] = level
    return rights


def save_shape(session: Session, role: Role, wanted: Shape, *, stamp: str) -> list[Difference]:
    """Give the role this shape; answers what changed. Raises Stale when somebody changed it meanwhile."""
    identity_of(session).require("can_edit", "role")
    session.scalars(select(Role).where(Role.id == role.id).with_for_update()).one()
    before = shape_of(session, role)
    if stamp != before.stamp:
        raise Stale(_l("Somebody changed this role since you opened it. Look at it again."))
    changes = differences(before, wanted)
    if not changes:
        return []
    _write(session, role, before, wanted)
    refuse_locking_out(session)
    who = identity_of(session)
    session.add(
        RoleChange(
            role_id=role.id,
            at=clock.now(),
            actor_id=who.person_id,
            actor=who.name,
            before=before.plain(),
            after=wanted.plain(),
        )
    )
    bump_access_version(session)
    session.flush()
    return changes


def undo_change(session: Session, role: Role, change: RoleChange) -> list[Difference]:
    """Bring the role back to what it was before the change; only the newest change can be undone."""
    newest = session.scalar(
        select(func.max(RoleChange.id)).where(RoleChange.role_id == role.id, RoleChange.undone.is_(False))
    )
    if change.role_id != role.id or change.id != newest:
        raise BusinessError(_l("Only the newest change of a role can be undone."), code="not_newest")
    present = shape_of(session, role)
    changes = save_shape(session, role, Shape.of(change.before), stamp=present.stamp)
    undoing = session.scalars(
        select(RoleChange).where(RoleChange.role_id == role.id).order_by(RoleChange.id.desc())
    ).first()
    for row in (change, undoing):
        if row is not None:
            row.undone = True
    session.flush()
    return changes


def create_role(session: Session, name: str, *, like: Role | None = None) -> Role:
    """A new role, empty or a copy of another. Raises FieldErrors for a bad or taken name."""
    identity_of(session).require("can_add", "role")
    name = name.strip()
    if not name or len(name) > 64:
        raise FieldErrors(_l("The role was not created."), {"name": [_l("A name of 1 to 64 characters.")]})
    if session.scalar(select(Role.id).where(Role.name == name)) is not None:
        raise FieldErrors(_l("The role was not created."), {"name": [_l("There is a role of this name.")]})
    role = Role(name=name)
    session.add(role)
    session.flush()
    if like is not None:
        _write(session, role, Shape(frozenset(), {}), shape_of(session, like))
    session.flush()
    return role


def _write(session: Session, role: Role, before: Shape, wanted: Shape) -> None:
    pairs = {
        (row.view_menu.name, row.permission.name.removeprefix("can_")): row
        for row in session.scalars(select(PermissionView))
    }
    kept = [row for row in role.permissions if _pair_of(row) not in before.grants - wanted.grants]
    present = {_pair_of(row) for row in kept}
    role.permissions = [*kept, *(pairs[pair] for pair in sorted(wanted.grants - present))]
    rows = {row.entity: row for row in session.scalars(select(RoleScope).where(RoleScope.role_id == role.id))}
    for entity, level in wanted.levels.items():
        row = rows.setdefault(entity, RoleScope(role_id=role.id, entity=entity))
        row.level = level
        session.add(row)
    _write_fields(session, role, wanted.fields)
    session.flush()
    _remember_as_given(session, role, wanted)


def _write_fields(session: Session, role: Role, wanted: Mapping[str, str]) -> None:
    rows = session.scalars(select(FieldRight).where(FieldRight.role_id == role.id))
    known = {f"{row.entity}.{row.field}": row for row in rows}
    for place, row in known.items():
        if place not in wanted:
            session.delete(row)
    for place, level in wanted.items():
        entity, _dot, name = place.partition(".")
        row = known.get(place) or FieldRight(role_id=role.id, entity=entity, field=name)
        row.level = level
        session.add(row)


def _remember_as_given(session: Session, role: Role, wanted: Shape) -> None:
    """What an administrator decided is never given or taken again by the presets."""
    given = set(
        session.execute(
            select(SeededGrant.action, SeededGrant.entity).where(SeededGrant.role == role.name)
        ).all()
    )
    for entity, access in declared().items():
        for action in (*(f"can_{name}" for name in access.actions), "scope"):
            if (action, entity) not in given:
                session.add(SeededGrant(role=role.name, action=action, entity=entity))


def _pair_of(row: PermissionView) -> Pair:
    return row.view_menu.name, row.permission.name.removeprefix("can_")


def refuse_locking_out(session: Session) -> None:
    """Somebody active must still be able to open and edit roles, or nobody ever could again."""
    if not set.intersection(*(_holders(session, action) for action in ("can_list", "can_show", "can_edit"))):
        raise BusinessError(
            _l("Then nobody could edit roles any more; give that right to somebody first."), code="lock_out"
        )


def _holders(session: Session, action: str) -> set[int]:
    return set(
        session.scalars(
            select(Person.id)
            .join(assoc_user_role, assoc_user_role.c.user_id == Person.id)
            .join(assoc_permissionview_role, assoc_permissionview_role.c.role_id == assoc_user_role.c.role_id)
            .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
            .join(Permission, PermissionView.permission_id == Permission.id)
            .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
            .where(Permission.name == action, ViewMenu.name == "role", Person.active.is_(True))
        )
    )


def differences(before: Shape, after: Shape) -> list[Difference]:
    """Every cell in which two shapes differ, in the order of the matrix."""
    found: list[Difference] = []
    for entity, access in declared().items():
        old, new = before.levels.get(entity, Level.NONE.value), after.levels.get(entity, Level.NONE.value)
        if access.scoped and old != new:
            found.append(
                Difference(access.label, _l("sees"), LEVEL_WORDS[Level(old)], LEVEL_WORDS[Level(new)])
            )
        for action, words in access.actions.items():
            had, has = (entity, action) in before.grants, (entity, action) in after.grants
            if had != has:
                found.append(
                    Difference(
                        access.label, words, _l("yes") if had else _l("no"), _l("yes") if has else _l("no")
                    )
                )
    return [*found, *_field_differences(before, after)]


def _field_differences(before: Shape, after: Shape) -> list[Difference]:
    found: list[Difference] = []
    for place in sorted({*before.fields, *after.fields}):
        old, new = (FieldLevel(shape.fields.get(place, FieldLevel.FULL)) for shape in (before, after))
        if old is not new:
            entity, _dot, name = place.partition(".")
            words = declared()[entity].label if entity in declared() else entity
            found.append(Difference(words, field_words(entity, name), FIELD_WORDS[old], FIELD_WORDS[new]))
    return found


def field_words(entity: str, name: str) -> Any:
    """What a field is called; a custom field or one that went away by its name."""
    known = entities().get(entity)
    return known.field(name).label if known is not None and known.has(name) else name


def members(session: Session, role_id: int) -> list[Person]:
    """Who holds the role."""
    return list(
        session.scalars(
            select(Person)
            .join(assoc_user_role, assoc_user_role.c.user_id == Person.id)
            .where(assoc_user_role.c.role_id == role_id)
            .order_by(Person.username)
        )
    )
