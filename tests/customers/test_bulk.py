"""Imports insert many prospects at once: fast, whole, and under the same rule about numbers."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import event, func, select

from app.customers.bulk import NewPoint, NewProspect, insert_prospects
from app.customers.collisions import collisions_of_keys, normalise
from app.customers.models import ContactClaim, ContactObligation, ContactPoint, Customer, Ownership
from app.customers.operations import create_customer
from app.org.models import Participation
from app.platform.audit import AuditEntry
from app.platform.errors import BusinessError
from app.platform.timeline import TimelineEntry
from tests.customers.cast import MOBILE, a_prospect
from tests.people import acting, as_system, person_id


def row(owner, number, name="跃奇信息", **more):
    found = normalise("mobile", number)
    return NewProspect(
        name=name, owner_id=owner, points=(NewPoint("mobile", found.display, found.key),), **more
    )


def test_a_thousand_prospects_ask_nothing_row_by_row_and_are_whole(app):
    with acting(app, "xszhuguan") as session:
        owner = person_id(session, "xiaoshou1")
        rows = [row(owner, f"139{n:08d}", f"客户{n}", source="百度") for n in range(1000)]
        sent = []
        event.listen(session.connection(), "before_cursor_execute", lambda *what: sent.append(what[2]))
        ids = insert_prospects(session, rows, import_run_id=7)
        audited = session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "insert many")
        )
    per_row = [text for text, times in Counter(sent).items() if times > 20]
    assert all(text.startswith("INSERT INTO customer ") for text in per_row), per_row
    assert audited == 1
    with as_system(app) as session:
        for model, expected in {
            Customer: 1000,
            ContactPoint: 1000,
            ContactClaim: 1000,
            ContactObligation: 3000,
            Ownership: 1000,
            Participation: 1000,
        }.items():
            assert session.scalar(select(func.count()).select_from(model)) == expected, model
        told = select(func.count()).where(TimelineEntry.subject == "customer")
        assert session.scalar(told) == 1000
        customer = session.get(Customer, ids[41])
        assert (customer.name, customer.import_run_id, customer.stage) == ("客户41", 7, "prospect")
        assert session.scalar(select(func.count(Customer.number.distinct()))) == 1000
    with acting(app, "xiaoshou1") as session:
        before = {number for (number,) in session.execute(select(Customer.number))}
        assert create_customer(session, name="下一个").number not in before


def test_the_importer_sees_every_collision_in_few_statements(app):
    mine = a_prospect(app)
    with acting(app, "xiaoshou2") as session:
        known = collisions_of_keys(session, [f"mobile:{MOBILE}", "qq:20001"])
        assert {key: [one.customer_id for one in found] for key, found in known.items()} == {
            f"mobile:{MOBILE}": [mine]
        }


def test_a_number_of_the_same_owner_stays_with_the_first(app):
    mine = a_prospect(app)
    with acting(app, "xiaoshou1") as session:
        owner = person_id(session, "xiaoshou1")
        insert_prospects(session, [row(owner, MOBILE), row(owner, "13900139000"), row(owner, "13900139000")])
        held = dict(session.execute(select(ContactClaim.key, ContactClaim.customer_id)).tuples().all())
        assert held == {f"mobile:{MOBILE}": mine, "mobile:13900139000": mine + 2}


def test_the_database_refuses_what_a_colleague_holds(app):
    a_prospect(app)
    with pytest.raises(BusinessError), acting(app, "xiaoshou2") as session:
        insert_prospects(session, [row(person_id(session, "xiaoshou2"), MOBILE)])
    with as_system(app) as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_two_owners_in_one_sheet_cannot_share_a_number(app):
    with pytest.raises(ValueError, match="two owners"), acting(app, "xszhuguan") as session:
        owners = [person_id(session, login) for login in ("xiaoshou1", "xiaoshou2")]
        insert_prospects(session, [row(owner, MOBILE) for owner in owners])
