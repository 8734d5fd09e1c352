"""What a fresh installation needs from this stage: roles, permissions, and somebody who can log in."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org import demo_staff
from app.org.models import Person
from app.org.passwords import set_password
from app.org.roles import sync_roles


def sync(session: Session, app: Flask) -> list[str]:
    """Bring roles and first accounts up to date; returns lines to print (demo log-ins, warnings)."""
    sync_roles(session)
    if app.config["DEMO_MODE"]:
        password = demo_staff.demo_password(Path(app.config["ZHANGFANG_HOME"]))
        demo_staff.lay_down(session, password)
        return [
            f"log in as {login} ({role}), password {password}" for login, _n, role, *_ in demo_staff.STAFF
        ]
    return _first_administrator(session)


def _first_administrator(session: Session) -> list[str]:
    """The administrator named by the environment; without one nobody can log in, and we say so."""
    if session.scalars(select(Person.id).limit(1)).first() is not None:
        return []
    login, password = os.environ.get("ZHANGFANG_ADMIN"), os.environ.get("ZHANGFANG_ADMIN_PASSWORD")
    if not login or not password:
        return ["nobody can log in yet: set ZHANGFANG_ADMIN and ZHANGFANG_ADMIN_PASSWORD, or run `user add`"]
    person = Person(
        username=login, first_name=login, last_name="", email=f"{login}@agency.invalid", active=True
    )
    person.roles = list(session.scalars(select(Role).where(Role.name == "administrator")))
    set_password(session, person, password, must_change=True)
    session.add(person)
    return [f"log in as {login} (administrator)"]
