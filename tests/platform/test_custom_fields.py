"""Custom fields (SYS-3): defined on a page, in force at the next click, everywhere a field of ours is."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import custom_values
from app.platform.custom_field_editing import read_choices
from app.platform.custom_fields import CustomField
from tests.desk import Desk, hidden, names_in
from tests.people import acting, as_system, person_id

DEFINITIONS: dict[str, dict[str, Any]] = {
    "x_nickname": {"label": "昵称", "kind": "text"},
    "x_story": {"label": "来历", "kind": "long"},
    "x_score": {"label": "评分", "kind": "number"},
    "x_budget": {"label": "预算", "kind": "money"},
    "x_birthday": {"label": "生日", "kind": "date"},
    "x_mood": {"label": "态度", "kind": "choice", "choices_text": "hot = 很想买\ncold = 再看看"},
    "x_likes": {"label": "喜好", "kind": "choices", "choices_text": "t = 茶\nta = 茶叶蛋\nw = 酒"},
    "x_friend": {"label": "同事介绍", "kind": "person"},
    "x_licence": {"label": "执照照片", "kind": "file"},
}


def define(desk: Desk, name: str, **more: Any) -> None:
    data = {"entity": "customer", "name": name, "active": "y", **DEFINITIONS.get(name, {}), **more}
    answer = desk.post("/custom_field/new", data)
    assert answer.status_code == 302, answer.text


def prospect(name: str, number: str, **more: Any) -> dict[str, Any]:
    contact = {"contacts-0-kind": "mobile", "contacts-0-value": number, "contacts-0-person_name": "王"}
    return {"name": name, "source": "百度", **contact, **more}


@pytest.fixture
def desks(app: Flask) -> tuple[Desk, Desk]:
    """The administrator, with every kind of field defined on customers, and a salesperson."""
    admin = Desk(app, "admin")
    for name in DEFINITIONS:
        define(admin, name)
    return admin, Desk(app, "xiaoshou1")


def test_a_field_of_every_kind_goes_from_form_to_list_page_filter_sort_and_sheet(
    app: Flask, desks: tuple[Desk, Desk]
) -> None:
    _admin, sales = desks
    with as_system(app) as session:
        friend = person_id(session, "waiqin")
    values = {
        "x_nickname": "老王",
        "x_story": "展会上\n认识",
        "x_score": "-12.5",
        "x_budget": "1,234.50",
        "x_birthday": "1980年5月6日",
        "x_mood": "hot",
        "x_likes": ["t", "w"],
        "x_friend": str(friend),
        "x_licence": (io.BytesIO(b"%PDF-1.4 licence"), "执照.pdf"),
    }
    made = sales.post(
        "/customer/new", prospect("云帆", "13800138000", **values), content_type="multipart/form-data"
    )
    assert made.status_code == 302, made.text
    others = {
        "x_score": "9",
        "x_budget": "88",
        "x_birthday": "1990-01-01",
        "x_mood": "cold",
        "x_likes": ["ta"],
    }
    assert sales.post("/customer/new", prospect("金桥", "13900139000", **others)).status_code == 302
    assert sales.post("/customer/new", prospect("无名", "13700137000")).status_code == 302
    pk = _id(app, "云帆")
    page = sales.get(f"/customer/{pk}").text
    for shown in ("老王", "展会上", "-12.5", "1,234.50", "很想买", "茶", "酒", "执照.pdf", "1980年5月6日"):
        assert shown in page, shown
    cols = ",".join(DEFINITIONS)
    listed = sales.get(f"/prospect/?cols={cols}").text
    for shown in ("昵称", "老王", "1,234.50", "很想买"):
        assert shown in listed, shown
    for sort, order in (
        ("x_score", ["云帆", "金桥", "无名"]),
        ("-x_budget", ["云帆", "金桥", "无名"]),
        ("x_birthday", ["云帆", "金桥", "无名"]),
        ("-x_birthday", ["金桥", "云帆", "无名"]),
    ):
        assert names_in(sales.get(f"/prospect/?sort={sort}").text) == order, sort
        first = sales.get(f"/prospect/?sort={sort}&rows=25").text
        assert names_in(first) == order
    for wanted, found in (
        ("x_nickname__has=王", ["云帆"]),
        ("x_score__from=0", ["金桥"]),
        ("x_budget__from=100", ["云帆"]),
        ("x_birthday__to=1985-01-01", ["云帆"]),
        ("x_mood__is=cold", ["金桥"]),
        ("x_likes__has=t", ["云帆"]),
        ("x_likes__has=ta", ["金桥"]),
        ("x_likes__has=w,ta", ["金桥", "云帆"]),
        (f"x_friend__is={friend}", ["云帆"]),
        ("x_nickname__empty=yes", ["无名", "金桥"]),
    ):
        assert names_in(sales.get(f"/prospect/?{wanted}").text) == found, wanted
    sheet = Desk(app, "xszhuguan").post(f"/prospect/export/csv?cols={cols}&sort=x_score").text
    assert sheet.splitlines()[0].lstrip("\ufeff").split(",")[:2] == ["客户名称", "昵称"]
    assert "1234.50" in sheet and "1980-05-06" in sheet and "茶、酒" in sheet


def _id(app: Flask, name: str) -> int:
    with as_system(app) as session:
        return session.scalars(select(Customer.id).where(Customer.name == name)).one()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_faults_stand_beside_the_field_and_a_required_one_is_asked_for(app: Flask) -> None:
    admin, sales = Desk(app, "admin"), Desk(app, "xiaoshou1")
    define(admin, "x_score", required="y", help="一到十分")
    define(admin, "x_birthday")
    refused = sales.post("/customer/new", prospect("云帆", "13800138000", x_score="many", x_birthday="soon"))
    assert refused.status_code == 422
    for shown in ("「many」不是数字", "「soon」", 'value="many"', 'value="soon"'):
        assert shown in refused.text, shown
    assert "一到十分" in sales.get("/customer/new").text
    assert sales.post("/customer/new", prospect("云帆", "13800138000")).status_code == 422


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_field_is_seen_and_filled_in_by_the_roles_it_names(app: Flask) -> None:
    admin, sales, manager = Desk(app, "admin"), Desk(app, "xiaoshou1"), Desk(app, "xszhuguan")
    define(admin, "x_score", visible_to=["sales_manager", "principal"])
    define(admin, "x_nickname", editable_by=["sales_manager"])
    assert (
        sales.post("/customer/new", prospect("云帆", "13800138000", x_score="7", x_nickname="A")).status_code
        == 302
    )
    pk = _id(app, "云帆")
    with as_system(app) as session:
        assert session.get_one(Customer, pk).extra == {}
    version = hidden(manager.get(f"/customer/{pk}/edit").text, "version")
    edited = {"name": "云帆", "source": "百度", "version": version, "x_score": "7", "x_nickname": "A"}
    assert manager.post(f"/customer/{pk}/edit", edited).status_code == 302
    assert "评分" not in sales.get(f"/customer/{pk}").text
    assert "昵称" in sales.get(f"/customer/{pk}").text
    assert sales.get("/prospect/?x_score__from=1").status_code == 422
    assert sales.get("/prospect/?sort=x_score").status_code == 422
    assert "评分" not in sales.get("/prospect/?cols=x_score").text
    assert "评分" not in sales.get(f"/customer/{pk}?tab=history").text
    assert "评分" in manager.get(f"/customer/{pk}?tab=history").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_archived_field_is_gone_from_every_screen_and_its_values_are_kept(
    app: Flask,
) -> None:
    admin, sales = Desk(app, "admin"), Desk(app, "xiaoshou1")
    define(admin, "x_nickname")
    assert sales.post("/customer/new", prospect("云帆", "13800138000", x_nickname="老王")).status_code == 302
    with as_system(app) as session:
        field = session.scalars(select(CustomField)).one()
        field.active = False
    pk = _id(app, "云帆")
    assert "老王" not in sales.get(f"/customer/{pk}").text
    assert sales.get("/prospect/?x_nickname__has=老").status_code == 422
    with as_system(app) as session:
        session.scalars(select(CustomField)).one().active = True
    assert "老王" in sales.get(f"/customer/{pk}").text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"label": "客户名称"}, "这个名称已被占用"),
        ({"name": "score"}, "以 x_ 开头"),
        ({"name": "x__a"}, "以 x_ 开头"),
        ({"entity": "department"}, 'aria-invalid="true"'),
        ({"kind": "choice"}, "至少写一个选项"),
        ({"kind": "choice", "choices_text": "a = 甲\na = 乙"}, "编号重复"),
        ({"kind": "choice", "choices_text": "甲\n甲"}, "选项重复"),
        ({"kind": "date", "preset": "昨天"}, "「昨天」不符合"),
        ({"kind": "file", "entity": "business_type"}, "不能加这种字段"),
    ],
)
def test_a_definition_that_would_break_something_is_refused_with_everything_kept(
    app: Flask, more: dict[str, Any], words: str
) -> None:
    admin = Desk(app, "admin")
    data = {"entity": "customer", "label": "评分", "kind": "text", "active": "y", "help": "留着", **more}
    answer = admin.post("/custom_field/new", data)
    assert answer.status_code == 422
    assert words in answer.text and "留着" in answer.text
    with as_system(app) as session:
        assert session.scalars(select(CustomField)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_two_fields_of_an_entity_never_share_a_name(app: Flask) -> None:
    admin = Desk(app, "admin")
    define(admin, "x_score")
    again = admin.post(
        "/custom_field/new", {"entity": "customer", "label": "评分", "kind": "text", "active": "y"}
    )
    assert again.status_code == 422 and "已有同名字段" in again.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_documents_past_their_form_take_further_fields_in_a_dialog(app: Flask) -> None:
    """A work item has no form of its own; what an administrator adds can still be filled in."""
    from tests.world import make_world

    make_world(app)
    admin, handler = Desk(app, "admin"), Desk(app, "blzhuguan")
    define(admin, "x_box", entity="work_item", label="档案盒", kind="text")
    listed = handler.get("/work_item/?tab=all").text
    pk = int(listed.split('data-row-url="/work_item/')[1].split('"')[0])
    dialog = handler.get(f"/work_item/{pk}/more").text
    sent = {"version": hidden(dialog, "version"), "x_box": "A-17"}
    assert handler.post(f"/work_item/{pk}/more", sent).status_code == 302
    assert "A-17" in handler.get(f"/work_item/{pk}").text
    assert handler.post(f"/work_item/{pk}/more", sent).status_code == 409


def test_sets_of_values_survive_json_exactly(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        row = create_customer(session, name="云帆", contacts=[("王", "mobile", "13800138000", False)])
        custom_values.put(row, {"x_budget": custom_values.to_json("money", Decimal("9999999999.99"))})
        pk = row.id
    with as_system(app) as session:
        kept = session.get_one(Customer, pk).extra["x_budget"]
    assert custom_values.from_json("money", kept) == Decimal("9999999999.99")


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=6, allow_nan=False))
def test_a_number_reads_as_it_was_written(number: Decimal) -> None:
    text = custom_values.number_text(number)
    assert custom_values.parse_number(text) == number
    assert "E" not in text


@pytest.mark.parametrize("text", ["", "1e999", "NaN", "Infinity", "1.2345678", "一", "1" * 40, "--1"])
def test_what_is_no_number_of_a_business_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        custom_values.parse_number(text)


_WORDS = st.text(
    st.characters(whitelist_categories=("Lo", "Lu", "Nd"), blacklist_characters="="), min_size=1, max_size=20
)


@given(st.lists(_WORDS, min_size=1, max_size=12, unique=True))
def test_choices_without_codes_get_their_own_and_keep_them(words: list[str]) -> None:
    first, problem = read_choices("\n".join(words), [])
    assert problem is None
    again, problem = read_choices("\n".join([*reversed(words), "新来的选项"]), first)
    assert problem is None
    assert {tuple(pair) for pair in first} <= {tuple(pair) for pair in again}
    assert len({code for code, _words in again}) == len(again)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_is_for_who_sees_its_field_and_a_required_one_is_asked_for_once(app: Flask) -> None:
    admin, sales, boss = (Desk(app, login) for login in ("admin", "xiaoshou1", "laoban"))
    define(admin, "x_licence", required="y")
    missing = sales.post("/customer/new", prospect("云帆", "13800138000"))
    assert missing.status_code == 422
    picture = (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 60), "执照.png")
    made = sales.post("/customer/new", prospect("云帆", "13800138000", x_licence=picture))
    assert made.status_code == 302
    page = sales.get("/customer/1/edit").text
    assert "执照.png" in page
    again = {"name": "云帆二", "source": "百度", "version": hidden(page, "version")}
    assert sales.post("/customer/1/edit", again).status_code == 302
    definition = {"entity": "customer", "name": "x_licence", "active": "y", "visible_to": ["principal"]}
    version = hidden(admin.get("/custom_field/1/edit").text, "version")
    changed = {**DEFINITIONS["x_licence"], **definition, "version": version}
    assert admin.post("/custom_field/1/edit", changed).status_code == 302
    with boss.get("/file/1") as fetched:
        assert fetched.status_code == 200
    assert sales.get("/file/1").status_code == 404
    for path in ("/customer/1", "/customer/1?tab=history", "/customer/1?tab=follow_up", "/customer/1/edit"):
        assert "执照.png" not in sales.get(path).text, path


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_choice_that_is_offered_no_more_stays_on_the_rows_that_have_it(app: Flask) -> None:
    admin, sales = Desk(app, "admin"), Desk(app, "xiaoshou1")
    define(admin, "x_mood")
    assert sales.post("/customer/new", prospect("云帆", "13800138000", x_mood="hot")).status_code == 302
    with as_system(app) as session:
        field = session.scalars(select(CustomField)).one()
        field.choices = [pair for pair in field.choices if pair[0] != "hot"]
    pk = _id(app, "云帆")
    page = sales.get(f"/customer/{pk}/edit").text
    kept = {"name": "云帆", "source": "百度", "version": hidden(page, "version"), "x_mood": "hot"}
    assert sales.post(f"/customer/{pk}/edit", kept).status_code == 302
    with as_system(app) as session:
        assert session.get_one(Customer, pk).extra == {"x_mood": "hot"}
