"""What somebody sees is the same by every way there is to it: row by row, from the ties, by ids."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.companies.entity import COMPANY
from app.contracts.entity import CONTRACT
from app.customers.entity import CUSTOMER, PROSPECT_LIST, PUBLIC_LIST, RETAINED_LIST
from app.customers.models import ContactPoint, Customer
from app.delivery.entity import WORK_ITEM
from app.finance.entity import RECEIPT
from app.org.models import Participation, Person
from app.platform import reach
from app.platform.access import Level, acting_as, from_ties
from app.platform.database import remembered
from app.platform.entity import Entity
from app.platform.screens.listing import ListRequest, _Order, count_rows, matching, read_page, read_request
from tests.people import acting, as_system, identity
from tests.platform.test_fragment_search import insert_customers
from tests.world import make_world

READERS = ("xiaoshou1", "xszhuguan", "blzhuguan", "kuaiji")
LEVELS = (Level.OWN, Level.DEPARTMENT, Level.TREE)


def in_reach(session: Session, who: Any, level: Level) -> set[int]:
    """The meaning, spelt out: the person, a colleague or a department in reach takes part."""
    tree = {Level.OWN: frozenset(), Level.DEPARTMENT: {who.department_id}, Level.TREE: who.tree}[level]
    people = {who.person_id}
    people |= {row.id for row in session.scalars(select(Person)) if row.department_id in tree}
    parts = session.execute(select(Participation.__table__)).all()
    return {part.customer_id for part in parts if part.person_id in people or part.department_id in tree}


@st.composite
def _parts(draw: st.DrawFn) -> list[tuple[int, bool, int, str]]:
    one = st.tuples(
        st.integers(0, 7), st.booleans(), st.integers(0, 10), st.sampled_from(("owner", "member", "handler"))
    )
    return draw(st.lists(one, max_size=24, unique=True))


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=_parts())
def test_row_by_row_and_from_the_ties_are_the_same_customers(
    app: Flask, parts: list[tuple[int, bool, int, str]]
) -> None:
    readers = [replace(identity(app, login), grants=frozenset()) for login in READERS]
    with as_system(app) as session:
        ids = insert_customers(session, [f"客户{number}" for number in range(8)])
        points = [{"customer_id": pk, "kind": "mobile", "value": "1", "key": f"{pk}"} for pk in ids]
        session.connection().execute(insert(ContactPoint.__table__), points)
        session.connection().execute(delete(Participation.__table__))
        people = session.scalars(select(Person).order_by(Person.id)).all()
        places = sorted({person.department_id for person in people if person.department_id})
        for which, is_person, who, reason in parts:
            party = {"person_id": people[who % len(people)].id, "department_id": None}
            if not is_person:
                party = {"person_id": None, "department_id": places[who % len(places)]}
            row = {"customer_id": ids[which], "reason": reason, **party}
            if session.execute(select(Participation.id).filter_by(**row)).first() is None:
                session.connection().execute(insert(Participation.__table__), row)
        # The stage in the pool widens nothing for who may not claim.
        session.connection().execute(
            update(Customer.__table__).where(Customer.__table__.c.id == ids[0]).values(stage="public")
        )
        for who in readers:
            for level in LEVELS:
                reader = replace(who, levels={"customer": level})
                expected = in_reach(session, reader, level)
                with acting_as(session, reader):
                    assert set(session.scalars(select(Customer.id))) == expected
                    assert set(session.scalars(select(ContactPoint.customer_id))) == expected
                    for pk in ids:
                        one = session.scalar(select(Customer.id).where(Customer.id == pk))
                        assert (one is not None) is (pk in expected)
                    with from_ties(session, wanted=True):
                        assert set(session.scalars(select(Customer.id))) == expected
                        assert set(session.scalars(select(ContactPoint.customer_id))) == expected
        session.rollback()


def _pages(app: Flask, login: str, entity: Entity, **arguments: str) -> list[Any]:
    """Ids and count of every page, forwards, then backwards, and the count of its tab."""
    who = identity(app, login)
    with acting(app, login) as session, app.test_request_context():
        remembered("shares").clear()
        request = replace(read_request(entity, arguments), rows=3)
        told: list[Any] = [count_rows(session, request, who)]
        page = read_page(session, request, who)
        for _step in range(5):
            told.append(([row.id for row in page.rows], page.count))
            if not page.next_cursor:
                break
            page = read_page(session, replace(request, after=page.next_cursor), who)
        while page.previous_cursor:
            page = read_page(session, replace(request, before=page.previous_cursor), who)
            told.append(([row.id for row in page.rows], page.count))
        return told


LISTS: tuple[tuple[Entity, dict[str, str]], ...] = (
    (PROSPECT_LIST, {}),
    (PROSPECT_LIST, {"sort": "next_contact_on"}),
    (PROSPECT_LIST, {"sort": "-last_contact_at"}),
    (PROSPECT_LIST, {"source__is": "百度"}),
    (CUSTOMER, {"tab": "mine"}),
    (RETAINED_LIST, {}),
    (PUBLIC_LIST, {}),
    (CONTRACT, {}),
    (WORK_ITEM, {"tab": "all"}),
)


@pytest.mark.parametrize("login", ["xiaoshou1", "xszhuguan", "blzhuguan", "laoban"])
def test_a_list_is_the_same_for_whoever_sees_few_many_or_very_many(
    app: Flask, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    make_world(app)
    with as_system(app) as session:
        ids = insert_customers(session, [f"第{number}家" for number in range(11)])
        pooled = update(Customer).where(Customer.id.in_(ids[:4])).values(stage="public", owner_id=None)
        session.execute(pooled)
        session.execute(delete(Participation).where(Participation.customer_id.in_(ids[:4])))
        session.execute(
            update(Customer).where(Customer.id.in_(ids[6:9])).values(next_contact_on=None, source="百度")
        )
    for entity, arguments in LISTS:
        if not identity(app, login).can("can_list", entity.grants_of):
            continue
        told = []
        for few, some in ((10_000, 50_000), (0, 50_000), (0, 0)):
            monkeypatch.setattr(reach, "FEW", few)
            monkeypatch.setattr(reach, "SOME", some)
            told.append(_pages(app, login, entity, **arguments))
        assert told[0] == told[1] == told[2], (entity.name, arguments)


def test_a_filter_by_a_fragment_goes_by_the_index_and_finds_what_like_finds(app: Flask) -> None:
    who = identity(app, "laoban")
    with as_system(app) as session:
        insert_customers(session, ["甲", "乙", "丙"])
        session.execute(update(Customer).values(number="KH-" + Customer.name + "-77"))
    with acting(app, "laoban") as session, app.test_request_context():
        every = {"甲", "乙", "丙"}
        for text, names in {"-7": every, "乙-7": {"乙"}, "7": every, "丁": set()}.items():
            request = read_request(PROSPECT_LIST, {"number__has": text})
            assert {row.name for row in read_page(session, request, who).rows} == names, text
        request = read_request(PROSPECT_LIST, {"number__has": "乙-7"})
        both = replace(request, query="KH-乙")
        assert [row.name for row in read_page(session, both, who).rows] == ["乙"]
        assert read_page(session, replace(request, query="甲"), who).rows == []


def test_the_pool_is_whole_for_who_may_claim_and_the_rest_is_not(app: Flask) -> None:
    with as_system(app) as session:
        ids = insert_customers(session, ["公海甲", "别人的"], owner="xiaoshou2")
        session.execute(update(Customer).where(Customer.id == ids[0]).values(stage="public", owner_id=None))
        session.execute(delete(Participation).where(Participation.customer_id == ids[0]))
        session.add(ContactPoint(customer_id=ids[0], kind="mobile", value="1", key="mobile:1"))
    for login, seen in {"xiaoshou1": {ids[0]}, "xiaoshou2": set(ids), "kuaiji": set()}.items():
        who = identity(app, login)
        with acting(app, login) as session, app.test_request_context():
            assert set(session.scalars(select(Customer.id))) == seen
            points = set(session.scalars(select(ContactPoint.customer_id)))
            assert points == seen & {ids[0]}
            if who.can("can_list", "customer"):
                page = read_page(session, ListRequest(PUBLIC_LIST, sort="-released_at"), who)
                assert {row.id for row in page.rows} == seen & {ids[0]}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("entity", "tab", "sorts"),
    [
        (CONTRACT, "all", ("id", "signed_on", "ends_on", "created_at")),
        (CONTRACT, "active", ("id", "signed_on", "-ends_on")),
        (RECEIPT, "booked", ("id", "received_on", "-booked_at")),
        (RECEIPT, "mine", ("id",)),
        (WORK_ITEM, "unassigned", ("promised_on", "-promised_on")),
        (WORK_ITEM, "all", ("promised_on", "opened_at", "-finished_at")),
        (COMPANY, "", ("id", "name", "founded_on", "-district")),
    ],
)
def test_a_list_in_one_of_its_usual_orders_is_read_from_an_index(
    app: Flask, entity: Entity, tab: str, sorts: tuple[str, ...]
) -> None:
    who = identity(app, "laoban")
    with acting(app, "laoban") as session, app.test_request_context():
        for sort in sorts:
            request = read_request(entity, {"tab": tab, "sort": sort})
            order = _Order.of(request, backwards=False)
            for stretch in order.stretches(matching(request, who), None):
                wanted = stretch.with_only_columns(entity.model.id).limit(51)
                compiled = wanted.compile(session.connection(), compile_kwargs={"literal_binds": True})
                plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
                assert not [row[3] for row in plan if "TEMP B-TREE" in row[3]], sort
