"""Search by a fragment: what LIKE finds, by an index when it is rare, and always as the rows are now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from app.customers.entity import CUSTOMER, PROSPECT_LIST
from app.customers.models import ContactPoint, Customer
from app.customers.operations import create_customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.delivery.entity import WORK_ITEM
from app.org.models import Participation
from app.platform import clock, fragment_search
from app.platform.database import engines
from app.platform.fragment_indexes import disagreements, indexed, is_as_declared, lay_down, proposed
from app.platform.fragment_search import candidates, escape_like, ways_to
from app.platform.screens import listing
from app.platform.screens.listing import ListRequest, matching, read_page
from tests.people import acting, as_system, identity, person_id

NAMES = [
    "深圳市华盛科技有限公司",
    "麒麟贸易",
    "ABC Trading 100%",
    "a_b有限公司",
    "２０２４全角公司",
    "Ünal Österreich",
    "😀笑脸公司",
    "店",
    "C:\\账",
    "KH2024 咨询",
]


def insert_customers(session: Session, names: list[str], owner: str = "xiaoshou1") -> list[int]:
    """Rows as an import in sets writes them: one statement, no ORM."""
    who, now = person_id(session, owner), clock.now()
    first = 1 + (session.connection().scalar(select(Customer.__table__.c.id).order_by(text("id DESC"))) or 0)
    ids = list(range(first, first + len(names)))
    rows = [
        {"id": pk, "name": name, "stage": "prospect", "owner_id": who, "created_at": now, "version": 1}
        for pk, name in zip(ids, names, strict=True)
    ]
    connection = session.connection()
    connection.execute(insert(Customer.__table__), rows)
    taking_part = [{"customer_id": pk, "person_id": who, "reason": "owner"} for pk in ids]
    connection.execute(insert(Participation.__table__), taking_part)
    return ids


def found(session: Session, who: Any, words: str, entity: Any = PROSPECT_LIST) -> set[int]:
    return {row.id for row in read_page(session, ListRequest(entity, query=words, rows=100), who).rows}


def like(session: Session, words: str) -> set[int]:
    pattern = f"{'' if len(words) == 1 else '%'}{escape_like(words)}%"
    fits = or_(Customer.name.ilike(pattern, escape="\\"), Customer.number.ilike(pattern, escape="\\"))
    return set(session.scalars(select(Customer.id).where(fits)))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("华盛", {"深圳市华盛科技有限公司"}),
        ("圳市华盛科", {"深圳市华盛科技有限公司"}),
        ("华科", set()),
        ("麒", {"麒麟贸易"}),
        ("麟", set()),
        ("店", {"店"}),
        ("abc", {"ABC Trading 100%"}),
        ("0%", {"ABC Trading 100%"}),
        ("%", set()),
        ("_b", {"a_b有限公司"}),
        ("A_B有", {"a_b有限公司"}),
        ("２４", {"２０２４全角公司"}),
        ("24", {"KH2024 咨询"}),
        ("4 咨", {"KH2024 咨询"}),
        ("ÖSTER", {"Ünal Österreich"}),
        ("😀笑", {"😀笑脸公司"}),
        (":\\账", {"C:\\账"}),
    ],
)
def test_fragments_find_what_holds_them(app: Flask, words: str, names: set[str]) -> None:
    if words == "ÖSTER" and app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        words = "Öster"  # SQLite knows capitals of plain letters only
    who = identity(app, "laoban")
    with as_system(app) as session:
        insert_customers(session, NAMES)
    with acting(app, "laoban") as session, app.test_request_context():
        assert {session.get_one(Customer, pk).name for pk in found(session, who, words)} == names


_SIGNS = st.sampled_from("公司市深a1B%_\\ Öß😀２é.-")


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.text(_SIGNS, min_size=1, max_size=12), min_size=1, max_size=12),
    words=st.text(_SIGNS, min_size=1, max_size=6).map(str.strip).filter(bool),
)
def test_a_search_finds_what_like_finds(app: Flask, names: list[str], words: str) -> None:
    who = identity(app, "laoban")
    with acting(app, "laoban") as session, app.test_request_context():
        insert_customers(session, names)
        assert found(session, who, words) == like(session, words)
        session.rollback()


def agrees(app: Flask) -> bool:
    """Whether each index has the rows' grams, and those alone."""
    with app.app_context(), engines().writer.begin() as connection:
        for index in indexed().values():
            assert is_as_declared(connection, index), index
            assert disagreements(connection, index, sample=100_000) == 0, index
            if connection.dialect.name == "sqlite":
                assert _kept(connection, index) == _computed(connection, index), index
    return True


def _kept(connection: Any, index: Any) -> set[tuple[str, int]]:
    connection.execute(text(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, {index.name}, instance)"))
    kept = set(connection.execute(text("SELECT term, doc FROM temp.words")).tuples())
    connection.execute(text("DROP TABLE temp.words"))
    return kept


def _computed(connection: Any, index: Any) -> set[tuple[str, int]]:
    from app.platform.fragment_indexes import _tokens

    rows = connection.execute(text(f"SELECT id, {_tokens(index, index.table)} FROM {index.table}")).tuples()
    return {(token, row_id) for row_id, tokens in rows for token in tokens.lower().split()}


def by_flush(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        row = create_customer(session, name="甲公司", contacts=[("王", "mobile", "13811112222", False)])
        row.name = "乙公司"
        session.flush()
        row.contact_points[0].key = "mobile:13811113333"


def by_bulk_update(app: Flask) -> None:
    with as_system(app) as session:
        insert_customers(session, NAMES)
        session.execute(update(Customer).values(name=Customer.name + "（改）"))


def by_another_id(app: Flask) -> None:
    with as_system(app) as session:
        (pk,) = insert_customers(session, ["换号公司"])
        session.connection().execute(
            update(Customer.__table__).where(Customer.__table__.c.id == pk).values(id=pk + 1000)
        )


def by_delete(app: Flask) -> None:
    by_flush(app)
    with as_system(app) as session:
        insert_customers(session, NAMES)
        session.execute(delete(Customer).where(Customer.name.like("%公司")))


def by_rollback(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), as_system(app) as session:
        insert_customers(session, ["没有了公司"])
        raise ZeroDivisionError


@pytest.mark.parametrize("write", [by_flush, by_bulk_update, by_another_id, by_delete, by_rollback])
def test_every_way_of_writing_keeps_the_index(app: Flask, write: Callable[[Flask], None]) -> None:
    write(app)
    assert agrees(app)


def test_demo_data_is_found_at_once(app: Flask, command: Callable[..., Result]) -> None:
    done = command("demo", "--customers", "40")
    assert done.exit_code == 0, done.output
    assert agrees(app)


def test_rebuilding_mends_what_was_broken(app: Flask, command: Callable[..., Result]) -> None:
    by_flush(app)
    with app.app_context(), engines().writer.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER fragment_customer_insert"))
        else:
            connection.execute(text("DROP INDEX fragment_customer"))
    by_bulk_update(app)
    assert "FAIL search" in command("doctor").output
    done = command("search", "rebuild")
    assert done.exit_code == 0 and "customer: 100 %" in done.stderr
    assert "ok   search" in command("doctor").output
    assert agrees(app)
    assert command("search", "rebuild", "nothing").exit_code == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_table_made_anew_by_a_migration_gets_its_triggers_back(app: Flask) -> None:
    with app.app_context(), engines().writer.begin() as connection:
        connection.execute(text("DROP TRIGGER fragment_customer_update"))
        lay_down(connection)
    assert agrees(app)


def statement_of(session: Session, who: Any, words: str, entity: Any = PROSPECT_LIST) -> str:
    statement = matching(ListRequest(entity, query=words), who, session).order_by(Customer.name).limit(51)
    return str(statement.compile(session.connection()))


def by_ids(statement: str) -> bool:
    return "json_each" in statement or "unnest" in statement


def test_a_rare_fragment_goes_by_the_index_and_a_common_one_walks(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragment_search, "MOST_PROPOSED", 5)
    who = identity(app, "laoban")
    with as_system(app) as session:
        insert_customers(session, [f"第{number}家有限公司" for number in range(200)] + ["麒麟贸易"])
        if session.connection().dialect.name == "postgresql":
            session.connection().execute(text("ANALYZE customer"))
    with acting(app, "laoban") as session, app.test_request_context():
        assert by_ids(statement_of(session, who, "麒麟"))
        assert not by_ids(statement_of(session, who, "公司"))
        page = read_page(session, ListRequest(PROSPECT_LIST, query="公司", rows=25), who)
        assert (len(page.rows), page.count, page.capped) == (25, 200, True)
        page = read_page(session, ListRequest(PROSPECT_LIST, query="麒麟", rows=25), who)
        assert (len(page.rows), page.count, page.capped) == (1, 1, False)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_reaches_rare_rows_by_their_ids_and_walks_the_index_of_the_sort(app: Flask) -> None:
    who = identity(app, "laoban")
    with acting(app, "laoban") as session, app.test_request_context():
        rare = matching(ListRequest(PROSPECT_LIST, query="麒麟"), who, session).order_by(Customer.name)
        plan = _plan(session, rare.with_only_columns(Customer.id))
        assert "SCAN proposed" in plan and "SEARCH customer USING INTEGER PRIMARY KEY" in plan
        for sort in ("name", "-name", "next_contact_on", "-last_contact_at", "-created_at", "-id"):
            request = ListRequest(PROSPECT_LIST, sort=sort)
            order = listing._Order.of(request, backwards=False)
            for stretch in order.stretches(matching(request, who), None):
                plan = _plan(session, stretch.with_only_columns(Customer.id))
                assert "TEMP B-TREE" not in plan and "USING" in plan, (sort, plan)


def _plan(session: Session, statement: Any) -> str:
    compiled = statement.compile(session.connection(), compile_kwargs={"literal_binds": True})
    return "\n".join(row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))


def test_the_row_scope_holds_for_what_the_index_proposes(app: Flask) -> None:
    with as_system(app) as session:
        mine = insert_customers(session, ["麒麟甲"])
        theirs = insert_customers(session, ["麒麟乙"], owner="xiaoshou2")
    for login, visible in {
        "xiaoshou1": {*mine},
        "xiaoshou2": {*theirs},
        "laoban": {*mine, *theirs},
        "kuaiji": set(),
    }.items():
        who = identity(app, login)
        with acting(app, login) as session, app.test_request_context():
            assert found(session, who, "麒麟") == visible, login
            choices = matching(ListRequest(CUSTOMER, query="麒麟"), who, session)
            assert {row.id for row in session.scalars(choices)} == visible, login


def test_a_part_of_a_number_finds_only_where_the_number_shows_whole(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        pk = create_customer(session, name="甲方", contacts=[("王", "mobile", "13800138000", False)]).id
    seen = {}
    for login in ("xiaoshou1", "xszhuguan", "xiaoshou2", "xingzheng"):
        who = identity(app, login)
        with acting(app, login) as session, app.test_request_context():
            seen[login] = [
                bool(found(session, who, w, CUSTOMER)) for w in ("013", "138-0013", "０１３８", "38")
            ]
    assert seen == {
        "xiaoshou1": [True, True, True, False],
        "xszhuguan": [True, True, True, False],
        "xiaoshou2": [False] * 4,
        "xingzheng": [False] * 4,
    }
    with acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, pk, "give_up", data={"reason": "no_budget", "note": "太贵"})
    with acting(app, "xiaoshou1") as session, app.test_request_context():
        assert not found(session, identity(app, "xiaoshou1"), "013", CUSTOMER)


def test_a_list_is_found_by_the_name_of_its_customer(app: Flask) -> None:
    """The text stands in another table with an index of its own; where that proposes nothing, none is."""
    who = identity(app, "laoban")
    with acting(app, "laoban") as session, app.test_request_context():
        assert candidates(session, ways_to(WORK_ITEM, "麒麟", who)) == []
        assert candidates(session, ways_to(WORK_ITEM, "注册", who)) is None


def test_what_is_not_searchable_for_the_person_finds_nothing(app: Flask) -> None:
    from dataclasses import replace

    who = identity(app, "laoban")
    fields = tuple(replace(field, searchable=field.name == "number") for field in PROSPECT_LIST.fields)
    shaped = replace(PROSPECT_LIST, fields=fields)
    with as_system(app) as session:
        insert_customers(session, ["麒麟甲"])
    with acting(app, "laoban") as session, app.test_request_context():
        assert found(session, who, "麒麟") and not found(session, who, "麒麟", shaped)
        index = indexed()["customer"]
        assert proposed(session.connection(), index, "麒麟", 10)


def test_contact_points_are_indexed_too(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="甲方", contacts=[("王", "mobile", "13800138000", False)])
        assert proposed(session.connection(), indexed()["contact_point"], "13800138000", 5) is not None
        session.execute(delete(ContactPoint))
        assert proposed(session.connection(), indexed()["contact_point"], "13800138000", 5) == []
