"""Fields kept from a role for a while, for tests that look at what is left of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import delete, select

from app.org.identity import bump_access_version
from app.org.models import FieldRight
from tests.people import as_system


@contextmanager
def limited(app: Flask, role: str, places: Sequence[str], level: str) -> Iterator[None]:
    """These fields ("entity.field") for this role, as the role editor would keep them."""
    with as_system(app) as session:
        pk = session.scalars(select(Role.id).where(Role.name == role)).one()
        for place in places:
            entity, _dot, field = place.partition(".")
            session.add(FieldRight(role_id=pk, entity=entity, field=field, level=level))
        bump_access_version(session)
    try:
        yield
    finally:
        with as_system(app) as session:
            session.execute(delete(FieldRight).where(FieldRight.role_id == pk))
            bump_access_version(session)
