"""The collision check: on the command line and while typing, for those who may and may not see."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import event

from app.customers.collisions import collisions, similar_names
from app.customers.operations import create_customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform.database import engines
from tests.customers.cast import a_prospect
from tests.people import acting, as_system, log_in


@pytest.fixture
def known(app):
    """A prospect of xiaoshou1, and one in the pool."""
    mine = a_prospect(app, name="深圳市跃奇信息技术有限公司")
    pool = a_prospect(app, name="深圳市云帆国际贸易有限公司", number="13900139000")
    with acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, pool, "give_up", data={"reason": "其他"})
    return mine


def ask(command, *values):
    done = command("collision", *values, "--json")
    return done.exit_code, json.loads(done.stdout) if done.exit_code == 0 else done.stderr


@pytest.mark.parametrize(
    "value", ["13800138000", "+86 138-0013-8000", "１３８００１３８０００", "138 0013 8000"]
)
def test_the_command_answers_kind_stage_and_owner(known, command, value):
    code, answer = ask(command, value, "--as", "xiaoshou2")
    assert code == 0
    assert answer == [
        {
            "value": value,
            "kind": "mobile",
            "stage": "prospect",
            "owner": "陈宇航",
            "reason": "同事的意向客户已有这个号码。",
        }
    ]


def test_the_command_knows_pool_names_and_free_numbers(known, command):
    assert ask(command, "13900139000")[1][0]["stage"] == "public"
    assert ask(command, "13900139000")[1][0]["owner"] is None
    assert ask(command, "13700137000") == (0, [])
    name = ask(command, "广州跃奇信息有限公司", "--as", "xiaoshou2")[1]
    assert [(one["kind"], one["stage"], one["owner"]) for one in name] == [("name", "prospect", "陈宇航")]
    assert "跃奇信息技术" not in json.dumps(name, ensure_ascii=False), "a foreign name is not told"


@pytest.mark.parametrize(
    "arguments", [(" ",), ("13800138000", "--as", "nobody"), ("13800138000", "--as", "admin")]
)
def test_wrong_use_is_one_clear_line(app, command, arguments):
    done = command("collision", *arguments, "--json")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1


def test_only_the_own_name_is_told(app, known):
    for login, sees in {"xiaoshou1": True, "xszhuguan": True, "xiaoshou2": False}.items():
        with acting(app, login) as session:
            (one,) = collisions(session, [("mobile", "13800138000")])
            assert (bool(one.customer_id), bool(one.name)) == (sees, sees), login
            assert one.blocks is (login != "xiaoshou1")


def test_the_customer_being_edited_does_not_collide_with_itself(app, known):
    with acting(app, "xiaoshou1") as session:
        assert collisions(session, [("mobile", "13800138000"), ("name", "跃奇信息")], exclude=known) == []


def test_a_qq_never_meets_a_landline(app):
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="甲", contacts=[("甲", "landline", "0755-26801234")])
        assert collisions(session, [("qq", "26801234")]) == []
        assert len(collisions(session, [("landline", "26801234")])) == 1


def test_the_answer_while_typing_takes_few_statements(app, client, known):
    log_in(app, client, "xiaoshou2")
    # The agency's parameters are read once per process, by whoever comes first.
    client.get("/account/sessions")
    counted = []
    with app.app_context():
        for engine in {engines().reader, engines().writer}:
            event.listen(engine, "before_cursor_execute", lambda *a: counted.append(a[2]))
    for arguments, expected in (
        ("kind=mobile&value=138 0013 8000", True),
        ("kind=name&value=深圳跃奇信息", False),
    ):
        counted.clear()
        answer = client.get(f"/customer/collisions?{arguments}")
        (found,) = answer.json
        assert found["blocks"] is expected
        assert (found["owner"], found["owner_department"]) == ("陈宇航", "销售一部")
        assert found["customer_url"] is None
        assert len([s for s in counted if "SELECT" in s]) <= 3, counted  # one of them is the log-in


def test_an_unfinished_number_is_explained_and_foreign_people_are_refused(app, client):
    assert client.get("/customer/collisions?kind=mobile&value=1").status_code in (302, 403)
    log_in(app, client, "xiaoshou1")
    (found,) = client.get("/customer/collisions?kind=mobile&value=1380").json
    assert found["fault"] is True
    assert client.get("/customer/collisions?kind=fax&value=1").status_code == 404
    assert client.get("/customer/collisions?kind=mobile&value=").json == []
    cashier = app.test_client()
    log_in(app, cashier, "caiwu")
    assert cashier.get("/customer/collisions?kind=mobile&value=13800138000").status_code == 403


def test_the_number_index_answers(app, known):
    """A million customers must not be read for one number, nor for one name."""
    statements = []
    with as_system(app) as session:
        engine = session.get_bind()
        listener = lambda _c, _cur, statement, parameters, *_: statements.append((statement, parameters))  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        collisions(session, [("mobile", "13800138000")])
        similar_names(session, "跃奇信息")
        event.remove(engine, "before_cursor_execute", listener)
        asked = [(s, p) for s, p in statements if 'contact_point."key"' in s or "core_name" in s]
        if engine.dialect.name == "sqlite":
            plans = [
                " ".join(
                    str(row) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", p)
                )
                for s, p in asked
            ]
            assert "ix_contact_point_key" in plans[0]
            assert "ix_customer_core_name" in plans[1]
            assert all("SCAN customer" not in plan and "SCAN contact_point" not in plan for plan in plans)
