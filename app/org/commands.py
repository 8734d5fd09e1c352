"""`user add|role|disable|password`: accounts from the command line."""

from __future__ import annotations

import secrets

import click
from flask.cli import AppGroup
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.identity import end_logins
from app.org.models import Department, Person
from app.org.passwords import set_password
from app.org.role_editing import refuse_locking_out
from app.platform.errors import BusinessError
from app.platform.unit_of_work import system_work

users = AppGroup("user", help="Accounts: add, give a role, disable, set a password.")


@users.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The name colleagues use.")
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be given several times.")
@click.option("--department", help="Name of the department.")
@click.option(
    "--password", envvar="ZHANGFANG_PASSWORD", help="First password; drawn and printed when absent."
)
def add(login: str, name: str, roles: tuple[str, ...], department: str | None, password: str | None) -> None:
    """Create an account. The person must change the password at the first log-in."""
    first_password = password or secrets.token_urlsafe(12)
    with system_work() as session:
        person = Person(
            username=login, first_name=name, last_name="", email=f"{login}@agency.invalid", active=True
        )
        person.department_id = _department_id(session, department)
        person.roles = [_role(session, role) for role in roles]
        set_password(session, person, first_password, must_change=True)
        session.add(person)
    click.echo(f"{login} {first_password if not password else ''}".strip())


@users.command("role")
@click.argument("login")
@click.argument("role")
@click.option("--remove", is_flag=True, help="Take the role away instead.")
def role(login: str, role: str, remove: bool) -> None:
    """Give a role to an account, or take it away; its log-ins end."""
    with system_work() as session:
        person, wanted = _person(session, login), _role(session, role)
        person.roles = [r for r in person.roles if r.id != wanted.id] + ([] if remove else [wanted])
        session.flush()
        refuse_locking_out(session)
        end_logins(session, person_id=person.id, reason="role")


@users.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Close an account; its log-ins end at once."""
    with system_work() as session:
        person = _person(session, login)
        person.active = False
        session.flush()
        refuse_locking_out(session)
        end_logins(session, person_id=person.id, reason="disabled")


@users.command("password")
@click.argument("login")
@click.option("--password", envvar="ZHANGFANG_PASSWORD", prompt=True, hide_input=True)
def password(login: str, password: str) -> None:
    """Set a new password; all log-ins of the account end."""
    with system_work() as session:
        set_password(session, _person(session, login), password, must_change=True)


def _person(session: Session, login: str) -> Person:
    person = session.scalars(select(Person).where(Person.username == login)).first()
    if person is None:
        raise BusinessError(f"no account {login!r}", code="unknown_login")
    return person


def _role(session: Session, name: str) -> Role:
    found = session.scalars(select(Role).where(Role.name == name)).first()
    if found is None:
        names = ", ".join(session.scalars(select(Role.name).order_by(Role.id)))
        raise BusinessError(f"no role {name!r}; there are: {names}", code="unknown_role")
    return found


def _department_id(session: Session, name: str | None) -> int | None:
    if name is None:
        return None
    found = session.scalar(select(Department.id).where(Department.name == name))
    if found is None:
        raise BusinessError(f"no department {name!r}", code="unknown_department")
    return found
