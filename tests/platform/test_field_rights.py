"""Field rights (ORG-4): what a role may not see is on no path of theirs, and looking leaves a trace."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select

from app.companies.operations import create_company
from app.contracts.models import Contract
from app.org.models import Person
from app.org.role_editing import read_shape, save_shape, shape_of, undo_change
from app.org.role_models import RoleChange
from app.platform.access import FieldLevel
from app.platform.audit import AuditEntry
from tests.contracts.deals import customer_of, draft, line
from tests.desk import Desk, hidden, names_in
from tests.finance.books import enter, sign
from tests.people import acting, as_system, identity
from tests.platform.test_custom_fields import prospect

SECRET = "百度推广"


def limit(app: Flask, role: str, **rights: str) -> None:
    """Give the role these rights on fields of customers, the way the matrix does."""
    limit_places(app, role, {f"customer.{name}": level for name, level in rights.items()})


def limit_places(app: Flask, role: str, rights: Mapping[str, str]) -> None:
    """The same for fields of any entity, named "entity.field"."""
    from flask_appbuilder.security.sqla.models import Role

    with acting(app, "admin") as session:
        row = session.scalars(select(Role).where(Role.name == role)).one()
        now = shape_of(session, row)
        form = {f"field-{place}": level for place, level in rights.items()}
        form |= {f"level-{entity}": level for entity, level in now.levels.items()}
        wanted = read_shape(form, [".".join(pair) for pair in now.grants])
        save_shape(session, row, wanted, stamp=now.stamp)


@pytest.fixture
def customer(app: Flask) -> int:
    sales = Desk(app, "xiaoshou1")
    made = sales.post("/customer/new", prospect("云帆", "13800138000", introducer=SECRET, note="大客户"))
    assert made.status_code == 302, made.text
    return int(made.headers["Location"].split("/")[2].split("?")[0])


def paths(pk: int) -> list[str]:
    """Every way to a value of a customer."""
    return [
        f"/customer/{pk}",
        f"/customer/{pk}?tab=history",
        f"/customer/{pk}?tab=follow_up",
        f"/customer/{pk}/edit",
        "/prospect/",
        "/prospect/?cols=introducer,note,source",
        "/customer/?cols=introducer",
        "/prospect/?introducer__has=%E7%99%BE%E5%BA%A6",
        "/prospect/?sort=introducer",
        "/prospect/?q=%E7%99%BE%E5%BA%A6%E6%8E%A8",
        "/prospect/columns",
        "/prospect/filter/introducer",
        "/customer/choices?q=%E7%99%BE%E5%BA%A6%E6%8E%A8",
        "/search/?q=%E7%99%BE%E5%BA%A6%E6%8E%A8",
        f"/customer/{pk}/cell/introducer",
    ]


@pytest.mark.parametrize("level", ["hidden", "masked", "revealable"])
def test_a_limited_field_is_on_no_path(app: Flask, customer: int, level: str) -> None:
    sales, manager = Desk(app, "xiaoshou1"), Desk(app, "xszhuguan")
    assert SECRET in sales.get(f"/customer/{customer}").text
    limit(app, "salesperson", introducer=level)
    for path in paths(customer):
        answer = sales.get(path)
        assert answer.status_code < 500, path
        # What one searches for stands in the search box; a row must not.
        assert SECRET not in answer.text, path
    filtered = sales.get("/prospect/?introducer__has=x")
    assert (filtered.status_code, sales.get("/prospect/filter/introducer").status_code) == (422, 404)
    assert SECRET in manager.get(f"/customer/{customer}").text
    shown = "介绍人" in sales.get("/prospect/?cols=introducer").text.split("<thead>")[1]
    assert shown is (level != "hidden")


@pytest.mark.parametrize("level", ["hidden", "masked", "revealable", "read_only"])
def test_a_limited_field_cannot_be_written_either(app: Flask, customer: int, level: str) -> None:
    sales = Desk(app, "xiaoshou1")
    limit(app, "salesperson", introducer=level)
    page = sales.get(f"/customer/{customer}/edit").text
    assert 'name="introducer"' not in page
    data = {"name": "云帆二", "source": "百度", "version": hidden(page, "version"), "introducer": "改掉了"}
    assert sales.post(f"/customer/{customer}/edit", data).status_code == 302
    version = hidden(sales.get(f"/customer/{customer}/edit").text, "version")
    cell = sales.post(f"/customer/{customer}/cell/introducer", {"version": version, "introducer": "改掉了"})
    assert cell.status_code == 404
    with as_system(app) as session:
        from app.customers.models import Customer

        row = session.get_one(Customer, customer)
        assert (row.name, row.introducer) == ("云帆二", SECRET)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_may_look_is_written_down_and_who_may_not_gets_nothing(app: Flask, customer: int) -> None:
    sales, other = Desk(app, "xiaoshou1"), Desk(app, "xiaoshou2")
    limit(app, "salesperson", introducer="revealable", note="masked")
    address = f"/customer/{customer}/reveal"
    assert sales.post(f"{address}/introducer").get_json() == {"text": SECRET}
    assert sales.post(f"{address}/note").status_code == 404
    assert sales.post(f"{address}/name").status_code == 404
    assert other.post(f"{address}/introducer").status_code == 404
    assert sales.get(f"{address}/introducer").status_code == 405
    with as_system(app) as session:
        trace = session.scalars(select(AuditEntry).where(AuditEntry.action == "reveal")).one()
        assert (trace.actor, trace.row_id, trace.after) == ("xiaoshou1", customer, {"field": "introducer"})
    assert "查看了脱敏内容" in sales.get(f"/customer/{customer}?tab=history").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_export_holds_what_the_list_shows(app: Flask, customer: int) -> None:
    limit(app, "sales_manager", introducer="masked")
    sheet = Desk(app, "xszhuguan").post("/prospect/export/csv?cols=introducer,source").text
    assert "云帆" in sheet and SECRET not in sheet and "****" in sheet


@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_several_roles_the_most_generous_word_counts_and_others_say_nothing(app: Flask) -> None:
    from flask_appbuilder.security.sqla.models import Role

    limit(app, "salesperson", introducer="hidden", source="masked", level="read_only")
    limit(app, "sales_manager", introducer="revealable", source="hidden")
    with as_system(app) as session:
        person = session.scalars(select(Person).where(Person.username == "xiaoshou1")).one()
        roles = {role.name: role for role in session.scalars(select(Role))}
        person.roles = [roles["salesperson"], roles["sales_manager"]]
    rights = identity(app, "xiaoshou1").field_rights
    assert rights == {
        ("customer", "introducer"): FieldLevel.REVEALABLE,
        ("customer", "source"): FieldLevel.MASKED,
    }
    with as_system(app) as session:
        person = session.scalars(select(Person).where(Person.username == "xiaoshou1")).one()
        # The administrator's role gives nothing on customers, so it has no say about their fields.
        person.roles = [
            role for role in session.scalars(select(Role)) if role.name in ("salesperson", "administrator")
        ]
    assert identity(app, "xiaoshou1").field_level("customer", "introducer") is FieldLevel.HIDDEN


@pytest.mark.parametrize("backend", ["sqlite"])
def test_field_rights_are_compared_undone_and_tried_out_like_every_right(app: Flask, customer: int) -> None:
    from flask_appbuilder.security.sqla.models import Role

    limit(app, "salesperson", introducer="hidden")
    admin = Desk(app, "admin")
    with acting(app, "admin") as session:
        role = session.scalars(select(Role).where(Role.name == "salesperson")).one()
        pk, change = role.id, session.scalars(select(RoleChange)).one()
        assert [d.after for d in change_words(session, change)] == ["隐藏"]
    assert 'name="field-customer.introducer"' in admin.get(f"/role/{pk}").text
    with acting(app, "admin") as session:
        role = session.get_one(Role, pk)
        undo_change(session, role, session.scalars(select(RoleChange)).one())
    assert identity(app, "xiaoshou1").field_rights == {}


def change_words(session: object, change: RoleChange) -> list[object]:
    from flask import current_app

    from app.org.role_editing import Shape, differences

    with current_app.test_request_context():
        found = differences(Shape.of(change.before), Shape.of(change.after))
        return [type(one)(one.entity, one.what, str(one.before), str(one.after)) for one in found]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("place", ["field-customer.introducer;x", "field-customer", "field-.x"])
def test_a_made_up_field_right_is_refused(app: Flask, place: str) -> None:
    admin = Desk(app, "admin")
    page = admin.get("/role/1").text
    answer = admin.post("/role/1", {"stamp": hidden(page, "stamp"), place: "hidden", "deed": "save"})
    assert answer.status_code == 422


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_field_that_names_a_row_is_never_taken_away(app: Flask, customer: int) -> None:
    limit(app, "salesperson", name="hidden")
    assert names_in(Desk(app, "xiaoshou1").get("/prospect/").text) == ["云帆"]


PLACES = ("contract.amount", "contract.discount", "company.uscc", "receivable.amount", "receipt.payer")
CODE = "91110000600037341L"


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("level", ["hidden", "masked"])
def test_pages_written_by_hand_keep_to_the_rights_of_fields(app: Flask, level: str) -> None:
    deal = sign(app, "4321.00")
    enter(app, deal, "321.00", payer="周转公司")
    with acting(app, "xiaoshou1") as session:
        company = create_company(session, deal.customer_id, name="云帆有限公司", uscc=CODE).id
    sales, boss = Desk(app, "xiaoshou1"), Desk(app, "laoban")
    assert "4,321.00" in sales.get(f"/contract/{deal.contract_id}").text
    limit_places(app, "salesperson", dict.fromkeys(PLACES, level))
    for path in (
        f"/contract/{deal.contract_id}",
        f"/receivable/{deal.receivable_ids[0]}",
        f"/customer/{deal.customer_id}?tab=contracts",
        f"/customer/{deal.customer_id}?tab=companies",
        f"/customer/{deal.customer_id}?tab=receivables",
        f"/company/{company}",
        "/company/choices",
        f"/company/choices?customer_id={deal.customer_id}",
        f"/company/choices?q={CODE}",
        "/receipt/choices",
        f"/search/?q={CODE}",
        "/search/?q=华南智造",
        f"/receipt/contracts?customer_id={deal.customer_id}",
    ):
        answer = sales.get(path)
        assert answer.status_code == 200, path
        text = answer.get_data(as_text=True).encode().decode("unicode_escape" if answer.is_json else "utf-8")
        # What one searches for stands above the results and in the box.
        for secret in ("4,321.00", "4321.00", CODE, "周转公司"):
            rows = text.split('class="page-main"')[-1].replace(f'value="{CODE}"', "")
            assert secret not in rows, (path, secret)
    assert sales.get(f"/company/choices?q={CODE}").get_json()["results"] == []
    assert "4,321.00" in boss.get(f"/contract/{deal.contract_id}").text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("level", ["hidden", "masked", "read_only"])
def test_a_draft_shows_and_takes_no_field_its_author_may_not_type(app: Flask, level: str) -> None:
    with acting(app, "xiaoshou1") as session:
        pk = draft(session, customer_of(session), line(session, "SL01", "1000"), payer="周转公司").id
    limit_places(app, "salesperson", {"contract.payer": level})
    sales = Desk(app, "xiaoshou1")
    page = sales.get(f"/contract/{pk}/edit").text
    assert "周转公司" not in page and 'name="payer"' not in page
    form = dict(re.findall(r'name="(lines-0-[^"]+|version|customer_id)"[^>]* value="([^"]*)"', page))
    sales.post(f"/contract/{pk}/edit", {**form, "payer": "别家", "note": "改过"})
    with as_system(app) as session:
        assert session.get_one(Contract, pk).payer == "周转公司"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_role_that_may_not_type_what_a_new_record_needs_is_told_so(app: Flask) -> None:
    deal = sign(app, "4321.00")
    limit_places(app, "cashier", {"receipt.account_id": "read_only"})
    refused = Desk(app, "caiwu").get(f"/receipt/new?customer_id={deal.customer_id}")
    assert refused.status_code == 403 and "账户" in refused.text
    limit_places(app, "salesperson", {"company.uscc": "hidden", "company.uscc_overridden": "hidden"})
    page = Desk(app, "xiaoshou1").get(f"/company/new?customer_id={deal.customer_id}").text
    kinds = {
        name: re.findall(r'value="(\w+)"', options)[0]
        for name, options in re.findall(r'(?s)<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page)
        if name != "customer_id"
    }
    made = Desk(app, "xiaoshou1").post(
        "/company/new", {"customer_id": deal.customer_id, "name": "云帆有限公司", **kinds}
    )
    assert made.status_code == 302, made.text
