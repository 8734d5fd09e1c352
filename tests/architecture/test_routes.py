"""Every address × every preset role × own, foreign and absent row: no leak, no program error.

The walk asks the program itself which addresses there are, so a new screen is walked without a new test.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app.org.demo_staff import STAFF
from app.platform.access import Scoped
from app.platform.database import db
from app.platform.entity import entities
from app.platform.screens.guard import OPEN_ENDPOINTS, access_of
from tests.people import acting, log_in, token_in
from tests.world import MARK, PHONE, make_world

ABSENT = 987_654_321
ROLES = {role: login for login, _name, role, *_ in STAFF if login != "xiaoshou2"}
# Ends the walker's own log-in, so it is walked last and apart.
ENDINGS = frozenset({"login.logout", "account.password", "account.end"})


def rules(app: Flask) -> list[Rule]:
    return [
        r for r in app.url_map.iter_rules() if r.endpoint not in OPEN_ENDPOINTS and r.endpoint not in ENDINGS
    ]


def model_of(rule: Rule) -> type[Scoped] | None:
    """The scoped model whose key the address carries."""
    entity = entities().get(rule.endpoint.partition(".")[0])
    if entity is None or "pk" not in rule.arguments or not issubclass(entity.model, Scoped):
        return None
    return entity.model


@pytest.fixture
def world(app: Flask) -> Flask:
    make_world(app)
    return app


def ids_in_sight(app: Flask, login: str) -> dict[type[Scoped], set[int]]:
    """Which rows this person sees, by the session's own word."""
    models = {m.class_ for m in db.Model.registry.mappers if issubclass(m.class_, Scoped)}
    with acting(app, login) as session:
        return {model: set(session.scalars(select(model.id))) for model in models}


def all_ids(app: Flask) -> dict[type[Scoped], set[int]]:
    seen = [ids_in_sight(app, login) for login in ("xiaoshou1", "xiaoshou2", "laoban", "caiwu")]
    return {model: set().union(*(s[model] for s in seen)) for model in seen[0]}


def addresses(app: Flask, rule: Rule, pk: int) -> Iterator[str]:
    """The address with this key; every other argument gets a word that exists, and one that does not."""
    words: dict[str, list[str]] = {"name": ["assign", "nonsense"], "kind": ["xlsx"], "entity": ["customer"]}
    others = [a for a in rule.arguments if a != "pk"]
    values = words.get(others[0], ["1"]) if others else [""]
    if rule.endpoint.partition(".")[0] in entities() and others == ["name"]:
        lifecycle = entities()[rule.endpoint.partition(".")[0]].lifecycle
        values = [*(lifecycle.transitions if lifecycle else ()), "nonsense"]
    adapter = app.url_map.bind("localhost")
    for value in values:
        arguments = {a: (pk if a == "pk" else 1 if "int" in str(rule) else value) for a in rule.arguments}
        if others:
            arguments[others[0]] = value
        try:
            yield adapter.build(rule.endpoint, arguments, method="GET" if "GET" in rule.methods else "POST")
        except Exception:
            yield adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, pk))


@pytest.mark.parametrize("role", ROLES)
def test_no_address_leaks_or_breaks(world: Flask, role: str) -> None:
    login = ROLES[role]
    client = world.test_client()
    log_in(world, client, login)
    token = token_in(client.get("/account/password").text)
    sight, every = ids_in_sight(world, login), all_ids(world)
    faults: list[str] = []
    for rule in rules(world):
        model = model_of(rule)
        own = sorted(sight[model])[:1] if model else [1]
        foreign = sorted(every[model] - sight[model])[:1] if model else []
        for pk in own:
            faults += _visit(world, client, rule, pk, token, login, may_exist=True)
        answers = [
            _statuses(world, client, rule, pk, token) for pk in (*foreign, ABSENT) if "pk" in rule.arguments
        ]
        if len(answers) == 2 and answers[0] != answers[1]:
            faults.append(f"{rule}: foreign answers {answers[0]}, absent {answers[1]}")
        if model and any(status < 400 and status not in (302,) for a in answers for status in a):
            faults.append(f"{rule}: a row out of sight was answered {answers}")
        for pk in foreign:
            faults += _visit(world, client, rule, pk, token, login, may_exist=False)
    assert not faults, "\n".join(faults)


def _statuses(app: Flask, client: FlaskClient, rule: Rule, pk: int, token: str) -> list[int]:
    return [
        client.open(address, method=method, data=_form(method, token)).status_code
        for address in addresses(app, rule, pk)
        for method in sorted(rule.methods & {"GET", "POST"})
    ]


def _visit(
    app: Flask, client: FlaskClient, rule: Rule, pk: int, token: str, login: str, *, may_exist: bool
) -> list[str]:
    faults = []
    for address in addresses(app, rule, pk):
        for method in sorted(rule.methods & ({"GET", "POST"} if not may_exist else {"GET"})):
            answer = client.open(address, method=method, data=_form(method, token))
            # Without a dispatcher, as here, /readyz says 503 by right.
            if answer.status_code >= 500 and rule.endpoint != "health.ready":
                faults.append(f"{method} {address}: {answer.status_code}")
            elif login == "xiaoshou1" and (
                MARK["xiaoshou2"] in answer.get_data(as_text=True)
                or PHONE["xiaoshou2"] in answer.get_data(as_text=True)
            ):
                faults.append(f"{method} {address}: shows what belongs to a colleague")
    return faults


def _form(method: str, token: str) -> dict[str, str] | None:
    return {"csrf_token": token} if method == "POST" else None


def test_a_signed_out_visitor_gets_nothing_but_the_log_in(world: Flask) -> None:
    client = world.test_client()
    for rule in rules(world):
        if access_of(world, rule.endpoint) == "public":
            continue
        for address in addresses(world, rule, 1):
            if "GET" in rule.methods:
                answer = client.get(address)
                assert answer.status_code in (302, 403, 404), f"{address}: {answer.status_code}"
                assert answer.status_code != 302 or "/login/" in answer.headers["Location"]
            if "POST" in rule.methods:
                assert client.post(address).status_code in (400, 403), address


def test_a_get_never_writes(world: Flask) -> None:
    """Walks every page as the head of the agency; the reading session has no way to write."""
    client = world.test_client()
    log_in(world, client, "laoban")
    sight = ids_in_sight(world, "laoban")
    for rule in rules(world):
        if "GET" not in rule.methods:
            continue
        model = model_of(rule)
        for pk in sorted(sight[model])[:1] if model else [1]:
            for address in addresses(world, rule, pk):
                with world.app_context():
                    before = _rows(world)
                client.get(address)
                assert _rows(world) == before, address


def _rows(app: Flask) -> int:
    from app.platform.audit import AuditEntry
    from tests.people import as_system

    with as_system(app) as session:
        changes = session.scalars(
            select(AuditEntry.id).where(AuditEntry.action.in_(("insert", "update", "delete")))
        )
        return len(changes.all())
