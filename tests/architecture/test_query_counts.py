"""How many statements a page costs: fixed, and independent of how many rows it shows (spec 7-quality)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.customers.operations import create_customer
from app.platform.database import Engines
from app.platform.entity import entities
from tests.people import acting, log_in
from tests.world import make_world, sell

MOST = {"index": 10, "show": 15, "add": 8, "edit": 8}
READERS = ("laoban", "admin", "xiaoshou1")


@contextmanager
def counting(engines: Engines) -> Iterator[list[str]]:
    """Collects every statement inside the block; transactions begin and end for free."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            statements.append(statement)

    for engine in {engines.reader, engines.writer}:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in {engines.reader, engines.writer}:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("login", READERS)
def test_no_generated_page_costs_more_statements_than_agreed(app: Flask, login: str) -> None:
    make_world(app)
    client = app.test_client()
    log_in(app, client, login)
    client.get("/account/sessions")
    over: list[str] = []
    for name, entity in entities().items():
        pk = _any_id(app, login, entity.model)
        for page, most in MOST.items():
            endpoint = f"{name}.{page}"
            if endpoint not in app.view_functions or (page in ("show", "edit") and pk is None):
                continue
            arguments = {"pk": pk} if page in ("show", "edit") else {}
            address = app.url_map.bind("localhost").build(endpoint, arguments)
            with counting(app.extensions["engines"]) as statements:
                answer = client.get(address)
            assert answer.status_code in (200, 302, 403, 404), address
            if len(statements) > most:
                listed = "\n    ".join(" ".join(s.split())[:160] for s in statements)
                over.append(f"{address}: {len(statements)} statements, {most} agreed\n    {listed}")
    assert not over, "\n".join(over)


def _any_id(app: Flask, login: str, model: type) -> int | None:
    with acting(app, login) as session:
        return session.scalars(select(model.id).limit(1)).first()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_column_there_is_costs_no_statement_per_row(app: Flask) -> None:
    """A person may choose any columns; none of them may ask the database row by row."""
    make_world(app)
    client = app.test_client()
    log_in(app, client, "laoban")
    costs: list[dict[str, int]] = []
    for _round in range(2):
        found: dict[str, int] = {}
        for name, entity in entities().items():
            address = f"/{name}/?rows=100&cols={','.join(field.name for field in entity.columns)}"
            if f"{name}.index" not in app.view_functions:
                continue
            client.get(address)
            with counting(app.extensions["engines"]) as statements:
                answer = client.get(address)
            assert answer.status_code in (200, 302, 403), address
            found[name] = len(statements)
        costs.append(found)
        if len(costs) == 1:
            _more(app)
            for number, mark in enumerate(("丙方", "丁方")):
                sell(app, "xiaoshou1", mark=mark, phone=f"1350000000{number}")
    assert {name for name in costs[0] if costs[1][name] > costs[0][name]} == set()
    assert {name: count for name, count in costs[1].items() if count > MOST["index"] + 4} == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_longer_list_costs_no_more_statements(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "laoban")
    make_world(app)
    # What a process remembers (parameters, words, shapes, people) is read once, by whoever comes first.
    client.get("/prospect/")
    costs = []
    for _round in range(2):
        if costs:
            _more(app)
        with counting(app.extensions["engines"]) as statements:
            assert client.get("/prospect/").status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1]


def _more(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        for number in range(20):
            create_customer(
                session,
                name=f"第{number}家",
                contacts=[("王", "mobile", f"1370000{number:04d}", False)],
            )
