"""Logging in and out: who is let in, for how long, and how somebody is put out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.org import login_limits
from app.org.identity import end_logins
from app.org.models import LoginAttempt, LoginSession, Person
from app.org.passwords import faults_of
from app.org.roles import sync_roles
from app.platform import clock
from app.platform.audit import AuditEntry
from tests.people import as_system, demo_password, log_in, person_id, token_in

PAGE = "/account/sessions"


def attempt(client: FlaskClient, login: str, password: str, **more: str) -> int:
    page = client.get("/login/")
    data = {"username": login, "password": password, "csrf_token": token_in(page.text), **more}
    return client.post("/login/", data=data).status_code


def test_five_bad_passwords_lock_even_the_right_one_for_a_quarter_of_an_hour(app: Flask) -> None:
    client = app.test_client()
    for _try in range(5):
        assert attempt(client, "caiwu", "wrong password") == 401
    assert attempt(client, "caiwu", demo_password(app)) == 401
    with clock.standing_at(clock.now() + timedelta(minutes=16)):
        assert attempt(client, "caiwu", demo_password(app)) == 302


def attempt_from(app: Flask, address: str, login: str, password: str) -> int:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return attempt(client, login, password)


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer tries, since each is slow on purpose."""
    monkeypatch.setattr(login_limits, "PER_ACCOUNT", 3)
    monkeypatch.setattr(login_limits, "PER_ADDRESS", 4)


@pytest.mark.usefixtures("tight")
def test_guessing_an_account_from_many_places_stops_but_not_the_colleague_at_their_desk(app: Flask) -> None:
    assert attempt_from(app, "10.0.0.7", "caiwu", demo_password(app)) == 302
    for number in range(3):
        assert attempt_from(app, f"203.0.113.{number}", "caiwu", "wrong password") == 401
    assert attempt_from(app, "203.0.113.9", "caiwu", demo_password(app)) == 401, "right, but too many tried"
    assert attempt_from(app, "203.0.113.9", "kuaiji", demo_password(app)) == 302, "another account is free"
    assert attempt_from(app, "10.0.0.7", "caiwu", demo_password(app)) == 302, "where they work they get in"
    with clock.standing_at(clock.now() + timedelta(minutes=61)):
        assert attempt_from(app, "203.0.113.9", "caiwu", demo_password(app)) == 302


@pytest.mark.usefixtures("tight")
def test_one_password_tried_on_everybody_stops_and_the_office_goes_on(app: Flask) -> None:
    assert attempt_from(app, "2001:db8:1:2::7", "caiwu", demo_password(app)) == 302
    for number, login in enumerate(("kuaiji", "nobody", "laoban", "waiqin")):
        assert attempt_from(app, f"2001:db8:1:2::{number}", login, "wrong password") == 401
    assert attempt_from(app, "2001:db8:1:2::9", "kuaiji", demo_password(app)) == 401, (
        "the network is one line"
    )
    assert attempt_from(app, "2001:db8:1:2::7", "caiwu", demo_password(app)) == 302, "seen here before"
    assert attempt_from(app, "2001:db8:1:3::9", "kuaiji", demo_password(app)) == 302, "another line"
    with clock.standing_at(clock.now() + timedelta(minutes=16)):
        assert attempt_from(app, "2001:db8:1:2::9", "kuaiji", demo_password(app)) == 302


def test_wrong_passwords_at_the_same_moment_are_all_counted(app: Flask) -> None:
    def wrong(_number: int) -> int:
        return attempt_from(app, "203.0.113.1", "caiwu", "wrong password")

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(wrong, range(4))) == {401}
    with as_system(app) as session:
        counted = session.execute(select(LoginAttempt.login, LoginAttempt.failures)).tuples()
        assert set(counted) == {("caiwu", 4), (login_limits.ANY, 4)}


def test_an_unknown_account_is_told_the_same_as_a_wrong_password(app: Flask) -> None:
    client = app.test_client()
    known, unknown = (
        client.post(
            "/login/",
            data={"username": login, "password": "x", "csrf_token": token_in(client.get("/login/").text)},
        )
        for login in ("caiwu", "nobody")
    )
    for answer in (known, unknown):
        assert answer.status_code == 401 and "账号或密码不对，还可以再试 4 次" in answer.text


def test_a_cookie_is_worth_nothing_after_log_out(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "caiwu")
    stolen = client.get_cookie("zhangfang")
    assert stolen is not None
    client.post("/logout/", data={"csrf_token": token_in(client.get(PAGE).text)})
    client.set_cookie("zhangfang", stolen.value)
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize("wait", [timedelta(hours=8), timedelta(days=7)])
def test_a_log_in_ends_by_itself(app: Flask, wait: timedelta) -> None:
    client = app.test_client()
    log_in(app, client, "caiwu")
    assert client.get(PAGE).status_code == 200
    with clock.standing_at(clock.now() + wait + timedelta(seconds=1)):
        assert client.get(PAGE).status_code == 302


def test_an_administrator_puts_somebody_out_at_their_next_click(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "caiwu")
    with as_system(app) as session:
        end_logins(session, person_id=person_id(session, "caiwu"), reason="forced")
    assert client.get(PAGE).status_code == 302


def test_closing_an_account_ends_its_log_ins(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "caiwu")
    with as_system(app) as session:
        session.get_one(Person, person_id(session, "caiwu")).active = False
    assert client.get(PAGE).status_code == 302


def test_a_changed_role_is_in_force_at_the_next_click(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "caiwu")
    assert client.get("/receipt/").status_code == 200
    with as_system(app) as session:
        role = session.scalars(select(Role).where(Role.name == "cashier")).one()
        role.permissions = [p for p in role.permissions if p.view_menu.name != "receipt"]
    assert client.get("/receipt/").status_code == 403
    with as_system(app) as session:
        sync_roles(session)
    assert client.get("/receipt/").status_code == 403, "sync must not give back what was taken away"


def test_a_given_password_must_be_changed_first(app: Flask) -> None:
    client = app.test_client()
    with as_system(app) as session:
        session.get_one(Person, person_id(session, "kuaiji")).must_change_password = True
    log_in(app, client, "kuaiji")
    assert client.get("/reminder/").headers["Location"] == "/account/password"
    page = client.get("/account/password")
    old = demo_password(app)
    weak = {"csrf_token": token_in(page.text), "old": old, "new": "short", "again": "short"}
    assert client.post("/account/password", data=weak).status_code == 422
    good = {**weak, "new": "杭州西湖 2026 plum", "again": "杭州西湖 2026 plum"}
    assert client.post("/account/password", data=good).status_code == 302
    assert attempt(client, "kuaiji", old) == 401
    assert attempt(client, "kuaiji", "杭州西湖 2026 plum") == 302
    assert client.get("/reminder/").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/x",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_log_in_leads_to_no_foreign_site(app: Flask, target: str) -> None:
    client = app.test_client()
    page = client.get("/login/")
    answer = client.post(
        "/login/",
        data={
            "username": "caiwu",
            "password": demo_password(app),
            "csrf_token": token_in(page.text),
            "next": target,
        },
    )
    assert answer.headers["Location"] == "/"


def test_log_ins_and_refusals_stand_in_the_audit_trail(app: Flask) -> None:
    client = app.test_client()
    attempt(client, "caiwu", "wrong password")
    log_in(app, client, "caiwu")
    with as_system(app) as session:
        deeds = list(session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("login%"))))
        assert deeds == ["login refused", "login"]
        assert (
            session.scalars(select(LoginSession.token_digest)).one() != client.get_cookie("zhangfang").value
        )


@pytest.mark.parametrize("password", ["kurz", "password1234", "aaaaaaaaaaaaaa", "caiwu-caiwu-2026"])
def test_an_easy_password_is_refused(password: str) -> None:
    assert faults_of(password, login="caiwu", shortest=12)
