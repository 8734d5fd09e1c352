"""Creating and changing prospects: what hangs on them, and who may have which number."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.catalogue.models import BusinessType
from app.customers import operations
from app.customers.models import ContactClaim, ContactObligation, ContactPoint, Customer, Need, Ownership
from app.customers.operations import (
    add_contact_point,
    change_contact_point,
    create_customer,
    edit_customer,
    remove_contact_point,
)
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.org.models import Participation
from app.platform.audit import AuditEntry
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound
from app.platform.timeline import TimelineEntry
from tests.customers.cast import MOBILE, a_prospect
from tests.people import acting, as_system, person_id


def keys_held(session):
    rows = session.execute(select(ContactClaim.key, ContactClaim.customer_id)).tuples()
    return dict(rows.all())


def test_a_new_prospect_has_number_owner_claims_obligations_and_a_story(app):
    with acting(app, "xiaoshou1") as session:
        bookkeeping = session.scalars(select(BusinessType.id).limit(1)).one()
        pk = create_customer(
            session,
            name=" 深圳市跃奇信息技术有限公司 ",
            contacts=[
                ("李国栋", "mobile", "+86 138-0013-8000", False),
                ("前台", "landline", "26801234-801", True),
            ],
            needs={bookkeeping: {"quote": "280.00"}},
            source="百度",
            level="A",
        ).id
    with as_system(app) as session:
        customer = session.get(Customer, pk)
        assert customer.number == "KH-2026-0001" or customer.number.startswith("KH-")
        assert (customer.stage, customer.name) == ("prospect", "深圳市跃奇信息技术有限公司")
        assert customer.core_name == "跃奇信息技术"
        assert [point.value for point in customer.contact_points] == ["13800138000", "0755-26801234-801"]
        assert keys_held(session) == {"mobile:13800138000": pk}, "a shared number is owned by nobody"
        assert [row.day for row in session.scalars(select(ContactObligation))] == [1, 3, 7]
        assert session.scalars(select(Ownership.how)).all() == ["created"]
        assert session.scalars(select(Participation.reason)).all() == ["owner"]
        assert session.scalars(select(Need.answers)).all() == [{"quote": "280.00"}]
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.subject == "customer")).one()
        assert (told.kind, told.actor, told.to_state) == ("created", "陈宇航", "prospect")
        audited = set(session.scalars(select(AuditEntry.table_name).where(AuditEntry.actor == "xiaoshou1")))
        assert {"customer", "contact_point", "contact_claim", "ownership", "participation"} <= audited


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        ("mobile", "12345", "contacts-1-value"),
        ("email", "nobody", "contacts-1-value"),
        ("wechat", "微信号", "contacts-1-value"),
    ],
)
def test_every_number_that_is_none_is_named_by_its_row(app, kind, value, fault):
    with pytest.raises(FieldErrors) as refusal, acting(app, "xiaoshou1") as session:
        create_customer(
            session, name="跃奇", contacts=[("李", "mobile", MOBILE, False), ("李", kind, value, False)]
        )
    assert list(refusal.value.fields) == [fault]


def test_a_name_is_needed(app):
    with pytest.raises(FieldErrors) as refusal, acting(app, "xiaoshou1") as session:
        create_customer(session, name="  ")
    assert list(refusal.value.fields) == ["name"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("mobile", "+86 138-0013-8000"), ("wechat", "138 0013 8000"), ("mobile", "１３８００１３８０００")],
)
def test_a_colleagues_number_is_refused_however_it_is_typed(app, kind, value):
    a_prospect(app)
    with pytest.raises(FieldErrors) as refusal, acting(app, "xiaoshou2") as session:
        create_customer(
            session, name="跃启", contacts=[("李", "qq", "20001", False), ("李", kind, value, False)]
        )
    assert refusal.value.code == "collision"
    assert list(refusal.value.fields) == ["contacts-1-value"]
    assert "陈宇航（销售一部）" in str(refusal.value)
    assert "跃奇" not in str(refusal.value), "the name of a foreign customer is not told"
    with as_system(app) as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_the_same_owner_is_not_blocked_and_the_first_prospect_keeps_the_number(app):
    first = a_prospect(app)
    second = a_prospect(app, name="跃奇贸易")
    with as_system(app) as session:
        assert keys_held(session) == {f"mobile:{MOBILE}": first}
    with acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, first, "give_up", data={"reason": "其他"})
    with as_system(app) as session:
        assert keys_held(session) == {f"mobile:{MOBILE}": second}, "the next in line holds it then"


def test_a_shared_number_never_blocks(app):
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="跃奇", contacts=[("园区", "landline", "0755-26801234", True)])
    a_prospect(app, "xiaoshou2", number="")
    with acting(app, "xiaoshou2") as session:
        create_customer(session, name="云帆", contacts=[("园区", "landline", "26801234", False)])


@pytest.mark.parametrize("stage", ["signed", "retained", "public"])
def test_only_an_active_prospect_blocks(app, stage):
    pk = a_prospect(app)
    with as_system(app) as session:
        if stage == "public":
            CUSTOMER_LIFECYCLE.perform(session, pk, "recycle")
        else:
            operations.sign(session, pk)
        if stage == "retained":
            operations.retain(session, pk)
        assert keys_held(session) == {}
    a_prospect(app, "xiaoshou2", name="另一家")


def test_a_superior_lets_a_collision_pass_with_a_reason(app):
    a_prospect(app)
    passed = {"name": "跃启", "contacts": [("李", "mobile", MOBILE, False)], "passed_by_superior": True}
    with pytest.raises(NotAllowed), acting(app, "xiaoshou2") as session:
        create_customer(session, **passed, reason="一人两家")
    with pytest.raises(FieldErrors), acting(app, "xszhuguan") as session:
        create_customer(session, **passed)
    with acting(app, "xszhuguan") as session:
        owner = person_id(session, "xiaoshou2")
        pk = create_customer(session, **passed, reason="一人两家", owner_id=owner).id
    with as_system(app) as session:
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.customer_id == pk)).one()
        assert told.details == {"passed": [MOBILE], "reason": "一人两家"}
        assert pk not in keys_held(session).values()


def test_only_who_assigns_may_name_another_owner(app):
    with pytest.raises(NotAllowed), acting(app, "xiaoshou1") as session:
        create_customer(session, name="跃奇", owner_id=person_id(session, "xiaoshou2"))


def test_of_two_who_save_the_same_number_at_the_same_moment_one_wins(app, monkeypatch):
    a_prospect(app, number="13900139000")
    both_looked = threading.Barrier(2, timeout=10)
    looked = operations.collisions_of_keys

    def look_and_wait(session, keys):
        found = looked(session, keys)
        both_looked.wait()
        return found

    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        # SQLite lets one writer in at a time, so the second cannot look before the first has saved.
        monkeypatch.setattr(operations, "collisions_of_keys", look_and_wait)
    outcomes: list[object] = []

    def save(login: str) -> None:
        try:
            outcomes.append(a_prospect(app, login, name=login))
        except BusinessError as refusal:
            outcomes.append(str(refusal))

    threads = [threading.Thread(target=save, args=(login,)) for login in ("xiaoshou1", "xiaoshou2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    refused = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(outcomes) == 2
    assert len(refused) == 1
    assert "撞单" in refused[0] or "ollision" in refused[0]
    with as_system(app) as session:
        assert list(keys_held(session)) == ["mobile:13900139000", f"mobile:{MOBILE}"]


def test_numbers_of_a_prospect_follow_its_claims(app):
    mine, other = a_prospect(app), a_prospect(app, "xiaoshou2", name="云帆", number="13900139000")
    with acting(app, "xiaoshou1") as session:
        point = add_contact_point(session, mine, ("王", "wechat", "wang_xiaoyan", False))
        point_id = point.id
        assert keys_held(session)["wechat:wang_xiaoyan"] == mine
    with pytest.raises(FieldErrors), acting(app, "xiaoshou1") as session:
        change_contact_point(session, point_id, ("王", "mobile", "139 0013 9000", False))
    with acting(app, "xiaoshou1") as session:
        change_contact_point(session, point_id, ("王", "qq", "20001", False))
        held = keys_held(session)
        assert "wechat:wang_xiaoyan" not in held and held["qq:20001"] == mine
    with acting(app, "xiaoshou1") as session:
        remove_contact_point(session, point_id)
        assert set(keys_held(session).values()) == {mine, other}
        assert "qq:20001" not in keys_held(session)


def test_marking_a_number_as_shared_frees_it(app):
    mine = a_prospect(app)
    with acting(app, "xiaoshou1") as session:
        point = session.scalars(select(ContactPoint).where(ContactPoint.customer_id == mine)).one()
        change_contact_point(session, point.id, ("园区", "mobile", MOBILE, True))
        assert keys_held(session) == {}


def test_a_foreign_customer_does_not_exist_for_a_colleague(app):
    mine = a_prospect(app)
    with pytest.raises(NotFound), acting(app, "xiaoshou2") as session:
        add_contact_point(session, mine, ("王", "qq", "20001", False))
    with acting(app, "xiaoshou1") as session:
        point_id = session.scalars(select(ContactPoint.id)).one()
    with pytest.raises(NotFound), acting(app, "xiaoshou2") as session:
        remove_contact_point(session, point_id)
    with pytest.raises(NotFound), acting(app, "xiaoshou2") as session:
        CUSTOMER_LIFECYCLE.perform(session, mine, "give_up", data={"reason": "其他"})


def test_editing_changes_what_is_written_but_not_who_owns_it(app):
    mine = a_prospect(app)
    with acting(app, "xiaoshou1") as session:
        customer = session.get(Customer, mine)
        first, second = session.scalars(select(BusinessType.id).order_by(BusinessType.id).limit(2))
        edit_customer(
            session,
            customer,
            {"name": "广州市云帆贸易有限公司", "owner_id": 1, "stage": "signed"},
            {first: {}},
        )
        edit_customer(session, customer, {"level": "A"}, {first: {"quote": "1"}, second: {}})
    with as_system(app) as session:
        customer = session.get(Customer, mine)
        assert (customer.core_name, customer.level, customer.stage) == ("云帆贸易", "A", "prospect")
        assert customer.owner_id == person_id(session, "xiaoshou1")
        assert {need.business_type_id: need.answers for need in customer.needs} == {
            first: {"quote": "1"},
            second: {},
        }
