"""Keyset paging: every row once, in order, whatever the sort and however many are equal or empty."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.customers.entity import PROSPECT_LIST
from app.customers.models import Customer
from app.customers.operations import create_customer
from app.finance.entity import RECEIPT
from app.org.entity import AUDIT
from app.platform.entity import Entity
from app.platform.screens import listing
from app.platform.screens.listing import ListRequest, read_page
from tests.people import acting, identity

SORTS = [
    "-id",
    "id",
    "name",
    "-name",
    "next_contact_on",
    "-next_contact_on",
    "last_contact_at",
    "-created_at",
]


@pytest.fixture
def many(app: Flask) -> Flask:
    """Forty prospects, a third without next contact, several on the same day."""
    chance = random.Random(7)
    with acting(app, "xiaoshou1") as session:
        for number in range(40):
            day = date(2026, 12, 1) + timedelta(days=chance.randrange(4)) if chance.random() < 0.66 else None
            create_customer(
                session,
                name=f"客户{chance.randrange(12):02d}",
                contacts=[("王", "mobile", f"1391111{number:04d}", False)],
                next_contact_on=day,
            )
    return app


@pytest.mark.parametrize("sort", SORTS)
def test_walking_forth_and_back_meets_every_row_once_and_in_the_same_order(many: Flask, sort: str) -> None:
    who = identity(many, "xiaoshou1")
    with acting(many, "xiaoshou1") as session, many.test_request_context():
        every = set(session.scalars(select(Customer.id)))
        forth: list[list[int]] = []
        request = ListRequest(PROSPECT_LIST, sort=sort, rows=7)
        page = read_page(session, request, who)
        while True:
            forth.append([row.id for row in page.rows])
            if not page.next_cursor:
                break
            page = read_page(
                session, ListRequest(PROSPECT_LIST, sort=sort, rows=7, after=page.next_cursor), who
            )
        seen = [pk for part in forth for pk in part]
        assert len(seen) == len(every) and set(seen) == every
        back = [forth[-1]]
        while page.previous_cursor:
            page = read_page(
                session, ListRequest(PROSPECT_LIST, sort=sort, rows=7, before=page.previous_cursor), who
            )
            back.insert(0, [row.id for row in page.rows])
        assert back == forth


def test_a_row_added_meanwhile_neither_repeats_nor_hides_another(many: Flask) -> None:
    who = identity(many, "xiaoshou1")
    with acting(many, "xiaoshou1") as session, many.test_request_context():
        first = read_page(session, ListRequest(PROSPECT_LIST, sort="-id", rows=10), who)
        expected = [row.id for row in first.rows]
        create_customer(session, name="后来的", contacts=[("李", "mobile", "13922220000", False)])
        second = read_page(
            session, ListRequest(PROSPECT_LIST, sort="-id", rows=10, after=first.next_cursor), who
        )
        assert not {row.id for row in second.rows} & set(expected)
        assert max(row.id for row in second.rows) == expected[-1] - 1


def test_counting_stops_at_the_cap(many: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNT_CAP", 25)
    who = identity(many, "xiaoshou1")
    with acting(many, "xiaoshou1") as session, many.test_request_context():
        page = read_page(session, ListRequest(PROSPECT_LIST, rows=10), who)
    assert (page.count, page.capped) == (26, True)


@pytest.mark.parametrize(
    ("text", "found"), [("客户0", True), ("%", False), ("_", False), ("\\", False), ("😀", False)]
)
def test_the_quick_search_takes_wild_cards_literally(many: Flask, text: str, found: bool) -> None:
    who = identity(many, "xiaoshou1")
    with acting(many, "xiaoshou1") as session, many.test_request_context():
        assert bool(read_page(session, ListRequest(PROSPECT_LIST, query=text), who).rows) is found


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_amount_is_found_as_people_write_it(app: Flask) -> None:
    with app.test_request_context():
        wanted = listing.read_request(RECEIPT, {"amount__is": "1,234.50"})
        asked = listing.matching(wanted, identity(app, "laoban"))
    assert [Decimal("1234.50")] in asked.compile().params.values()


def test_is_empty_finds_what_looks_empty_however_the_column_keeps_it(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        for number, region in enumerate(("南山", None)):
            contact = ("王", "mobile", f"1391111{number:04d}", False)
            create_customer(session, name=f"客户{number}", contacts=[contact], region=region)
    assert rows_with(app, PROSPECT_LIST, region__empty="") == ["客户1"]
    assert rows_with(app, PROSPECT_LIST, region__empty="no") == ["客户0"]
    nowhere = rows_with(app, AUDIT, address__empty="")
    assert nowhere, "what no browser did has an address of no letters"
    assert rows_with(app, AUDIT, address__empty="no") == []


def rows_with(app: Flask, entity: Entity, **filters: str) -> list[str]:
    who = identity(app, "laoban")
    with acting(app, "laoban") as session:
        page = read_page(session, listing.read_request(entity, filters), who)
        return [str(entity.title(row)) for row in page.rows]
