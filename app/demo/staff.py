"""More colleagues for the demo agency, so that lists and loads look like an office."""

from __future__ import annotations

from pathlib import Path

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.org.demo_staff import STAFF, demo_password
from app.org.models import Department, Person
from app.platform.errors import BusinessError

# log-in, name, role, department, superior
COLLEAGUES = (
    ("xiaoshou3", "吴倩", "salesperson", "销售一部", "xszhuguan"),
    ("xiaoshou4", "梁浩", "salesperson", "销售二部", "xszhuguan"),
    ("xiaoshou5", "谢婷", "salesperson", "销售一部", "xszhuguan"),
    ("waiqin2", "罗强", "field_worker", "办理部", "blzhuguan"),
    ("waiqin3", "邓杰", "field_worker", "办理部", "blzhuguan"),
    ("kuaiji2", "许丽萍", "accountant", "会计部", "kjzhuguan"),
    ("kuaiji3", "冯佳慧", "accountant", "会计部", "kjzhuguan"),
    ("kuaiji4", "韩雪", "accountant", "会计部", "kjzhuguan"),
)


def people(session: Session) -> dict[str, Person]:
    """Everybody the demo data needs, by log-in; missing colleagues are added.

    Raises BusinessError when the demo staff itself is not there.
    """
    known = {person.username: person for person in session.scalars(select(Person))}
    if missing := [login for login, *_rest in STAFF if login not in known]:
        raise BusinessError(
            _("The demo staff is missing (%(names)s): run sync in demo mode.", names=", ".join(missing)),
            code="no_staff",
        )
    departments = dict(session.execute(select(Department.name, Department.id)).tuples().all())
    roles = {role.name: role for role in session.scalars(select(Role))}
    digest = generate_password_hash(demo_password(Path(current_app.config["ZHANGFANG_HOME"])))
    for login, name, role, department, superior in COLLEAGUES:
        if login not in known:
            known[login] = Person(
                username=login,
                first_name=name,
                last_name="",
                email=f"{login}@demo.invalid",
                password=digest,
                active=True,
                department_id=departments[department],
                superior_id=known[superior].id,
                roles=[roles[role]],
            )
            session.add(known[login])
    session.flush()
    return known
