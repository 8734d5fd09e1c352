"""The screens of customers as each role sees them."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from app.catalogue.models import BusinessType
from app.customers.follow_ups import add_follow_up, comment_on
from app.customers.models import ContactPoint, ContactRule, Customer, DictionaryWord, FollowUp, PoolRule
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform.audit import AuditEntry
from app.platform.database import engines
from app.platform.errors import BusinessError
from app.platform.files import Upload, store
from app.platform.timeline import tell
from tests.customers.cast import MOBILE, a_prospect
from tests.people import acting, as_system, log_in, person_id, token_in

LISTS = ("prospect", "signed_customer", "retained_customer", "public_customer", "customer")


class Reader:
    """Somebody at the screen."""

    def __init__(self, app, login):
        self.client = app.test_client()
        log_in(app, self.client, login)
        self.token = token_in(self.client.get("/account/password").text)

    def get(self, url, **more):
        return self.client.get(url, **more)

    def post(self, url, **data):
        return self.client.post(url, data={**data, "csrf_token": self.token})


@contextmanager
def counting(app):
    counted: list[str] = []

    def count(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            counted.append(statement)

    with app.app_context():
        watched = {engines().reader, engines().writer}
    for engine in watched:
        event.listen(engine, "before_cursor_execute", count)
    yield counted
    for engine in watched:
        event.remove(engine, "before_cursor_execute", count)


def full_prospect(app, number, name):
    pk = a_prospect(app, name=name, number=number, source="百度", level="A", region="南山")
    with acting(app, "xiaoshou1") as session:
        follow_up = add_follow_up(session, pk, content="谈了价格", method="电话").id
    with acting(app, "xszhuguan") as session:
        comment_on(session, follow_up, "先别降价")
    return pk


def test_lists_show_the_own_stage_within_ten_statements(app):
    for n in range(12):
        full_prospect(app, f"139{n:08d}", f"客户{n}")
    reader = Reader(app, "xiaoshou1")
    # Words, and how much of the rows somebody sees, are kept by the process once somebody asked.
    reader.get("/prospect/")
    for name in LISTS:
        with counting(app) as counted:
            page = reader.get(f"/{name}/")
        assert page.status_code == 200
        assert ("客户11" in page.text) is (name in ("prospect", "customer")), name
        assert len(counted) <= 10, (name, counted)
    page = reader.get("/prospect/?tab=missed&level__is=A&source__is=百度&needs__has=记账&owner__has=陈").text
    assert "没有" in page
    expected = {"all": "12", "mine": "12", "today": "0", "missed": "0", "level_a": "12", "idle": "0"}
    counts = reader.get("/prospect/counts").json
    assert {name.removeprefix("tab-"): count for name, count in counts.items()} == expected


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("login", "status"),
    [("xiaoshou2", 200), ("kuaiji", 200), ("caiwu", 200), ("xingzheng", 200), ("admin", 403)],
)
def test_who_may_open_the_list(app, login, status):
    a_prospect(app)
    answer = Reader(app, login).get("/prospect/")
    assert answer.status_code == status
    assert ("跃奇信息" in answer.text) is (login in ("caiwu", "xingzheng"))


def test_the_page_of_a_customer_takes_few_statements(app):
    pk = full_prospect(app, MOBILE, "跃奇信息")
    reader = Reader(app, "xiaoshou1")
    for url in (f"/customer/{pk}", f"/customer/{pk}?tab=follow_up"):
        with counting(app) as counted:
            page = reader.get(url)
        assert page.status_code == 200
        assert "跃奇信息" in page.text
        own = [
            s for s in counted if "customer" in s or "follow_up" in s or "timeline" in s or "contact_" in s
        ]
        assert len(own) <= 15, own
    assert "先别降价" in page.text
    assert "谈了价格" in page.text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("login", "whole", "eye"),
    [("xiaoshou1", True, False), ("xszhuguan", True, False), ("laoban", True, False), ("caiwu", False, True),
     ("xingzheng", False, False)],
)  # fmt: skip
def test_numbers_show_whole_to_the_chain_of_ownership_only(app, login, whole, eye):
    pk = a_prospect(app)
    page = Reader(app, login).get(f"/customer/{pk}").text
    assert (MOBILE in page) is whole
    assert ("138****8000" in page) is not whole
    assert ("/reveal" in page) is eye


def test_looking_at_a_masked_number_is_written_down(app):
    pk = a_prospect(app)
    with as_system(app) as session:
        point_id = session.scalars(select(ContactPoint.id)).one()
    answer = Reader(app, "caiwu").post(f"/customer/{pk}/contact/{point_id}/reveal")
    assert answer.json == {"text": MOBILE}
    with as_system(app) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "reveal")).one()
        assert (entry.actor, entry.row_id, entry.after) == ("caiwu", point_id, {"customer_id": pk})
    assert Reader(app, "xingzheng").post(f"/customer/{pk}/contact/{point_id}/reveal").status_code == 403
    assert Reader(app, "xiaoshou2").post(f"/customer/{pk}/contact/{point_id}/reveal").status_code == 404


def test_the_pool_masks_numbers_for_everybody_until_claimed(app):
    pk = a_prospect(app)
    with acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, pk, "give_up", data={"reason": "价格谈不拢"})
    reader = Reader(app, "xiaoshou2")
    for url in ("/public_customer/", f"/customer/{pk}"):
        page = reader.get(url).text
        assert "138****8000" in page
        assert MOBILE not in page
    with as_system(app) as session:
        point_id = session.scalars(select(ContactPoint.id)).one()
    assert reader.post(f"/customer/{pk}/contact/{point_id}/reveal").status_code == 422
    for url in (f"/customer/{pk}/follow-up", f"/customer/{pk}/contact/{point_id}/remove"):
        assert reader.post(url, text="你好", method="电话").status_code == 422
    assert reader.post(f"/customer/{pk}/do/claim").status_code == 302
    assert MOBILE in reader.get(f"/customer/{pk}").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_foreign_customer_is_the_same_404_as_none(app):
    pk = a_prospect(app)
    reader = Reader(app, "xiaoshou2")
    for part in ("", "/edit", "/contact/new", "/do/give_up"):
        assert reader.get(f"/customer/{pk}{part}").status_code == 404, part
        assert reader.get(f"/customer/4711{part}").status_code == 404, part
    assert reader.post(f"/customer/{pk}/follow-up", text="你好", method="电话").status_code == 404


def a_form(**more):
    return {
        "name": "深圳市云帆国际贸易有限公司",
        "source": "百度",
        "level": "A",
        "contacts-0-person_name": "李国栋",
        "contacts-0-kind": "mobile",
        "contacts-0-value": "138 0013 8000",
        "contacts-1-kind": "wechat",
        "contacts-1-value": "",
        "contacts-2-person_name": "王小燕",
        "contacts-2-kind": "wechat",
        "contacts-2-value": "wang_xiaoyan",
        **more,
    }


def test_a_prospect_is_created_on_the_form_with_its_needs(app):
    reader = Reader(app, "xiaoshou1")
    with as_system(app) as session:
        kind = next(k for k in session.scalars(select(BusinessType)) if k.need_fields)
        names = {one["name"]: one["kind"] for one in kind.need_fields}
    typed = {"text": "跃奇、奇跃", "money": "1,200.5", "int": "40", "choice": ""}
    needs = {f"need-{kind.id}-{name}": typed[sort] for name, sort in names.items()}
    with counting(app) as counted:
        assert reader.get("/customer/new").status_code == 200
    assert len(counted) <= 8
    answer = reader.post(
        "/customer/new", **a_form(business_type_ids=str(kind.id), next_contact_on="2026-12-01", **needs)
    )
    assert answer.status_code == 302, answer.text
    with as_system(app) as session:
        customer = session.scalars(select(Customer)).one()
        assert [p.value for p in customer.contact_points] == [MOBILE, "wang_xiaoyan"]
        assert str(customer.next_contact_on) == "2026-12-01"
        money = [name for name, sort in names.items() if sort == "money"]
        assert all(customer.needs[0].answers[name] == "1200.50" for name in money)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"name": " "}, "必填"),
        ({"source": ""}, "必填"),
        ({"contacts-0-value": "12345"}, "手机号是 1 开头的 11 位数字"),
        ({"contacts-0-value": "", "contacts-2-value": ""}, "至少填一个号码"),
        ({"contacts-2-kind": "mobile", "contacts-2-value": "13900139000"}, "归 林晓（销售二部）"),
        ({"next_contact_on": "2026-13-01"}, "不是日期"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_says_why(app, change, shown):
    a_prospect(app, "xiaoshou2", number="13900139000")
    answer = Reader(app, "xiaoshou1").post("/customer/new", **a_form(**change))
    assert answer.status_code == 422
    assert shown in answer.text
    assert "data-faults" in answer.text, "the foot lists every fault"
    assert "李国栋" in answer.text
    with as_system(app) as session:
        assert len(session.scalars(select(Customer)).all()) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_older_form_is_refused(app):
    pk = a_prospect(app, source="百度")
    reader = Reader(app, "xiaoshou1")
    assert reader.get(f"/customer/{pk}/edit").status_code == 200
    with as_system(app) as session:
        version = session.get(Customer, pk).version
    edited = {"name": "云帆", "source": "百度", "level": "B"}
    assert reader.post(f"/customer/{pk}/edit", version=str(version), **edited).status_code == 302
    assert reader.post(f"/customer/{pk}/edit", version=str(version), **edited).status_code == 409


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_archived_word_stays_on_old_rows_and_is_no_longer_offered(app):
    pk = a_prospect(app, source="抖音")
    with as_system(app) as session:
        session.scalars(select(DictionaryWord).where(DictionaryWord.code == "抖音")).one().active = False
    reader = Reader(app, "xiaoshou1")
    assert '<option value="抖音"' not in reader.get("/customer/new").text
    assert '<option selected value="抖音"' in reader.get(f"/customer/{pk}/edit").text


def test_follow_up_comment_and_contact_points_on_the_page(app):
    pk = a_prospect(app)
    reader, superior = Reader(app, "xiaoshou1"), Reader(app, "xszhuguan")
    said = {"text": "<b>谈了价格</b>", "method": "微信", "next_contact_on": "2026-12-01"}
    assert reader.post(f"/customer/{pk}/follow-up", **said).status_code == 302
    with as_system(app) as session:
        follow_up = session.scalars(select(FollowUp)).one()
        assert (follow_up.content, follow_up.method) == ("<b>谈了价格</b>", "微信")
    comment = f"/customer/{pk}/follow-up/{follow_up.id}/comment"
    assert reader.get(comment).status_code == 403
    assert superior.get(comment).status_code == 200
    assert superior.post(comment, text=" ").status_code == 422
    assert superior.post(comment, text="先别降价").status_code == 302
    assert reader.post(f"/customer/{pk}/contact/new", kind="mobile", value="12345").status_code == 422
    assert reader.post(f"/customer/{pk}/contact/new", kind="qq", value="20001").status_code == 302
    page = reader.get(f"/customer/{pk}?tab=follow_up&kind=comment").text
    assert "&lt;b&gt;谈了价格&lt;/b&gt;" in page
    assert "先别降价" in page
    assert "20001" in page
    assert "新建了客户" not in page


def test_a_refused_follow_up_keeps_what_was_typed(app):
    pk = a_prospect(app)
    reader = Reader(app, "xiaoshou1")
    box = reader.get(f"/customer/{pk}?tab=follow_up").text
    address = f"/customer/{pk}/follow-up?tab=follow_up"
    assert f'action="{address}"' in box
    said = {
        "text": "谈了价格",
        "method": "微信",
        "next_contact_on": "2026-13-40",
        "next_contact_note": "约上门",
    }
    page = reader.post(address, **said, token="one-click")
    assert page.status_code == 422
    assert "不是日期" in page.text.partition('id="next-contact-on-help"')[2][:200]
    for kept in (">谈了价格</textarea>", 'value="2026-13-40"', 'value="约上门"', 'value="one-click"'):
        assert kept in page.text
    assert '<option value="微信" selected>' in page.text
    page = reader.post(address, text=" ", next_contact_note="约上门")
    assert (page.status_code, "约上门" in page.text) == (422, True)
    with as_system(app) as session:
        assert session.scalars(select(FollowUp)).all() == []


def test_a_doubled_click_writes_one_follow_up(app):
    pk = a_prospect(app)
    reader = Reader(app, "xiaoshou1")
    address = f"/customer/{pk}/follow-up?tab=follow_up"
    _before, _mark, rest = reader.get(f"/customer/{pk}?tab=follow_up").text.partition('name="token" value="')
    token = rest.partition('"')[0]
    assert len(token) == 32
    answers = {reader.post(address, text="谈了价格", token=token).status_code for _click in range(2)}
    assert answers == {302}
    with as_system(app) as session:
        assert [row.content for row in session.scalars(select(FollowUp))] == ["谈了价格"]


def test_the_timeline_hides_what_the_reader_may_not_open(app):
    pk = a_prospect(app)
    with as_system(app) as session:

        class Receipt:
            scope_entity, customer_id, id, number = "receipt", pk, 1, "DK-2026-0001"

        tell(session, Receipt, title="received %(amount)s", amount="¥3,000.00", label="DK-2026-0001")
    with acting(app, "xszhuguan") as session:
        clerk = str(person_id(session, "waiqin"))
        CUSTOMER_LIFECYCLE.perform(session, pk, "share", data={"person": clerk})
    for login, sees in {"caiwu": True, "waiqin": False}.items():
        page = Reader(app, login).get(f"/customer/{pk}?tab=follow_up").text
        assert "新建了客户" in page
        assert ("DK-2026-0001" in page) is sees, login


def test_the_pool_keeps_files_shut_until_claimed(app):
    pk = a_prospect(app)
    with acting(app, "xiaoshou1") as session:
        picture = Upload("执照.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
        file_id = store(session, session.get_one(Customer, pk), picture).id
        CUSTOMER_LIFECYCLE.perform(session, pk, "give_up", data={"reason": "价格谈不拢"})
    for login in ("xiaoshou1", "xiaoshou2", "laoban"):
        reader = Reader(app, login)
        assert "执照.png" not in reader.get(f"/customer/{pk}").text
        assert reader.get(f"/file/{file_id}").status_code == 422
        with acting(app, login) as session, pytest.raises(BusinessError) as refusal:
            store(session, session.get_one(Customer, pk), picture)
        assert refusal.value.code == "public"
    claimer = Reader(app, "xiaoshou2")
    assert claimer.post(f"/customer/{pk}/do/claim").status_code == 302
    assert "执照.png" in claimer.get(f"/customer/{pk}").text
    with claimer.get(f"/file/{file_id}") as answer:
        assert answer.status_code == 200


def test_bulk_assign_and_give_up_name_who_failed(app):
    first, second = a_prospect(app), a_prospect(app, "xiaoshou2", name="云帆", number="13900139000")
    superior = Reader(app, "xszhuguan")
    with as_system(app) as session:
        owner = str(person_id(session, "xiaoshou2"))
    page = superior.post("/customer/bulk/assign", ids=[first, second])
    assert "林晓（销售二部）" in page.text
    answer = superior.post("/customer/bulk/assign", ids=[first, second], confirmed="1", owner=owner)
    page = superior.get(answer.location).text
    assert "云帆: 这个客户已经归 林晓" in page
    answer = superior.post("/customer/bulk/give_up", ids=[first, second], confirmed="1", reason="其他")
    assert answer.status_code == 302
    with as_system(app) as session:
        assert set(session.scalars(select(Customer.stage))) == {"public"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_administrator_edits_words_and_rules(app):
    admin = Reader(app, "admin")
    pool = {"version": "1", "claims_per_day": "5", "cooling_days": "7", "warn_before_days": "3"}
    for url, typed, expected in (
        ("/dictionary_word/new", {"dictionary": "source", "label": "小红书", "active": "y"}, 302),
        ("/contact_rule/new", {"name": "百度线索", "days": "5，1", "source": "百度", "active": "y"}, 302),
        ("/contact_rule/new", {"name": "错", "days": "0,x"}, 422),
        ("/pool_rule/1/edit", {**pool, "recycle_after_days": "3"}, 422),
        ("/pool_rule/1/edit", {**pool, "recycle_after_days": "20"}, 302),
    ):
        assert admin.post(url, **typed).status_code == expected, url
    with as_system(app) as session:
        word = session.scalars(select(DictionaryWord).where(DictionaryWord.label == "小红书")).one()
        assert word.code == "小红书"
        assert session.scalars(select(ContactRule.days).where(ContactRule.source == "百度")).one() == "1,5"
        assert session.scalars(select(PoolRule.recycle_after_days)).one() == 20
    assert "小红书" in Reader(app, "xiaoshou1").get("/customer/new").text
    assert Reader(app, "laoban").get("/pool_rule/").status_code == 403
