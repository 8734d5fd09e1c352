"""What an administrator changes through one web process is in force in another at its next request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import clock
from tests.conftest import BACKENDS
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.people import acting, as_system
from tests.web_processes import Office, Visitor, fields_in, office

NAME, INTRODUCER = "云帆信息", "老李介绍的"


@pytest.fixture(scope="module", params=BACKENDS)
def pair(
    request: pytest.FixtureRequest,
    databases: dict[str, SqliteDatabases | PostgresDatabases],
    the_app: Flask,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    """Two web processes on one database, and a prospect of a salesperson that is ten days old."""
    home = tmp_path_factory.mktemp("pair")
    with office(request.param, databases, the_app, home, processes=2) as running:
        with acting(running.app, "xiaoshou1") as session:
            contact = [("王", "mobile", "13800138000", False)]
            pk = create_customer(
                session, name=NAME, contacts=contact, source="百度", introducer=INTRODUCER
            ).id
        with as_system(running.app) as session:
            then = clock.now() - timedelta(days=10)
            session.execute(update(Customer).where(Customer.id == pk).values(created_at=then))
        yield running


@pytest.fixture(scope="module")
def admin(pair: Office) -> Visitor:
    """The administrator, at the first process."""
    return pair.visitor("admin", at=0)


@pytest.fixture(scope="module")
def sales(pair: Office) -> Visitor:
    """The salesperson, at the second one."""
    return pair.visitor("xiaoshou1", at=1)


def page_of(pair: Office) -> str:
    with as_system(pair.app) as session:
        return f"/customer/{session.scalars(select(Customer.id)).one()}"


def role_page(pair: Office, name: str) -> str:
    from flask_appbuilder.security.sqla.models import Role

    with as_system(pair.app) as session:
        return f"/role/{session.scalars(select(Role.id).where(Role.name == name)).one()}"


def test_a_new_custom_field_stands_in_form_list_and_filter(
    pair: Office, admin: Visitor, sales: Visitor
) -> None:
    assert 'name="x_score"' not in sales.get("/customer/new").text
    assert sales.get("/prospect/?x_score__from=1").status == 422
    define = {"entity": "customer", "name": "x_score", "label": "评分", "kind": "number", "active": "y"}
    assert admin.post("/custom_field/new", {**define, "listed": "y"}).status == 302
    assert 'name="x_score"' in sales.get("/customer/new").text
    assert "评分" in sales.get("/prospect/").text
    assert sales.get("/prospect/?x_score__from=1").status == 200


def test_a_right_taken_away_and_given_back_through_the_other_process(
    pair: Office, admin: Visitor, sales: Visitor
) -> None:
    role = role_page(pair, "salesperson")
    held = fields_in(admin.get(role).text)
    assert ("grant", "customer.add") in held and sales.get("/customer/new").status == 200
    less = [one for one in held if one != ("grant", "customer.add")]
    assert admin.post(role, [*less, ("deed", "save")]).status == 302
    assert sales.get("/customer/new").status == 403
    elsewhere = pair.visitor("admin", at=1)
    here = pair.visitor("xiaoshou2", at=0)
    assert here.get("/customer/new").status == 403
    again = [*fields_in(elsewhere.get(role).text), ("grant", "customer.add"), ("deed", "save")]
    assert elsewhere.post(role, again).status == 302
    assert here.get("/customer/new").status == sales.get("/customer/new").status == 200


def test_a_field_hidden_from_a_role_is_gone_from_page_and_filter(
    pair: Office, admin: Visitor, sales: Visitor
) -> None:
    role, page = role_page(pair, "salesperson"), page_of(pair)
    assert INTRODUCER in sales.get(page).text
    place = "field-customer.introducer"
    held = [one for one in fields_in(admin.get(role).text) if one[0] != place]
    assert admin.post(role, [*held, (place, "hidden"), ("deed", "save")]).status == 302
    assert INTRODUCER not in sales.get(page).text
    assert sales.get("/prospect/?introducer__has=老李").status == 422
    held = [one for one in fields_in(admin.get(role).text) if one[0] != place]
    assert admin.post(role, [*held, (place, "full"), ("deed", "save")]).status == 302
    assert INTRODUCER in sales.get(page).text


def test_a_changed_parameter_is_what_the_other_process_counts_by(
    pair: Office, admin: Visitor, sales: Visitor
) -> None:
    assert NAME not in sales.get("/prospect/?tab=idle").text, "thirty days by preset"
    admin.get("/setting/")
    assert admin.post("/setting/", {"customers.idle_days": "5"}).status == 302
    assert NAME in sales.get("/prospect/?tab=idle").text
    assert admin.post("/setting/", {"customers.idle_days": ""}).status == 302
    assert NAME not in sales.get("/prospect/?tab=idle").text


def test_a_changed_word_reads_new_on_old_rows_and_in_choices(
    pair: Office, admin: Visitor, sales: Visitor
) -> None:
    from app.customers.models import DictionaryWord

    with as_system(pair.app) as session:
        chosen = DictionaryWord.dictionary == "source", DictionaryWord.code == "百度"
        word = f"/dictionary_word/{session.scalars(select(DictionaryWord.id).where(*chosen)).one()}/edit"
    assert "百度竞价" not in sales.get(page_of(pair)).text
    form = [one for one in fields_in(admin.get(word).text) if one[0] != "label"]
    assert admin.post(word, [*form, ("label", "百度竞价")]).status == 302
    assert "百度竞价" in sales.get(page_of(pair)).text
    assert "百度竞价" in sales.get("/customer/new").text
