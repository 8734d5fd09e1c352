"""Saved views, columns, export and bulk work of a list: what an address says can be kept and taken along."""

from __future__ import annotations

import csv
import gc
import io
import re
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import task_running
from app.platform.audit import AuditEntry
from app.platform.saved_views import SavedView
from app.platform.screens import export_screen, exporting, transition_screen
from app.platform.tasks import TaskRun
from tests.desk import Desk, hidden, names_in
from tests.people import acting, as_system, person_id


@pytest.fixture
def listed(app: Flask) -> Flask:
    """Five prospects of one salesperson, two from 微信."""
    with acting(app, "xiaoshou1") as session:
        for number in range(5):
            create_customer(
                session,
                name=f"客户{number}",
                contacts=[("王", "mobile", f"1380013800{number}", False)],
                source="微信" if number < 2 else "百度",
                level="ABC"[number % 3],
            )
    return app


def save(desk: Desk, address: str, **more: Any) -> Any:
    return desk.post(
        "/prospect/views/new", {"back": address, "name": "微信来的", "audience": "private", **more}
    )


def tabs(html: str) -> list[str]:
    bar = html.split('class="nav nav-tabs"')[1].split("</ul>")[0]
    return re.findall(r"<a href=[^>]*>([^<]*)<", bar)


def test_a_view_keeps_filter_sort_and_columns_and_is_a_tab_of_its_maker_only(listed: Flask) -> None:
    sales, colleague = Desk(listed, "xiaoshou1"), Desk(listed, "xszhuguan")
    made = save(sales, "/prospect/?source__is=微信&sort=name&cols=source,level&after=xyz")
    assert made.status_code == 302
    page = sales.get(made.headers["Location"]).text
    assert names_in(page) == ["客户0", "客户1"]
    assert "微信来的" in tabs(page) and "微信来的" not in tabs(colleague.get("/prospect/").text)
    heads = re.findall(r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]+)", page)
    assert heads[:3] == ["客户名称", "来源", "级别"]
    counts = sales.get("/prospect/counts").get_json()
    assert [value for key, value in counts.items() if key.startswith("view-")] == ["2"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_view_shared_with_a_role_is_there_for_the_role_and_opens_when_it_is_the_default(
    listed: Flask,
) -> None:
    manager, sales = Desk(listed, "xszhuguan"), Desk(listed, "xiaoshou1")
    refused = save(sales, "/prospect/", audience="everybody")
    assert refused.status_code == 403
    with as_system(listed) as session:
        from flask_appbuilder.security.sqla.models import Role

        role = session.scalars(select(Role.id).where(Role.name == "salesperson")).one()
    shared = {"audience": "role", "role_id": str(role), "is_default": "1"}
    assert save(manager, "/prospect/?source__is=微信", **shared).status_code == 302
    opened = sales.get("/prospect/", follow_redirects=True)
    assert names_in(opened.text) == ["客户1", "客户0"]
    assert len(names_in(sales.get("/prospect/?tab=all").text)) == 5
    assert "微信来的" not in tabs(Desk(listed, "laoban").get("/prospect/?tab=all").text)
    own = save(sales, "/prospect/?source__is=百度", name="百度来的", is_default="1")
    assert own.status_code == 302
    assert len(names_in(sales.get("/prospect/", follow_redirects=True).text)) == 3


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_its_maker_changes_or_removes_a_view_and_the_last_default_wins(listed: Flask) -> None:
    sales, other = Desk(listed, "xiaoshou1"), Desk(listed, "xiaoshou2")
    save(sales, "/prospect/?source__is=微信", is_default="1")
    with as_system(listed) as session:
        pk = session.scalars(select(SavedView.id)).one()
    assert other.get(f"/prospect/views/{pk}").status_code == 404
    assert other.post(f"/prospect/views/{pk}", {"deed": "remove"}).status_code == 404
    save(sales, "/prospect/?level__is=A", name="A级", is_default="1")
    with as_system(listed) as session:
        defaults = session.scalars(select(SavedView.name).where(SavedView.is_default.is_(True))).all()
    assert defaults == ["A级"]
    changed = {"back": "/prospect/?source__is=百度", "name": "改名", "audience": "private", "replace": "1"}
    assert sales.post(f"/prospect/views/{pk}", changed).status_code == 302
    with as_system(listed) as session:
        view = session.get_one(SavedView, pk)
        assert (view.name, "source__is=%E7%99%BE%E5%BA%A6" in view.query) == ("改名", True)
    assert save(sales, "/prospect/", name="改名").status_code == 422
    assert save(sales, "/prospect/", name=" ").status_code == 422
    assert save(sales, "/prospect/?nonsense__is=1").status_code == 422
    assert sales.post(f"/prospect/views/{pk}", {"deed": "remove"}).status_code == 302
    with as_system(listed) as session:
        assert session.get(SavedView, pk) is None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_chosen_columns_stay_chosen_and_nonsense_is_ignored(listed: Flask) -> None:
    sales = Desk(listed, "xiaoshou1")
    chosen = {
        "back": "/prospect/?tab=all",
        "column": ["name", "source", "created_at", "password"],
        "rows": "25",
    }
    assert sales.post("/prospect/columns", chosen).status_code == 302
    page = sales.get("/prospect/").text
    heads = re.findall(r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]+)", page)
    assert heads[:3] == ["客户名称", "来源", "建档"]
    assert sales.post("/prospect/columns", {"back": "/prospect/", "column": ["password"]}).status_code == 422
    assert sales.post("/prospect/columns", {**chosen, "reset": "1"}).status_code == 302
    assert "1-3-7" in sales.get("/prospect/").text.split("<thead>")[1].split("</thead>")[0]
    with as_system(listed) as session:
        assert session.scalar(select(func.count(SavedView.id))) == 0


def test_the_export_is_exactly_what_the_list_shows(listed: Flask) -> None:
    manager = Desk(listed, "xszhuguan")
    answer = manager.post("/prospect/export/csv?source__is=百度&sort=-name&cols=level,source")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows == [
        ["客户名称", "级别", "来源"],
        ["客户4", "B", "百度"],
        ["客户3", "A", "百度"],
        ["客户2", "C", "百度"],
    ]
    book = load_workbook(io.BytesIO(manager.post("/prospect/export/xlsx?source__is=微信").data))
    assert [row[0].value for row in book.active.iter_rows(min_row=2)] == ["客户1", "客户0"]
    with as_system(listed) as session:
        traces = session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).all()
        assert [(trace.actor, trace.after["rows"]) for trace in traces] == [
            ("xszhuguan", 3),
            ("xszhuguan", 2),
        ]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_may_not_export_gets_neither_button_nor_file_and_nobody_more_than_they_see(listed: Flask) -> None:
    sales = Desk(listed, "xiaoshou1")
    assert "/prospect/export/" not in sales.get("/prospect/").text
    assert sales.post("/prospect/export/csv").status_code == 403
    clerk = Desk(listed, "caiwu")
    assert clerk.get("/prospect/export/csv").status_code == 405
    assert Desk(listed, "xszhuguan").post("/prospect/export/pdf").status_code == 404


@pytest.mark.parametrize("hangs_up", [False, True])
def test_an_export_gives_its_connection_back_also_when_nobody_waits_for_the_end(
    listed: Flask, hangs_up: bool
) -> None:
    manager, engines = Desk(listed, "xszhuguan"), listed.extensions["engines"]
    gc.collect()
    gc.disable()
    try:
        answer = manager.post("/prospect/export/csv?sort=name")
        assert next(iter(answer.iter_encoded())) if hangs_up else answer.get_data()
        answer.close()
        assert engines.reader.pool.checkedout() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_long_export_walks_every_stretch_and_runs_as_a_job(
    listed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_A_TIME", 2)
    monkeypatch.setattr(export_screen, "AT_ONCE", 3)
    manager = Desk(listed, "xszhuguan")
    sheet = manager.post("/prospect/export/csv?sort=name&cols=source").get_data(as_text=True)
    assert [line.split(",")[0] for line in sheet.splitlines()[1:]] == [f"客户{n}" for n in range(5)]
    started = manager.post("/prospect/export/xlsx?sort=name&cols=source")
    assert started.status_code == 302
    with as_system(listed) as session:
        run = session.scalars(select(TaskRun)).one()
        pk, kind = run.id, run.kind
    assert kind == exporting.KIND
    with listed.app_context():
        task_running.run(pk)
    fetched = manager.get(f"/export/{pk}")
    book = load_workbook(io.BytesIO(fetched.data))
    fetched.close()
    assert [row[0].value for row in book.active.iter_rows(min_row=2)] == [f"客户{n}" for n in range(5)]
    assert Desk(listed, "laoban").get(f"/export/{pk}").status_code == 404


def assign_all(desk: Desk, query: str, owner: int, **more: Any) -> Any:
    asked = desk.post("/prospect/bulk/assign", {"all": "1", "query": query})
    sent = {"all": "1", "query": hidden(asked.text, "query").replace("&amp;", "&"), "confirmed": "1"}
    return desk.post("/prospect/bulk/assign", {**sent, "owner": str(owner), **more})


def test_everything_a_list_holds_is_more_than_the_page_shows(listed: Flask) -> None:
    manager = Desk(listed, "xszhuguan")
    with as_system(listed) as session:
        owner = person_id(session, "xszhuguan")
    assert assign_all(manager, "?source__is=百度&rows=25", owner).status_code == 302
    assert _owned(listed, owner) == ["客户2", "客户3", "客户4"]


def _owned(app: Flask, owner: int) -> list[str]:
    with as_system(app) as session:
        return sorted(session.scalars(select(Customer.name).where(Customer.owner_id == owner)))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_bulk_work_on_many_rows_is_a_job_in_the_name_and_scope_of_who_started_it(
    listed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transition_screen, "BULK_LIMIT", 2)
    with acting(listed, "laoban") as session:
        create_customer(session, name="老板的", contacts=[("王", "mobile", "13900139000", False)])
    manager = Desk(listed, "xszhuguan")
    with as_system(listed) as session:
        owner = person_id(session, "xszhuguan")
    assert assign_all(manager, "", owner, token="twice").headers["Location"] == "/task/"
    assert assign_all(manager, "", owner, token="twice").headers["Location"] == "/task/"
    with as_system(listed) as session:
        pk = session.scalars(select(TaskRun.id)).one()
    with listed.app_context():
        task_running.run(pk)
    assert _owned(listed, owner) == [f"客户{n}" for n in range(5)]
    with as_system(listed) as session:
        run = session.get_one(TaskRun, pk)
        assert (run.state, run.result["done"], run.result["failed"]) == ("done", 5, 0)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_view_of_a_field_that_went_away_opens_without_it_and_locks_nobody_out(listed: Flask) -> None:
    boss, sales, admin = (Desk(listed, login) for login in ("laoban", "xiaoshou1", "admin"))
    field = {"entity": "customer", "kind": "text", "name": "x_v", "label": "视图字段"}
    assert admin.post("/custom_field/new", {**field, "active": "y"}).status_code == 302
    shared = {"audience": "everybody", "is_default": "1"}
    assert save(boss, "/prospect/?x_v__has=a&sort=x_v&source__is=微信", **shared).status_code == 302
    version = hidden(admin.get("/custom_field/1/edit").text, "version")
    assert admin.post("/custom_field/1/edit", {**field, "version": version}).status_code == 302
    page = sales.get("/prospect/", follow_redirects=True)
    assert (page.status_code, names_in(page.text)) == (200, ["客户1", "客户0"])
    assert "微信来的" in tabs(page.text)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_view_is_refused_that_no_list_could_show_and_a_taken_name_is_said_beside_the_field(
    listed: Flask,
) -> None:
    sales = Desk(listed, "xiaoshou1")
    assert save(sales, "/prospect/?created_at__from=never").status_code == 422
    assert save(sales, "/prospect/").status_code == 302
    again = save(sales, "/prospect/")
    assert again.status_code == 422 and 'value="微信来的"' in again.text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "address",
    [
        "/prospect/columns?back=/prospect/?rows%3Dabc",
        "/prospect/?created_at__to=9999-12-31",
        "/prospect/?created_at__to=abc",
        "/contract/?sort=amount&after=WyJtIiwiTmFOIiwxXQ",
    ],
)
def test_an_address_somebody_mistyped_is_never_our_fault(listed: Flask, address: str) -> None:
    assert Desk(listed, "laoban").get(address).status_code in (200, 422)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_work_on_all_rows_refuses_a_list_too_long_to_say_instead_of_cutting_its_filters(
    listed: Flask,
) -> None:
    query = f"q={'x' * 4000}&source__is=微信"
    sales = Desk(listed, "xiaoshou1")
    assert sales.post("/prospect/bulk/give_up", {"all": "1", "query": query}).status_code == 422
