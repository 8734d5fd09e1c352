"""Generated screens under clumsy and hurried hands: half-filled, stale, doubled, bulk."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.org.models import Department
from app.platform.timeline import TimelineEntry
from tests.people import acting, as_system, log_in, person_id, token_in


def post(client: FlaskClient, address: str, **data: object) -> object:
    token = token_in(client.get("/account/sessions").text)
    return client.post(address, data={"csrf_token": token, **data})


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found.group(1)


def test_a_refused_form_keeps_what_was_typed_and_names_every_fault(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "admin")
    answer = post(client, "/department/new", name="", kind="sales", parent_id="987654321")
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert 'value="sales" selected' in answer.text or 'selected value="sales"' in answer.text
    with as_system(app) as session:
        assert session.scalar(select(func.count()).select_from(Department)) == 8


def test_the_second_of_two_who_edit_is_told_and_nothing_of_the_first_is_lost(app: Flask) -> None:
    first, second = app.test_client(), app.test_client()
    for client in (first, second):
        log_in(app, client, "admin")
    with as_system(app) as session:
        pk = session.scalars(select(Department.id).where(Department.name == "行政部")).one()
    version = hidden(second.get(f"/department/{pk}/edit").text, "version")
    assert (
        post(first, f"/department/{pk}/edit", name="行政与人事", kind="office", version=version).status_code
        == 302
    )
    late = post(second, f"/department/{pk}/edit", name="后勤部", kind="office", version=version)
    assert late.status_code == 409
    assert "后勤部" in late.text, "the input is kept"
    with as_system(app) as session:
        assert session.get_one(Department, pk).name == "行政与人事"


def test_a_doubled_click_on_a_transition_counts_once(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "xiaoshou1")
    with acting(app, "xiaoshou1") as session:
        pk = create_customer(session, name="双击", contacts=[("王", "mobile", "13800138000", False)]).id
    page = client.get(f"/customer/{pk}/do/give_up")
    form = {
        "version": hidden(page.text, "version"),
        "token": hidden(page.text, "token"),
        "reason": re.findall(r'<option value="([^"]+)"', page.text)[0],
        "note": "不做了",
    }
    answers = [post(client, f"/customer/{pk}/do/give_up", **form) for _click in range(2)]
    assert answers[0].status_code == 302
    with as_system(app) as session:
        told = (
            select(func.count())
            .select_from(TimelineEntry)
            .where(TimelineEntry.kind == "give_up", TimelineEntry.subject_id == pk)
        )
        assert session.scalar(told) == 1


def test_bulk_work_does_what_it_can_and_names_the_rest(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "xszhuguan")
    with acting(app, "xiaoshou1") as session:
        mine = create_customer(session, name="可以分", contacts=[("王", "mobile", "13800138000", False)]).id
    with as_system(app) as session:
        other = person_id(session, "xiaoshou2")
    asked = post(client, "/customer/bulk/assign", ids=[mine, 987654321])
    assert asked.status_code == 200 and "必填" not in asked.text
    answer = post(
        client,
        "/customer/bulk/assign",
        ids=[mine, 987654321],
        confirmed="1",
        owner_id=other,
        owner=other,
        person_id=other,
    )
    assert answer.status_code == 302
    said = client.get(answer.headers["Location"]).text
    assert "没有这条记录" in said
    with as_system(app) as session:
        assert session.get_one(Customer, mine).owner_id == other
