"""The cast: act or log in as one of the demo staff (spec 3-roles)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.identity import identity_of_login
from app.org.models import Person
from app.platform.access import Identity
from app.platform.unit_of_work import system_reading, system_work


def identity(app: Flask, login: str) -> Identity:
    """Who this person is, as the screens would know them."""
    with app.app_context(), system_reading() as session:
        return identity_of_login(session, login)


@contextmanager
def acting(app: Flask, login: str) -> Iterator[Session]:
    """One unit of work as this person, committed at the end."""
    who = identity(app, login)
    with app.app_context(), system_work(who) as session:
        yield session


@contextmanager
def as_system(app: Flask) -> Iterator[Session]:
    """One unit of work of the agency itself."""
    with app.app_context(), system_work() as session:
        yield session


def person_id(session: Session, login: str) -> int:
    found = session.scalar(select(Person.id).where(Person.username == login))
    assert found is not None, f"no demo person {login}"
    return found


def demo_password(app: Flask) -> str:
    return (Path(app.config["ZHANGFANG_HOME"]) / "demo-password").read_text().strip()


def log_in(app: Flask, client: FlaskClient, login: str) -> None:
    """Log the client in through the page, CSRF token included."""
    page = client.get("/login/")
    answer = client.post(
        "/login/",
        data={"username": login, "password": demo_password(app), "csrf_token": token_in(page.text)},
    )
    assert answer.status_code == 302, answer.text


def token_in(html: str) -> str:
    """The CSRF token a page carries."""
    _before, _mark, rest = html.partition('name="csrf-token" content="')
    return rest.partition('"')[0]
