"""Untouched prospects are announced, then recycled; nobody is recycled without notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.customers.events import RecycleAnnounced
from app.customers.follow_ups import add_follow_up
from app.customers.jobs import recycle_untouched
from app.customers.models import Customer, Ownership, PoolRule
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform import events
from tests.customers.cast import a_prospect
from tests.people import acting, as_system

BEGAN = datetime(2026, 4, 14, 2, tzinfo=UTC)


@pytest.fixture
def announced(monkeypatch):
    told = []
    monkeypatch.setitem(events._reactions, RecycleAnnounced, (lambda _session, fact: told.append(fact),))
    return told


def night(app, clock_at, days):
    clock_at(BEGAN + timedelta(days=days))
    with as_system(app) as session:
        recycle_untouched(session)
        return {c.id: c.stage for c in session.scalars(select(Customer))}


def test_an_untouched_prospect_is_announced_and_three_days_later_recycled(app, clock_at, announced):
    clock_at(BEGAN)
    pk = a_prospect(app)
    assert night(app, clock_at, 26) == {pk: "prospect"}
    assert announced == []
    for _twice in range(2):
        assert night(app, clock_at, 27) == {pk: "prospect"}
    assert [(fact.customer_id, str(fact.on)) for fact in announced] == [(pk, "2026-05-14")]
    assert night(app, clock_at, 29) == {pk: "prospect"}
    assert night(app, clock_at, 30) == {pk: "public"}
    with as_system(app) as session:
        assert session.scalars(select(Ownership.end_reason)).one() == "untouched for too long"


def test_after_a_long_stop_nobody_is_recycled_without_notice(app, clock_at, announced):
    clock_at(BEGAN)
    pk = a_prospect(app)
    assert night(app, clock_at, 90) == {pk: "prospect"}
    assert len(announced) == 1
    assert night(app, clock_at, 92) == {pk: "prospect"}
    assert night(app, clock_at, 93) == {pk: "public"}


def test_a_contact_after_the_announcement_saves_the_prospect(app, clock_at, announced):
    clock_at(BEGAN)
    pk = a_prospect(app)
    night(app, clock_at, 27)
    with acting(app, "xiaoshou1") as session:
        add_follow_up(session, pk, content="又联系上了", method="电话")
    assert night(app, clock_at, 40) == {pk: "prospect"}
    assert night(app, clock_at, 54) == {pk: "prospect"}
    assert len(announced) == 2
    assert night(app, clock_at, 57) == {pk: "public"}


def test_a_later_stage_keeps_a_prospect_out_of_the_pool(app, clock_at, announced, monkeypatch):
    clock_at(BEGAN)
    pk = a_prospect(app)
    night(app, clock_at, 27)
    guard = {"recycle": [lambda _session, _row, _identity: ["a contract is open"]]}
    monkeypatch.setattr(CUSTOMER_LIFECYCLE, "_contributed", guard)
    assert night(app, clock_at, 60) == {pk: "prospect"}


def test_zero_days_switch_recycling_off(app, clock_at, announced):
    clock_at(BEGAN)
    pk = a_prospect(app)
    with as_system(app) as session:
        session.scalars(select(PoolRule)).one().recycle_after_days = 0
    assert night(app, clock_at, 400) == {pk: "prospect"}
    assert announced == []
