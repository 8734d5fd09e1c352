"""What every answer carries, and what happens when something is wrong with a request."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_appbuilder import BaseView, expose

from app.platform.screens.guard import refuse_undeclared_routes
from tests.people import log_in, token_in


def test_every_page_carries_the_headers_that_keep_strangers_out(app: Flask) -> None:
    client = app.test_client()
    for address in ("/login/", "/", "/no/such/page", "/healthz"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-Id"]


def test_no_template_holds_an_inline_script_style_or_handler(app: Flask) -> None:
    import re
    from pathlib import Path

    bad = re.compile(r"<script(?![^>]*src=)|\sstyle=|\son(click|change|submit|load|input)=|javascript:", re.I)
    for path in Path(app.root_path, "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert not bad.search(text), path.name


def test_a_post_without_token_changes_nothing_and_says_so_in_words(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "admin")
    answer = client.post("/person/1/end-logins")
    assert answer.status_code == 400
    assert "页面放太久了" in answer.text
    assert client.get("/account/sessions").status_code == 200


@pytest.mark.parametrize(
    ("address", "status", "word"),
    [
        ("/person/999999", 404, "没有这条记录"),
        ("/no/such/page", 404, "没有这条记录"),
        ("/person/?sort=password", 422, "不能按"),
        ("/person/?password__has=a", 422, "不能按"),
        ("/person/?after=%%%", 422, "地址不完整"),
        ("/audit/?at__from=yesterday", 422, "不适合筛选"),
        ("/audit/?row_id__from=abc", 422, "不适合筛选"),
        ("/audit/?at__from=2026-04", 422, "不适合筛选"),
        ("/audit/?at__has=1", 422, "不能按"),
        ("/audit/?after=WyJ0IiwiMjAyNi0wMS0wMSIsMV0", 422, "地址不完整"),
        ("/person/99999999999999999999", 404, "没有这条记录"),
        ("/role/1?with=99999999999999999999", 404, "没有这条记录"),
        ("/person/?q=%00", 400, "存不了的字符"),
    ],
)
def test_a_bad_request_is_answered_in_words(app: Flask, address: str, status: int, word: str) -> None:
    client = app.test_client()
    log_in(app, client, "admin")
    answer = client.get(address)
    assert answer.status_code == status
    assert word in answer.text
    assert "Traceback" not in answer.text


def test_a_foreign_host_is_refused_without_a_page(app: Flask) -> None:
    before = app.config["TRUSTED_HOSTS"]
    app.config["TRUSTED_HOSTS"] = ["books.example"]
    try:
        answer = app.test_client().get("/login/", headers={"Host": "evil.example"})
        assert (answer.status_code, answer.text) == (400, "Bad request\n")
    finally:
        app.config["TRUSTED_HOSTS"] = before


def test_a_program_error_shows_a_number_and_no_trace(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "admin")
    whole = app.view_functions["person.index"]

    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    broken._access = "can_list"  # type: ignore[attr-defined]
    app.view_functions["person.index"] = broken
    try:
        answer = client.get("/person/")
        assert answer.status_code == 500
        assert "secret detail" not in answer.text and answer.headers["X-Request-Id"] in answer.text
    finally:
        app.view_functions["person.index"] = whole


def test_the_program_does_not_start_with_an_address_that_declares_no_access() -> None:
    bare = Flask("bare")

    class Forgotten(BaseView):
        route_base = "/forgotten"

        @expose("/")
        def index(self) -> str:
            return ""

    bare.add_url_rule("/forgotten", "forgotten.index", Forgotten.index)
    with pytest.raises(RuntimeError, match="/forgotten"):
        refuse_undeclared_routes(bare)


def test_the_language_is_chosen_and_remembered(app: Flask) -> None:
    client = app.test_client()
    assert "登录" in client.get("/login/").text
    client.post("/locale", data={"locale": "en", "csrf_token": token_in(client.get("/login/").text)})
    assert "Log in" in client.get("/login/").text
