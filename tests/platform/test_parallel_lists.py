"""A hundred lists at once from one web process: nobody is shown a row, chip or word of anybody else."""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from app.customers.operations import create_customer
from app.org.models import Person
from app.platform.saved_views import SavedView
from tests.conftest import BACKENDS
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.desk import names_in
from tests.people import acting, as_system, person_id
from tests.web_processes import Answer, Office, Visitor, office

MARKS = {
    f"sale{number}": mark for number, mark in enumerate(("琥珀", "翡翠", "珊瑚", "玛瑙", "琉璃", "珍珠"))
}
"""A word of each salesperson's own: in all their rows, views, filters and searches, and nowhere else."""
ROWS, REQUESTS = 9, 100


@dataclass(frozen=True)
class Asked:
    """One request: who asks for what, which rows must come, in order, and what the page must say."""

    login: str
    address: str
    names: Sequence[str]
    shown: str


@pytest.fixture(scope="module", params=BACKENDS)
def busy(
    request: pytest.FixtureRequest,
    databases: dict[str, SqliteDatabases | PostgresDatabases],
    the_app: Flask,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("busy")
    with office(request.param, databases, the_app, home, processes=1) as running:
        for login, mark in MARKS.items():
            _hire(running.app, login)
            _work(running.app, login, mark)
        yield running


def _hire(app: Flask, login: str) -> None:
    """One more salesperson with the department, role and password of the first."""
    with as_system(app) as session:
        like = session.get_one(Person, person_id(session, "xiaoshou1"))
        person = Person(
            username=login, first_name=login, last_name="", email=f"{login}@agency.invalid", active=True
        )
        person.password, person.must_change_password = like.password, False
        person.department_id, person.roles = like.department_id, list(like.roles)
        session.add(person)


def _work(app: Flask, login: str, mark: str) -> None:
    with acting(app, login) as session:
        for number in range(ROWS):
            create_customer(
                session,
                name=name_of(mark, number),
                contacts=[("王", "wechat", f"{login}_{number}", False)],
                introducer=f"{mark}{'甲' if number % 2 else '乙'}",
            )
        view = SavedView(entity="prospect", person_id=person_id(session, login), name=f"{mark}视图")
        view.query = urlencode({"tab": "all", "introducer__has": f"{mark}甲", "sort": "-name"})
        session.add(view)


def name_of(mark: str, number: int) -> str:
    return f"{mark}{number}号"


def asked_by(app: Flask, login: str, mark: str) -> list[Asked]:
    """Different wishes of one person, answered from what they are known to own."""
    own = [name_of(mark, number) for number in range(ROWS)]
    odd = own[1::2]
    with acting(app, login) as session:
        owner = person_id(session, login)
        view = session.scalars(select(SavedView.id).where(SavedView.person_id == owner)).one()
    by_view = {"view": view, "tab": "all", "introducer__has": f"{mark}甲", "sort": "-name"}
    wishes = [
        ({"sort": "name"}, own, f"{mark}视图"),
        ({"introducer__has": f"{mark}甲", "sort": "name"}, odd, f"{mark}甲"),
        ({"introducer__is": f"{mark}乙", "sort": "-name"}, own[0::2][::-1], f"{mark}乙"),
        ({"q": f"{mark}4"}, own[4:5], f'value="{mark}4"'),
        ({"q": mark, "sort": "-name", "tab": "mine"}, own[::-1], f'value="{mark}"'),
        (by_view, odd[::-1], f"{mark}视图"),
    ]
    return [Asked(login, f"/prospect/?{urlencode(args)}", names, shown) for args, names, shown in wishes]


def faults_of(asked: Asked, answer: Answer) -> list[str]:
    """Everything about the answer that is not this person's own."""
    others = [mark for login, mark in MARKS.items() if login != asked.login and mark in answer.text]
    found = [f"{asked.login} was shown {mark}" for mark in others]
    if (answer.status, names_in(answer.text)) != (200, list(asked.names)):
        found.append(f"{asked}: {answer.status} {names_in(answer.text)}")
    if asked.shown not in answer.text:
        found.append(f"{asked}: {asked.shown} is missing")
    return found


def test_a_hundred_lists_at_once_show_everybody_their_own_and_nothing_else(busy: Office) -> None:
    visitors = {login: busy.visitor(login) for login in MARKS}
    wishes = [asked for login, mark in MARKS.items() for asked in asked_by(busy.app, login, mark)]
    dice = random.Random(7)
    crowd = [dice.choice(wishes) for _ in range(REQUESTS)]
    start = threading.Barrier(REQUESTS)

    def ask(asked: Asked) -> Answer:
        visitor: Visitor = copy.copy(visitors[asked.login])
        start.wait(60)
        return visitor.get(asked.address)

    with ThreadPoolExecutor(REQUESTS) as pool:
        answers = list(pool.map(ask, crowd))
    faults = [
        fault for asked, answer in zip(crowd, answers, strict=True) for fault in faults_of(asked, answer)
    ]
    assert not faults, "\n".join(faults[:10])
    _refuses_answers_of_others(crowd, answers)


def _refuses_answers_of_others(crowd: Sequence[Asked], answers: Sequence[Answer]) -> None:
    """The comparison would have noticed: no answer passes for another wish, not even of the same person."""
    for asked in crowd:
        for other, answer in zip(crowd, answers, strict=True):
            if other != asked:
                assert faults_of(asked, answer), f"{other.address} would pass for {asked.address}"
