"""A column that is read for many rows at once says what the field says of each of them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.platform.entity import entities
from app.platform.shaping import shaped
from tests.people import acting, identity
from tests.world import make_world


@pytest.fixture(scope="module")
def world(module_app: Flask) -> Flask:
    make_world(module_app)
    return module_app


def test_a_column_read_at_once_says_what_each_row_says(world: Flask) -> None:
    who, compared = identity(world, "laoban"), 0
    with acting(world, "laoban") as session, world.test_request_context("/"):
        for entity in entities().values():
            shape = shaped(session, entity, who)
            rows = session.scalars(select(entity.model)).all()
            for field in (field for field in shape.fields if field.together is not None):
                at_once = [value or None for value in field.of_all(session, rows)]
                assert at_once == [field.of(row) or None for row in rows], f"{entity.name}.{field.name}"
                compared += any(at_once)
    assert compared, "some column of some entity is read at once and holds something"
