"""Follow-ups: what they fulfil, what the list shows of them, and what superiors remark."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.customers.follow_ups import add_follow_up, comment_on
from app.customers.jobs import refresh_obligations
from app.customers.models import ContactObligation, ContactRule, Customer, FollowUp
from app.customers.obligations import rule_for
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform import clock
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.timeline import TimelineEntry
from tests.customers.cast import a_prospect
from tests.people import acting, as_system, person_id

TUESDAY = datetime(2026, 4, 14, 2, tzinfo=UTC)  # due: Wednesday 15th, Friday 17th, Tuesday 21st


def states(app):
    with as_system(app) as session:
        rows = session.scalars(select(ContactObligation).order_by(ContactObligation.id))
        return {row.day: row.state for row in rows}


def contact(app, pk, login="xiaoshou1", **more):
    with acting(app, login) as session:
        return add_follow_up(session, pk, content="谈了价格", method="电话", **more).id


@pytest.mark.parametrize(
    ("days_of_contact", "looked_at", "expected"),
    [
        ([], 0, {1: "open", 3: "open", 7: "open"}),
        ([], 2, {1: "missed", 3: "open", 7: "open"}),
        ([0], 4, {1: "met", 3: "missed", 7: "open"}),
        ([1, 3, 7], 8, {1: "met", 3: "met", 7: "met"}),
        ([2], 2, {1: "made_up", 3: "met", 7: "open"}),
        ([7], 9, {1: "made_up", 3: "made_up", 7: "met"}),
    ],
)
def test_follow_ups_meet_the_obligations_in_time_or_make_them_up(
    app, clock_at, days_of_contact, looked_at, expected
):
    clock_at(TUESDAY)
    pk = a_prospect(app)
    for day in days_of_contact:
        clock_at(TUESDAY + timedelta(days=day))
        contact(app, pk)
    clock_at(TUESDAY + timedelta(days=looked_at))
    for _night in range(2):
        with as_system(app) as session:
            refresh_obligations(session)
    assert states(app) == expected


def test_a_group_mailing_is_no_contact(app, clock_at):
    clock_at(TUESDAY)
    pk = a_prospect(app)
    contact(app, pk, counts=False)
    assert states(app)[1] == "open"
    with as_system(app) as session:
        assert session.get(Customer, pk).last_contact_at is None


def test_a_follow_up_of_the_former_owner_does_not_count_for_the_new_one(app, clock_at):
    clock_at(TUESDAY)
    pk = a_prospect(app)
    contact(app, pk)
    clock_at(TUESDAY + timedelta(minutes=5))
    with acting(app, "xszhuguan") as session:
        owner = str(person_id(session, "laoban"))  # out of the manager's own reach
        CUSTOMER_LIFECYCLE.perform(session, pk, "assign", data={"owner": owner})
    clock_at(TUESDAY + timedelta(days=3))
    contact(app, pk, "laoban")
    with as_system(app) as session:
        rows = session.scalars(select(ContactObligation).where(ContactObligation.round == 2))
        assert {row.day: row.state for row in rows} == {1: "made_up", 3: "met", 7: "open"}


def test_a_contact_moves_progress_and_the_next_contact(app, clock_at):
    clock_at(TUESDAY)
    pk = a_prospect(app, next_contact_on=date(2026, 4, 14), next_contact_note="报价")
    contact(app, pk)
    with as_system(app) as session:
        customer = session.get(Customer, pk)
        assert (customer.progress, customer.last_contact_at) == ("已联系", TUESDAY)
        assert (customer.next_contact_on, customer.next_contact_note) == (None, None), (
            "it was due and is done"
        )
    contact(app, pk, next_contact_on=date(2026, 4, 20), next_contact_note=" 约上门 ")
    contact(app, pk)
    with as_system(app) as session:
        customer = session.get(Customer, pk)
        assert (customer.next_contact_on, customer.next_contact_note) == (date(2026, 4, 20), "约上门")


def test_what_cannot_be_written_down(app):
    pk = a_prospect(app)
    with pytest.raises(FieldErrors), acting(app, "xiaoshou1") as session:
        add_follow_up(session, pk, content="  ", method="电话")
    with pytest.raises(BusinessError):
        contact(app, pk, at=clock.now() + timedelta(hours=1))
    with pytest.raises(NotFound):
        contact(app, pk, "xiaoshou2")
    with acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, pk, "give_up", data={"reason": "其他"})
    with pytest.raises(BusinessError) as refusal:
        contact(app, pk, "xiaoshou2")
    assert refusal.value.code == "public"


def test_two_clicks_at_the_same_moment_write_one_follow_up(app):
    pk = a_prospect(app)
    start = threading.Barrier(2)

    def click(_number):
        start.wait()
        return contact(app, pk, token="one-click")

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(click, range(2))
    assert first == second
    with as_system(app) as session:
        assert session.scalars(select(FollowUp.id)).all() == [first]


def test_a_superior_remarks_and_the_list_shows_the_newest(app):
    pk = a_prospect(app)
    follow_up = contact(app, pk)
    for words in ("可以带上双软", "先别降价"):
        with acting(app, "xszhuguan") as session:
            comment_on(session, follow_up, words)
    with as_system(app) as session:
        customer = session.get(Customer, pk)
        assert (customer.newest_comment, customer.newest_comment_by) == ("先别降价", "周敏")
        assert [c.text for c in session.scalars(select(FollowUp)).one().comments] == [
            "可以带上双软",
            "先别降价",
        ]
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "follow_up")).one()
        assert (told.body, told.details["follow_up_id"]) == ("谈了价格", follow_up)
    with pytest.raises(NotFound), acting(app, "xiaoshou2") as session:
        comment_on(session, follow_up, "不该看见")


@pytest.mark.parametrize(
    ("source", "level", "expected"),
    [
        (None, None, "any"),
        ("百度", None, "source"),
        ("百度", "A", "both"),
        ("微信", "A", "level"),
        ("微信", "C", "any"),
    ],
)
def test_the_narrowest_contact_rule_applies(source, level, expected):
    rules = [
        ContactRule(id=1, name="any", days="1,3,7"),
        ContactRule(id=2, name="level", days="1", level="A"),
        ContactRule(id=3, name="source", days="1", source="百度"),
        ContactRule(id=4, name="both", days="1", source="百度", level="A"),
    ]
    assert rule_for(rules, source, level).name == expected
