"""The rows and columns the role editor shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.platform.access import Identity
from app.platform.entity import entities
from app.platform.grants import EntityAccess, declared
from app.platform.shaping import shaped

DELETE = "delete"
COLUMNS = {
    "list": _l("see the list"),
    "show": _l("open"),
    "add": _l("create"),
    "edit": _l("change"),
    DELETE: _l("delete"),
    "export": _l("export the list"),
    "approve": _l("approve"),
}
"""Actions that have a column of their own in the matrix; others stand together in the last one.

Nothing declares "delete": the column says so with a lock, because everybody who gives rights looks for it.
"""


def groups() -> list[tuple[str, list[EntityAccess]]]:
    """The rows of the matrix under the heads the menu has: business first, settings and the rest last."""
    found: dict[str, list[EntityAccess]] = {}
    settings, reports, other = _("Settings"), _("Reports"), _("Others")
    for access in declared().values():
        entity = entities().get(access.entity)
        head = str(entity.group) if entity and entity.group else other
        found.setdefault(reports if "run" in access.actions else head, []).append(access)
    last = [reports, settings, other]
    return sorted(found.items(), key=lambda pair: last.index(pair[0]) if pair[0] in last else -1)


def field_rows(session: Session, identity: Identity) -> list[tuple[str, Any, list[tuple[str, Any]]]]:
    """(entity, its words, its fields) for every entity whose fields can be limited, in the matrix's order.

    The field that names the row is left out: links and breadcrumbs say it anyway.
    """
    found, whole = [], replace(identity, is_system=True, field_rights={})
    for access in (row for _head, rows in groups() for row in rows):
        entity = entities().get(access.entity)
        if entity is None or entity.grants_of != entity.name:
            continue
        shape = shaped(session, entity, whole)
        fields = [(f.name, f.label) for f in shape.fields if f.name != entity.list_fields[0]]
        found.append((entity.name, access.label, fields))
    return found


def roles_with_counts(session: Session) -> list[tuple[Role, int]]:
    """Every role and how many people have it, the oldest first."""
    counted = select(func.count()).select_from(assoc_user_role).where(assoc_user_role.c.role_id == Role.id)
    rows = session.execute(select(Role, counted.scalar_subquery()).order_by(Role.id))
    return [(role, count) for role, count in rows]
