"""What an administrator may not do by accident, and may not see by the way."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.customers.operations import create_customer
from app.org.models import Person
from app.org.operations import save_person
from app.platform.audit import AuditEntry
from app.platform.errors import BusinessError
from config import settings
from tests.people import acting, as_system, log_in, person_id


def test_the_last_administrator_stays_one(app: Flask) -> None:
    with as_system(app) as session:
        admin, clerk = (
            session.scalars(select(Role.id).where(Role.name == name)).one()
            for name in ("administrator", "office_clerk")
        )
    for change in ({"roles": [str(clerk)], "active": True}, {"roles": [str(admin)], "active": False}):
        with pytest.raises(BusinessError), acting(app, "admin") as session:
            person = session.get_one(Person, person_id(session, "admin"))
            save_person(session, person, {"username": "admin", "first_name": "管理员", **change})


def test_the_audit_trail_shows_an_administrator_no_customers_number(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="甲方", contacts=[("王", "mobile", "13800138000", False)])
    with as_system(app) as session:
        pk = session.scalars(select(AuditEntry.id).where(AuditEntry.table_name == "contact_point")).first()
    pages = {}
    for login in ("admin", "laoban"):
        client = app.test_client()
        log_in(app, client, login)
        pages[login] = client.get(f"/audit/{pk}").text
    assert "13800138000" not in pages["admin"] and "value" in pages["admin"]
    assert "13800138000" in pages["laoban"]


def test_the_search_does_not_spell_a_masked_number_out(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="甲方", contacts=[("王", "mobile", "13800138000", False)])
    found = {}
    for login in ("xiaoshou1", "xszhuguan", "xingzheng"):
        client = app.test_client()
        log_in(app, client, login)
        found[login] = [
            "甲方" in client.get(f"/search/?q={text}").text for text in ("0138000", "13800138000")
        ]
    assert found == {"xiaoshou1": [True, True], "xszhuguan": [True, True], "xingzheng": [False, True]}


@pytest.mark.parametrize("mode", ["prod", "Production", "live"])
def test_a_mistyped_mode_does_not_start_a_demonstration(mode: str) -> None:
    with pytest.raises(RuntimeError, match="ZHANGFANG_MODE"):
        settings({"ZHANGFANG_MODE": mode, "ZHANGFANG_HOME": "/nonexistent"})
