"""The agency of the demo mode: departments and one person per role (spec 3-roles). No customers."""

from __future__ import annotations

import secrets
from pathlib import Path

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.org.models import Department, Person

DEPARTMENTS = (
    ("总经办", "management", None),
    ("销售部", "sales", "总经办"),
    ("销售一部", "sales", "销售部"),
    ("销售二部", "sales", "销售部"),
    ("办理部", "delivery", "总经办"),
    ("会计部", "bookkeeping", "总经办"),
    ("财务部", "finance", "总经办"),
    ("行政部", "office", "总经办"),
)

# log-in, name, role, department, superior
STAFF = (
    ("laoban", "郑国华", "principal", "总经办", None),
    ("xszhuguan", "周敏", "sales_manager", "销售部", "laoban"),
    ("xiaoshou1", "陈宇航", "salesperson", "销售一部", "xszhuguan"),
    ("xiaoshou2", "林晓", "salesperson", "销售二部", "xszhuguan"),
    ("blzhuguan", "方远", "delivery_manager", "办理部", "laoban"),
    ("waiqin", "赵磊", "field_worker", "办理部", "blzhuguan"),
    ("kjzhuguan", "李敏", "accounting_manager", "会计部", "laoban"),
    ("kuaiji", "张蕾", "accountant", "会计部", "kjzhuguan"),
    ("caiwu", "何静", "cashier", "财务部", "laoban"),
    ("xingzheng", "孙倩", "office_clerk", "行政部", "laoban"),
    ("admin", "系统管理员", "administrator", "行政部", "laoban"),
)

HEADS = {
    "总经办": "laoban",
    "销售部": "xszhuguan",
    "销售一部": "xszhuguan",
    "销售二部": "xszhuguan",
    "办理部": "blzhuguan",
    "会计部": "kjzhuguan",
    "财务部": "caiwu",
    "行政部": "xingzheng",
}


def demo_password(home: Path) -> str:
    """The one password of all demo log-ins; drawn once per instance and kept beside its secret."""
    path = home / "demo-password"
    if not path.exists():
        path.write_text("demo-" + secrets.token_hex(4))
        path.chmod(0o600)
    return path.read_text().strip()


def lay_down(session: Session, password: str) -> None:
    """Create departments and staff once; an agency that already has people is left alone."""
    if session.scalars(select(Person.id).limit(1)).first() is not None:
        return
    departments = _departments(session)
    roles = {role.name: role for role in session.scalars(select(Role))}
    digest = generate_password_hash(password)
    people: dict[str, Person] = {}
    for login, name, role, department, superior in STAFF:
        person = Person(
            username=login,
            first_name=name,
            last_name="",
            email=f"{login}@demo.invalid",
            password=digest,
            active=True,
            department_id=departments[department].id,
            superior_id=people[superior].id if superior else None,
        )
        person.roles = [roles[role]]
        session.add(person)
        session.flush()
        people[login] = person
    for department, head in HEADS.items():
        departments[department].head_id = people[head].id


def _departments(session: Session) -> dict[str, Department]:
    made: dict[str, Department] = {}
    for name, kind, parent in DEPARTMENTS:
        above = made[parent] if parent else None
        department = Department(name=name, kind=kind, parent_id=above.id if above else None)
        session.add(department)
        session.flush()
        department.path = f"{above.path if above else '/'}{department.id}/"
        made[name] = department
    session.flush()
    return made
