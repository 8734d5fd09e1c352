"""Every address × every preset role × own, foreign and absent row: no leak, no program error.

The walk asks the program itself which addresses there are, so a new screen is walked without a new test. One
world per database serves all roles, since the walk changes nothing but the audit trail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.org.demo_staff import STAFF
from app.platform.access import Scoped
from app.platform.audit import AuditEntry
from app.platform.database import db
from app.platform.entity import Entity, entities
from app.platform.saved_views import SavedView
from app.platform.screens.guard import OPEN_ENDPOINTS, access_of
from app.reports.definitions import REPORTS
from tests.conftest import BACKENDS, _app_on, _prepare
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.people import acting, as_system, log_in, person_id, token_in
from tests.world import MARK, PHONE, make_world

ABSENT = 987_654_321
ROLES = {role: login for login, _name, role, *_ in STAFF if login != "xiaoshou2"}
# Ends the walker's own log-in, so it is walked last and apart.
ENDINGS = frozenset({"login.logout", "account.password", "account.end"})
READING_POSTS = frozenset({"export", "reveal_field"})
"""Views that take a POST and change nothing but the audit trail: walked on rows of one's own, too."""


def rules(app: Flask) -> list[Rule]:
    return [
        r for r in app.url_map.iter_rules() if r.endpoint not in OPEN_ENDPOINTS and r.endpoint not in ENDINGS
    ]


def entity_of(rule: Rule) -> Entity | None:
    return entities().get(rule.endpoint.partition(".")[0])


def key_of(rule: Rule) -> str:
    """The argument that carries the key of a row somebody may not see; empty when there is none."""
    return next((name for name in ("pk", "view") if name in rule.arguments), "")


def model_of(rule: Rule) -> type[Any] | None:
    """The model whose key the address carries, when its rows belong to somebody."""
    entity = entity_of(rule)
    if entity is None or not key_of(rule):
        return None
    model = SavedView if key_of(rule) == "view" else entity.model
    return model if model is SavedView or issubclass(model, Scoped) else None


@pytest.fixture(scope="module", params=BACKENDS)
def world(
    request: pytest.FixtureRequest,
    databases: dict[str, SqliteDatabases | PostgresDatabases],
    the_app: Flask,
) -> Iterator[Flask]:
    """The program on a database with the customers of two salespeople, and a view of each of them."""
    source = databases[request.param]
    with source.copy(source.template(_prepare(the_app))) as url, _app_on(the_app, url) as app:
        make_world(app)
        with as_system(app) as session:
            for login, mark in MARK.items():
                view = {"entity": "prospect", "person_id": person_id(session, login), "name": f"{mark}视图"}
                session.add(SavedView(**view, query=f"q={mark}"))
        yield app


@dataclass(frozen=True)
class Sight:
    """The keys a person sees, and all there are, by model."""

    own: Mapping[type[Any], set[int]]
    every: Mapping[type[Any], set[int]]

    def of(self, rule: Rule) -> tuple[list[int], list[int]]:
        """One row in sight (1 where rows belong to nobody) and one out of sight, if there are."""
        model = model_of(rule)
        if model is None:
            return [1], []
        return sorted(self.own[model])[:1], sorted(self.every[model] - self.own[model])[:1]


def keys_in_sight(app: Flask, login: str) -> dict[type[Any], set[int]]:
    """Which rows this person sees, by the session's own word; of saved views those they made."""
    models = {m.class_ for m in db.Model.registry.mappers if issubclass(m.class_, Scoped)}
    with acting(app, login) as session:
        found: dict[type[Any], set[int]] = {model: set(session.scalars(select(model.id))) for model in models}
        own = select(SavedView.id).where(SavedView.person_id == person_id(session, login))
        return found | {SavedView: set(session.scalars(own))}


@pytest.fixture(scope="module")
def every(world: Flask) -> Mapping[type[Any], set[int]]:
    seen = [keys_in_sight(world, login) for login in ("xiaoshou1", "xiaoshou2", "laoban", "caiwu")]
    return {model: set().union(*(s[model] for s in seen)) for model in seen[0]}


def addresses(app: Flask, rule: Rule, key: int) -> Iterator[str]:
    """The address with this key; every other argument gets words that exist, and one that does not."""
    adapter = app.url_map.bind("localhost")
    method = "GET" if "GET" in (rule.methods or ()) else "POST"
    names = sorted(rule.arguments)
    for values in product(*(_words(rule, name, key) for name in names)):
        yield adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method=method)


def _words(rule: Rule, name: str, key: int) -> Sequence[Any]:
    if name == key_of(rule):
        return [key]
    if name == "name":
        return [*_names(rule), "nonsense"]
    known: dict[str, Sequence[Any]] = {
        "kind": ["csv", "xlsx", "nonsense"],
        "entity": ["customer"],
        "year": [2026],
        "filename": ["css/base.css"],
    }
    return known.get(name, [1])


def _names(rule: Rule) -> list[str]:
    """Names the address knows: transitions, reports, or fields, of which one of each sort is enough here."""
    entity, view = entity_of(rule), rule.endpoint.partition(".")[2]
    if entity is None:
        return list(REPORTS) if rule.endpoint == "report.run" else []
    if view in ("do", "bulk"):
        return list(entity.lifecycle.transitions) if entity.lifecycle else []
    sorts = (
        [field.name for field in entity.fields if field.filterable],
        [field.name for field in entity.fields if not field.filterable],
        [field.name for field in entity.fields if field.kind == "masked"],
        [name for section in entity.edited_sections for name in section.fields][1:],
    )
    return list(dict.fromkeys(names[0] for names in sorts if names))


@dataclass(frozen=True)
class Walker:
    """One signed-in person going from address to address."""

    app: Flask
    login: str
    client: FlaskClient
    token: str

    def go(self, address: str, method: str, accept: str = "application/json") -> TestResponse:
        """Pages come whole; refusals come as words, without a whole page drawn around each."""
        form = {"csrf_token": self.token} if method == "POST" else None
        return self.client.open(address, method=method, data=form, headers={"Accept": accept})

    def faults_of(self, rule: Rule, address: str, method: str, answer: TestResponse) -> list[str]:
        """What no answer may be."""
        # Without a dispatcher, as here, /readyz says 503 by right.
        if answer.status_code >= 500 and rule.endpoint != "health.ready":
            return [f"{method} {address}: {answer.status_code}"]
        # A CSV is text as well; a workbook is packed, and holds the same rows.
        text = answer.get_data(as_text=False).decode("utf-8", "replace")
        words = (MARK["xiaoshou2"], PHONE["xiaoshou2"])
        if self.login == "xiaoshou1" and any(word in text for word in words):
            return [f"{method} {address}: shows what belongs to a colleague"]
        return []

    def look_at_own(self, rule: Rule, key: int) -> list[str]:
        """Every page about a row in sight, and what is only read by a POST."""
        reading = rule.endpoint.partition(".")[2] in READING_POSTS
        return [
            fault
            for address in addresses(self.app, rule, key)
            for method in sorted((rule.methods or set()) & ({"GET", "POST"} if reading else {"GET"}))
            for fault in self.faults_of(rule, address, method, self.go(address, method))
        ]

    def try_others(self, rule: Rule, key: int) -> tuple[list[int], list[str]]:
        """Everything about a row out of sight: the statuses, and faults."""
        statuses, faults = [], []
        for address in addresses(self.app, rule, key):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = self.go(address, method)
                statuses.append(answer.status_code)
                faults += self.faults_of(rule, address, method, answer)
        return statuses, faults


def walker(app: Flask, login: str) -> Walker:
    client = app.test_client()
    log_in(app, client, login)
    return Walker(app, login, client, token_in(client.get("/account/password").text))


@pytest.mark.parametrize("role", ROLES)
def test_no_address_leaks_or_breaks(world: Flask, every: Mapping[type[Any], set[int]], role: str) -> None:
    person = walker(world, ROLES[role])
    sight = Sight(keys_in_sight(world, person.login), every)
    faults: list[str] = []
    assert person.go(f"/customer/{ABSENT}", "GET", accept="text/html").status_code in (403, 404)
    for rule in rules(world):
        own, foreign = sight.of(rule)
        for key in own:
            faults += person.look_at_own(rule, key)
        if not key_of(rule):
            continue
        absent, found = person.try_others(rule, ABSENT)
        faults += found
        for key in foreign:
            answers, found = person.try_others(rule, key)
            faults += found
            if answers != absent:
                faults.append(f"{rule}: foreign answers {answers}, absent {absent}")
            if any(status < 400 and status != 302 for status in answers):
                faults.append(f"{rule}: a row out of sight was answered {answers}")
    assert not faults, "\n".join(faults)


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


def test_a_get_never_writes(world: Flask, every: Mapping[type[Any], set[int]]) -> None:
    """Walks every page as the head of the agency; the reading session has no way to write."""
    person = walker(world, "laoban")
    sight = Sight(keys_in_sight(world, person.login), every)
    before = _changes(world)
    for rule in rules(world):
        if "GET" not in (rule.methods or ()):
            continue
        for address in (a for key in sight.of(rule)[0] for a in addresses(world, rule, key)):
            person.go(address, "GET")
            after = _changes(world)
            assert after == before, address


def _changes(app: Flask) -> int:
    """How many rows were changed so far, by the audit trail's word."""
    with as_system(app) as session:
        changes = AuditEntry.action.in_(("insert", "update", "delete"))
        return session.scalar(select(func.count(AuditEntry.id)).where(changes)) or 0
