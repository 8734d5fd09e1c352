"""Settings › Configuration file: download, upload, look at the differences, apply."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.configuration.files import applied, changed, exported, parts
from tests.people import log_in, token_in


def upload(client: FlaskClient, content: str | bytes) -> Any:
    data = {
        "file": (io.BytesIO(content if isinstance(content, bytes) else content.encode()), "配置.yaml"),
        "csrf_token": token_in(client.get("/configuration/").text),
    }
    return client.post("/configuration/differences", data=data)


def apply_shown(client: FlaskClient, page: str) -> Any:
    fields = dict(re.findall(r'name="(content|seen)" value="([^"]*)"', page))
    return client.post("/configuration/apply", data={**fields, "csrf_token": token_in(page)})


def test_an_administrator_downloads_compares_and_applies(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "admin")
    assert 'href="/configuration/"' in client.get("/").text
    answer = client.get("/configuration/download")
    assert answer.data.decode() == exported(app) and ".yaml" in answer.headers["Content-Disposition"]

    other = app.test_client()
    log_in(app, other, "xiaoshou1")
    assert other.get("/contract/").status_code == 200

    def change(found: dict[str, Any]) -> None:
        found["pool_rule"]["cooling_days"] = 9
        role = next(one for one in found["roles"] if one["name"] == "salesperson")
        del role["rights"]["contract"]

    shown = upload(client, changed(app, change))
    assert shown.status_code == 200 and parts(app)["pool_rule"]["cooling_days"] == 7
    assert "冷却时间" in shown.text and "应用 3 处改动" in shown.text
    done = apply_shown(client, shown.text)
    assert done.status_code == 302 and parts(app)["pool_rule"]["cooling_days"] == 9
    assert "已应用 3 处改动" in client.get("/configuration/").text
    assert other.get("/contract/").status_code == 403
    assert "文件没有带来任何改动" in upload(client, exported(app)).text


def test_a_faulty_file_is_answered_with_every_fault(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "admin")
    refused = upload(client, "pool_rule: {cooling_days: x}\nweather: '<b>'\n")
    assert refused.status_code == 422
    assert "pool_rule.cooling_days: “x” 不是整数" in refused.text and "weather" in refused.text
    token = token_in(client.get("/configuration/").text)
    for content in ("", "no base64", "AAAA"):
        answer = client.post("/configuration/apply", data={"content": content, "csrf_token": token})
        assert answer.status_code == 422


def test_what_was_not_shown_is_not_applied(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "admin")
    shown = upload(client, changed(app, lambda found: found["pool_rule"].update(cooling_days=9)))
    applied(app, changed(app, lambda found: found["pool_rule"].update(claims_per_day=3)))
    again = apply_shown(client, shown.text)
    assert again.status_code == 409 and "每人每天可领取" in again.text
    assert parts(app)["pool_rule"]["cooling_days"] == 7
    assert apply_shown(client, again.text).status_code == 302
    assert parts(app)["pool_rule"] == {**parts(app)["pool_rule"], "cooling_days": 9, "claims_per_day": 10}


def test_a_file_that_asks_for_another_configuration_is_shown_but_not_offered(
    app: Flask, client: FlaskClient
) -> None:
    log_in(app, client, "admin")
    content = changed(app, lambda found: found["pool_rule"].update(cooling_days=9))
    shown = upload(client, f"based_on: '0123456789abcdef'\n{content}")
    assert shown.status_code == 200 and "冷却时间" in shown.text
    assert "based_on" in shown.text and "处改动" not in shown.text
    assert apply_shown(client, shown.text).status_code == 409
    assert parts(app)["pool_rule"]["cooling_days"] == 7


def test_others_find_the_door_shut(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "laoban")
    page = client.get("/").text
    assert "/configuration/" not in page
    assert client.get("/configuration/").status_code == 403
    assert client.get("/configuration/download").status_code == 403
    for path in ("differences", "apply"):
        answer = client.post(f"/configuration/{path}", data={"csrf_token": token_in(page)})
        assert answer.status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# nothing\n",
        b"a: [unclosed",
        "您好".encode(),
        "pool_rule: {}  # 池".encode("gbk"),
        b"\x89PNG\r\n\x1a\n\0\0",
        b"a: &a [x, x]\nb: [*a, *a]\n",
        b"a: " + b"[" * 5_000,
    ],
    ids=["empty", "comment", "no-yaml", "prose", "gbk", "png", "aliases", "deep"],
)
def test_a_wrong_file_is_answered_in_words_and_offers_nothing_to_apply(
    app: Flask, client: FlaskClient, content: bytes
) -> None:
    log_in(app, client, "admin")
    answer = upload(client, content)
    assert answer.status_code == 422
    assert "配置文件没有通过，什么都没有改" in answer.text and 'id="apply"' not in answer.text


def test_one_bad_rule_among_good_changes_refuses_them_all_and_twice_is_once(
    app: Flask, client: FlaskClient
) -> None:
    log_in(app, client, "admin")

    def change(found: dict[str, Any]) -> None:
        found["pool_rule"]["cooling_days"] = 9
        found["approval_rules"][0]["threshold"] = "abc"

    assert upload(client, changed(app, change)).status_code == 422
    assert parts(app)["pool_rule"]["cooling_days"] == 7
    shown = upload(client, changed(app, lambda found: found["pool_rule"].update(cooling_days=9)))
    assert apply_shown(client, shown.text).status_code == 302
    assert "已应用 1 处改动" in client.get("/configuration/").text
    assert apply_shown(client, shown.text).status_code == 302
    assert "文件没有带来任何改动" in client.get("/configuration/").text
