"""Clumsy and hurried hands on generated forms: two on one record, one click too many, a cell in a list."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.companies.models import Company
from app.companies.operations import create_company
from app.customers.models import Customer
from app.customers.operations import create_customer
from app.org.models import Department
from tests.desk import Desk, hidden, names_in
from tests.people import acting, as_system


@pytest.fixture
def company(app: Flask) -> int:
    """A company of a salesperson's customer."""
    with acting(app, "xiaoshou1") as session:
        customer = create_customer(
            session, name="云帆", contacts=[("王", "mobile", "13800138000", False)], level="A"
        )
        return create_company(session, customer.id, name="云帆科技有限公司", entity_type="limited_company").id


def sent(page: str, **changes: str) -> dict[str, str]:
    return {
        "version": hidden(page, "version"),
        "customer_id": "1",
        "name": "云帆科技有限公司",
        "entity_type": "limited_company",
        "registration_state": "existing",
        "collection_method": "by_books",
        **changes,
    }


def test_the_second_of_two_sees_who_changed_what_takes_over_the_rest_and_saves(
    app: Flask, company: int
) -> None:
    first, second = Desk(app, "xiaoshou1"), Desk(app, "laoban")
    address = f"/company/{company}/edit"
    page = first.get(address).text
    assert first.post(address, sent(page, district="南山", address="科技路1号")).status_code == 302
    late = second.post(address, sent(page, district="福田", legal_person="李国栋"))
    assert late.status_code == 409
    panel = late.text.split('class="panel merge"')[1].split("</div>\n</div>")[0]
    assert "陈宇航" in panel and "南山" in panel and "科技路1号" in panel
    assert 'data-take-theirs="district"' in panel and 'data-take-theirs="address"' not in panel
    assert 'value="福田"' in late.text and 'value="科技路1号"' in late.text and 'value="李国栋"' in late.text
    merged = sent(late.text, district="福田", address="科技路1号", legal_person="李国栋")
    assert second.post(address, merged).status_code == 302
    with as_system(app) as session:
        row = session.get_one(Company, company)
        assert (row.district, row.address, row.legal_person) == ("福田", "科技路1号", "李国栋")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_same_form_sent_twice_makes_one_record_and_leads_to_it(app: Flask) -> None:
    admin = Desk(app, "admin")
    token = hidden(admin.get("/department/new").text, "token")
    data = {"name": "外联部", "kind": "sales", "active": "y", "token": token}
    first, again = admin.post("/department/new", data), admin.post("/department/new", data)
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"]
    assert "已经保存过了" in admin.get(again.headers["Location"]).text
    colleague = Desk(app, "laoban")
    assert colleague.post("/department/new", data).status_code == 403


def test_two_clicks_at_the_same_moment_make_one_customer(app: Flask) -> None:
    desks = [Desk(app, "xiaoshou1") for _ in range(4)]
    token = hidden(desks[0].get("/customer/new").text, "token")
    data = {
        "name": "云帆",
        "source": "百度",
        "contacts-0-kind": "mobile",
        "contacts-0-value": "13800138000",
        "token": token,
    }
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda desk: desk.post("/customer/new", data).status_code, desks))
    assert 302 in answers and set(answers) <= {302, 409, 422}
    with as_system(app) as session:
        assert session.scalar(select(func.count(Customer.id))) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_cell_is_edited_in_its_place_checked_and_guarded(app: Flask, company: int) -> None:
    sales, other = Desk(app, "xiaoshou1"), Desk(app, "xiaoshou2")
    listed = sales.get("/prospect/").text
    assert 'data-cell="level"' in listed and 'data-cell="name"' not in listed.split("<tbody>")[1][:600]
    form = sales.get("/customer/1/cell/level").text
    version = hidden(form, "version")
    saved = sales.post("/customer/1/cell/level", {"version": version, "level": "B"})
    assert saved.status_code == 200 and ">B<" in saved.text
    late = sales.post("/customer/1/cell/level", {"version": version, "level": "C"})
    assert late.status_code == 409 and "有人改过" in late.text
    wrong = sales.post(
        "/customer/1/cell/next_contact_on", {"version": str(int(version) + 1), "next_contact_on": "soon"}
    )
    assert wrong.status_code == 422 and "「soon」" in wrong.text
    assert sales.get("/customer/1/cell/note").status_code == 404
    assert sales.get("/customer/1/cell/stage").status_code == 404
    assert other.get("/customer/1/cell/level").status_code == 404
    assert other.post("/customer/1/cell/level", {"level": "C"}).status_code == 404
    assert Desk(app, "xingzheng").get("/customer/1/cell/level").status_code == 403
    with as_system(app) as session:
        row = session.get_one(Customer, 1)
        assert (row.level, row.name, row.next_contact_on) == ("B", "云帆", None)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_cell_changes_nothing_but_itself(app: Flask) -> None:
    admin = Desk(app, "admin")
    with as_system(app) as session:
        row = session.scalars(select(Department).where(Department.parent_id.is_not(None)).limit(1)).one()
        pk, before = row.id, (row.kind, row.parent_id, row.head_id, row.active)
        version = row.version
    assert (
        admin.post(f"/department/{pk}/cell/active", {"version": str(version), "active": "y"}).status_code
        == 200
    )
    with as_system(app) as session:
        row = session.get_one(Department, pk)
        assert (row.kind, row.parent_id, row.head_id, row.active) == before


def test_the_history_of_a_record_says_who_changed_what_from_what_to_what(app: Flask, company: int) -> None:
    sales = Desk(app, "xiaoshou1")
    version = hidden(sales.get("/customer/1/cell/level").text, "version")
    assert sales.post("/customer/1/cell/level", {"version": version, "level": "B"}).status_code == 200
    page = sales.get("/customer/1?tab=history").text
    assert "<del>A 重点</del> → <ins>B 一般</ins>" in page and "陈宇航" in page
    assert Desk(app, "xiaoshou2").get("/customer/1?tab=history").status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_neighbours_of_a_record_are_those_of_the_list_one_came_from(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        for number, level in enumerate("ABAAB"):
            create_customer(
                session,
                name=f"客户{number}",
                contacts=[("王", "mobile", f"1380013800{number}", False)],
                level=level,
            )
    sales = Desk(app, "xiaoshou1")
    order = names_in(sales.get("/prospect/?level__is=A&sort=name").text)
    assert order == ["客户0", "客户2", "客户3"]
    beside = sales.get("/customer/3/neighbours?list=/prospect/%3Flevel__is=A%26sort=name").get_json()
    assert (beside["previous"], beside["next"]) == ("/customer/1", "/customer/4")
    last = sales.get("/customer/4/neighbours?list=/prospect/%3Flevel__is=A%26sort=name").get_json()
    assert last["next"] is None
    for nonsense in ("https://evil.example/", "/contract/", "/prospect/%3Fx__is=1", ""):
        found = sales.get(f"/customer/3/neighbours?list={nonsense}").get_json()
        assert found["previous"] is found["next"] is None, nonsense


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_cell_asks_what_the_form_asks(app: Flask) -> None:
    sales, admin = Desk(app, "xiaoshou1"), Desk(app, "admin")
    contact = {"contacts-0-kind": "mobile", "contacts-0-value": "13800138001", "contacts-0-person_name": "王"}
    made = sales.post("/customer/new", {"name": "云帆", "source": "百度", **contact})
    assert made.status_code == 302
    cell = sales.get("/customer/1/cell/source").text
    emptied = sales.post("/customer/1/cell/source", {"version": hidden(cell, "version"), "source": ""})
    assert emptied.status_code == 422
    # A row without a version, such as an account, is edited in its place, too.
    assert admin.post("/person/5/cell/position", {"position": "顾问"}).status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("entity", "name"), [("dictionary_word", "code"), ("business_type", "code")])
def test_what_other_rows_refer_to_is_given_once(app: Flask, entity: str, name: str) -> None:
    admin = Desk(app, "admin")
    assert f'name="{name}"' in admin.get(f"/{entity}/new").text
    page = admin.get(f"/{entity}/1/edit")
    assert page.status_code == 200 and f'name="{name}"' not in page.text
    assert admin.get(f"/{entity}/1/cell/{name}").status_code == 404
