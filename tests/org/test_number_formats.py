"""Numbers of documents: their look changes, their count goes on, and no two documents ever get the same."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import clock
from app.platform.errors import FieldErrors, NotAllowed
from app.platform.number_formats import next_number, numbered, patterns, save_formats, shape_fault
from app.platform.numbering import draw
from tests.people import acting, as_system, log_in, token_in

ADDRESS = "/setting/numbers"
YEAR = clock.today().year


def post(client: FlaskClient, deed: str = "save", **typed: str) -> tuple[int, str]:
    token = token_in(client.get(ADDRESS).text)
    answer = client.post(ADDRESS, data={"csrf_token": token, "deed": deed, **typed})
    return answer.status_code, answer.text


def test_the_next_document_has_the_new_number_and_the_count_goes_on(app: Flask, client: FlaskClient) -> None:
    with as_system(app) as session:
        assert draw(session, "contract") == f"HT-{YEAR}-0001"
    log_in(app, client, "admin")
    page = client.get(ADDRESS).text
    assert f"HT-{YEAR}-0002" in page
    assert "不断号" in page
    assert "可断号" in page
    assert post(client, contract="HX{year}合{number:05d}")[0] == 302
    with as_system(app) as session:
        assert draw(session, "contract") == f"HX{YEAR}合00002"


def test_a_preview_saves_nothing(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "admin")
    status, page = post(client, "preview", receipt="SK{year}{number:06d}")
    assert status == 200
    assert f"SK{YEAR}000001" in page
    with as_system(app) as session:
        assert patterns(session)["receipt"] == "DK-{year}-{number:04d}"


@pytest.mark.parametrize(
    "pattern",
    [
        "HT-{number:04d}",
        "HT-{year}",
        "HT-{year}-{number:04d}-{number}",
        "HT-{year}-{number:04d}-{month}",
        "HT {year}-{number:04d}",
        "{year.real}-{number}",
        "合同合同合同合同合同合同合同合同合同合同合同-{year}-{number:04d}",
        "",
    ],
)
def test_what_is_no_format_says_why(pattern: str) -> None:
    assert shape_fault(pattern) is not None
    assert next_number(pattern, 0) == ""


def test_a_refused_format_keeps_all_that_was_typed(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "admin")
    status, page = post(client, contract="HT-{number}", customer="客{year}-{number}")
    assert status == 422
    for words in ("流水号每年重新开始", 'value="客{year}-{number}"', 'value="HT-{number}"'):
        assert words in page
    with as_system(app) as session:
        assert patterns(session)["customer"] == "KH-{year}-{number:04d}"


def test_two_kinds_never_share_a_format(app: Flask) -> None:
    with acting(app, "admin") as session, pytest.raises(FieldErrors) as refused:
        save_formats(session, {"contract": "KH-{year}-{number:03d}"})
    assert set(refused.value.fields) == {"contract"}


def test_coming_numbers_may_not_meet_old_ones(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        old = create_customer(session, name="旧客户", contacts=[("李", "mobile", "13811112222", False)])
        old_id = old.id
    with as_system(app) as session:
        session.get_one(Customer, old_id).number = f"VIP{YEAR}0009"
    with acting(app, "admin") as session, pytest.raises(FieldErrors) as refused:
        save_formats(session, {"customer": "VIP{year}{number:04d}"})
    assert f"VIP{YEAR}0009" in str(refused.value)
    with acting(app, "admin") as session:
        assert [one.kind for one in save_formats(session, {"customer": "VIP{year}-{number:04d}"})] == [
            "customer"
        ]


def test_only_who_may_changes_formats(app: Flask, client: FlaskClient) -> None:
    with acting(app, "laoban") as session, pytest.raises(NotAllowed):
        save_formats(session, {"customer": "K{year}-{number}"})
    log_in(app, client, "laoban")
    assert client.get(ADDRESS).status_code == 403


def test_every_preset_format_is_one() -> None:
    assert {"customer", "contract", "receipt"} <= set(numbered())
    for one in numbered().values():
        assert shape_fault(one.preset) is None
        assert next_number(one.preset, 41).endswith("0042")
