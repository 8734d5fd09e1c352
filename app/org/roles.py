"""The preset roles, and the sync that turns declared permissions into Flask-AppBuilder's.

Each preset grant is given once and remembered: what an administrator takes away stays away, and what a
new version declares arrives with the next `sync`.
"""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.models import AccessVersion, RoleScope, SeededGrant
from app.platform.grants import EntityAccess, declared

PRESET_ROLES = {
    "salesperson": _l("salesperson"),
    "sales_manager": _l("sales_manager"),
    "field_worker": _l("field_worker"),
    "delivery_manager": _l("delivery_manager"),
    "accountant": _l("accountant"),
    "accounting_manager": _l("accounting_manager"),
    "cashier": _l("cashier"),
    "office_clerk": _l("office_clerk"),
    "principal": _l("principal"),
    "administrator": _l("administrator"),
}


def sync_roles(session: Session) -> None:
    """Create missing permissions and preset roles, and give every declared preset once."""
    if session.scalars(select(AccessVersion)).first() is None:
        session.add(AccessVersion(id=1, number=1))
        session.flush()
    roles = {role.name: role for role in session.scalars(select(Role))}
    for name in PRESET_ROLES:
        if name not in roles:
            roles[name] = Role(name=name)
            session.add(roles[name])
    session.flush()
    permissions = _sync_permissions(session)
    given = set(session.execute(select(SeededGrant.role, SeededGrant.action, SeededGrant.entity)).tuples())
    for access in declared().values():
        _give_presets(session, access, roles, permissions, given)
    session.flush()


def _sync_permissions(session: Session) -> dict[tuple[str, str], PermissionView]:
    actions = {row.name: row for row in session.scalars(select(Permission))}
    entities = {row.name: row for row in session.scalars(select(ViewMenu))}
    pairs = {
        (pair.permission.name, pair.view_menu.name): pair for pair in session.scalars(select(PermissionView))
    }
    for access in declared().values():
        entity = entities.setdefault(access.entity, ViewMenu(name=access.entity))
        for action in access.actions:
            permission = actions.setdefault(f"can_{action}", Permission(name=f"can_{action}"))
            if (permission.name, access.entity) not in pairs:
                pair = PermissionView(permission=permission, view_menu=entity)
                session.add(pair)
                pairs[permission.name, access.entity] = pair
    session.flush()
    return pairs


def _give_presets(
    session: Session,
    access: EntityAccess,
    roles: dict[str, Role],
    permissions: dict[tuple[str, str], PermissionView],
    given: set[tuple[str, str, str]],
) -> None:
    for role_name, preset in access.presets.items():
        role = roles[role_name]
        if access.scoped and (role_name, "scope", access.entity) not in given:
            session.add(RoleScope(role_id=role.id, entity=access.entity, level=preset.level.value))
            session.add(SeededGrant(role=role_name, action="scope", entity=access.entity))
        for action in preset.grants:
            if (role_name, action, access.entity) in given:
                continue
            pair = permissions[action, access.entity]
            if pair not in role.permissions:
                role.permissions.append(pair)
            session.add(SeededGrant(role=role_name, action=action, entity=access.entity))
