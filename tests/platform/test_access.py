"""Row scope: who sees which customer, on every path the session offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from app.companies.models import Company
from app.customers.models import ContactPoint, Customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.org.models import Department, Participation
from app.platform import clock
from app.platform.access import elevated
from app.platform.database import new_session
from app.platform.errors import NotAllowed
from tests.people import acting, as_system, person_id


def make_customer(session: Session, name: str, owner: str) -> Customer:
    customer = Customer(name=name, owner_id=person_id(session, owner), created_at=clock.now())
    CUSTOMER_LIFECYCLE.begin(session, customer, "prospect", title="created")
    session.add(
        Participation(
            customer_id=customer.id, person_id=customer.owner_id, department_id=None, reason="owner"
        )
    )
    session.flush()
    return customer


@pytest.fixture
def two_customers(app: Flask) -> Iterator[dict[str, int]]:
    with as_system(app) as session:
        mine, theirs = (
            make_customer(session, "陈的客户", "xiaoshou1"),
            make_customer(session, "林的客户", "xiaoshou2"),
        )
        for customer in (mine, theirs):
            session.add(Company(customer_id=customer.id, name=f"{customer.name}公司", created_at=clock.now()))
        ids = {"mine": mine.id, "theirs": theirs.id}
    return ids


SEES = {
    "xiaoshou1": {"陈的客户"},
    "xiaoshou2": {"林的客户"},
    "xszhuguan": {"陈的客户", "林的客户"},
    "laoban": {"陈的客户", "林的客户"},
    "caiwu": {"陈的客户", "林的客户"},
    "waiqin": set(),
    "kuaiji": set(),
    "admin": set(),
}


@pytest.mark.parametrize("login", SEES)
def test_everybody_sees_exactly_the_customers_of_their_scope(
    app: Flask, two_customers: dict[str, int], login: str
) -> None:
    with acting(app, login) as session:
        assert set(session.scalars(select(Customer.name))) == SEES[login]


def test_no_path_of_the_session_leads_to_a_foreign_row(app: Flask, two_customers: dict[str, int]) -> None:
    other = aliased(Customer)
    foreign = two_customers["theirs"]
    with acting(app, "xiaoshou1") as session:
        assert session.get(Customer, foreign) is None
        assert session.scalar(select(func.count()).select_from(Customer)) == 1
        assert session.scalars(select(other.name)).all() == ["陈的客户"]
        assert session.scalars(select(Company.name).join(Customer)).all() == ["陈的客户公司"]
        assert session.scalars(select(Company)).one().customer.name == "陈的客户"
        assert session.scalar(select(exists().where(Customer.id == foreign))) is False
        assert session.execute(update(Customer).values(note="x").where(Customer.id == foreign)).rowcount == 0
        assert session.execute(delete(ContactPoint).where(ContactPoint.customer_id == foreign)).rowcount == 0
        subquery = select(Customer.id).subquery()
        assert session.scalar(select(func.count()).select_from(subquery)) == 1


def test_a_session_without_identity_sees_and_writes_nothing(
    app: Flask, two_customers: dict[str, int]
) -> None:
    with app.app_context(), new_session(writes=False) as session:
        assert session.scalars(select(Customer)).all() == []
    with app.app_context(), pytest.raises(NotAllowed), new_session(writes=True) as session:
        session.add(Company(customer_id=two_customers["mine"], name="黑", created_at=clock.now()))


def test_nobody_hangs_a_row_on_a_foreign_customer(app: Flask, two_customers: dict[str, int]) -> None:
    with pytest.raises(NotAllowed), acting(app, "xiaoshou1") as session:
        session.add(Company(customer_id=two_customers["theirs"], name="塞进去", created_at=clock.now()))
    with pytest.raises(NotAllowed), acting(app, "xiaoshou1") as session:
        company = session.scalars(select(Company)).one()
        company.customer_id = two_customers["theirs"]
    with as_system(app) as session:
        assert set(session.scalars(select(Company.name))) == {"陈的客户公司", "林的客户公司"}


def test_elevation_widens_the_rows_but_keeps_the_actor(app: Flask, two_customers: dict[str, int]) -> None:
    with acting(app, "xiaoshou1") as session:
        with elevated(session):
            assert session.scalar(select(func.count()).select_from(Customer)) == 2
            assert session.info["identity"].login == "xiaoshou1"
        session.expire_all()
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_a_department_that_takes_part_opens_the_customer_to_its_people(
    app: Flask, two_customers: dict[str, int]
) -> None:
    with as_system(app) as session:
        delivery = session.scalars(select(Department).where(Department.kind == "delivery")).one()
        session.add(
            Participation(
                customer_id=two_customers["mine"], person_id=None, department_id=delivery.id, reason="handler"
            )
        )
    with acting(app, "blzhuguan") as session:
        assert "陈的客户" in set(session.scalars(select(Customer.name)))
    with acting(app, "xiaoshou2") as session:
        assert set(session.scalars(select(Customer.name))) == {"林的客户"}
