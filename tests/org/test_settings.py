"""Rules and parameters: what an administrator sets is what the program goes by, everywhere at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.finance.models import Receivable
from app.org.passwords import faults_of
from app.org.settings import SHORTEST_PASSWORD
from app.platform import clock
from app.platform.audit import AuditEntry
from app.platform.errors import BusinessError
from app.platform.files import Upload, store
from app.platform.obligations.due_items import DueItem
from app.platform.settings_table import Setting, declared_settings, save_settings
from app.reminders.planning import plan
from tests.finance.books import sign
from tests.org.test_log_in import PAGE, attempt
from tests.people import acting, as_system, demo_password, log_in, token_in

ADDRESS = "/setting/"


def post(client: FlaskClient, **typed: str) -> tuple[int, str]:
    token = token_in(client.get(ADDRESS).text)
    data = {"csrf_token": token, **{key.replace("__", "."): text for key, text in typed.items()}}
    answer = client.post(ADDRESS, data=data)
    return answer.status_code, answer.text


def put(app: Flask, key: str, value: str) -> None:
    with acting(app, "admin") as session:
        save_settings(session, {key: value})


def test_a_changed_log_in_limit_is_in_force_at_the_next_click_of_everybody(app: Flask) -> None:
    worker, admin = app.test_client(), app.test_client()
    log_in(app, worker, "kuaiji")
    log_in(app, admin, "admin")
    soon = clock.now() + timedelta(hours=3)
    with clock.standing_at(soon):
        assert worker.get(PAGE).status_code == 200
    assert post(admin, org__idle_hours="2")[0] == 302
    with clock.standing_at(soon + timedelta(hours=3)):
        assert worker.get(PAGE).status_code == 302


def test_bad_log_ins_lock_after_as_many_and_for_as_long_as_set(app: Flask) -> None:
    put(app, "org.bad_logins", "3")
    put(app, "org.lock_minutes", "60")
    client = app.test_client()
    for _try in range(3):
        assert attempt(client, "caiwu", "wrong password") == 401
    assert attempt(client, "caiwu", demo_password(app)) == 401
    with clock.standing_at(clock.now() + timedelta(minutes=59)):
        assert attempt(client, "caiwu", demo_password(app)) == 401
    with clock.standing_at(clock.now() + timedelta(minutes=61)):
        assert attempt(client, "caiwu", demo_password(app)) == 302


def test_a_refused_value_names_its_bounds_and_keeps_all_that_was_typed(
    app: Flask, client: FlaskClient
) -> None:
    log_in(app, client, "admin")
    status, page = post(client, org__idle_hours="4", org__bad_logins="100", customers__idle_days="两周")
    assert status == 422
    for words in ("填 3 到 20 的整数", "填 1 到 365 的整数", 'value="4"', 'value="100"', 'value="两周"'):
        assert words in page
    with as_system(app) as session:
        assert Setting.of(declared_settings()["org.idle_hours"], session) == 8


def test_an_emptied_value_is_the_preset_again_and_every_step_is_audited(app: Flask) -> None:
    put(app, "customers.idle_days", "10")
    put(app, "customers.idle_days", "")
    with as_system(app) as session:
        assert declared_settings()["customers.idle_days"].of(session) == 30
        steps = session.scalars(
            select(AuditEntry.action).where(AuditEntry.table_name == "agency_setting").order_by(AuditEntry.id)
        )
        assert list(steps) == ["insert", "delete"]


def test_only_who_may_changes_parameters(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "laoban")
    assert client.get(ADDRESS).status_code == 403
    token = token_in(client.get(PAGE).text)
    assert client.post(ADDRESS, data={"csrf_token": token, "org.idle_hours": "1"}).status_code == 403


def test_untouched_for_long_means_as_many_days_as_set(app: Flask, client: FlaskClient) -> None:
    with clock.standing_at(clock.now() - timedelta(days=10)), acting(app, "xiaoshou1") as session:
        create_customer(session, name="久未联系的客户", contacts=[("李", "mobile", "13811112222", False)])
    log_in(app, client, "xiaoshou1")
    assert "久未联系的客户" not in client.get("/prospect/?tab=idle").text
    put(app, "customers.idle_days", "7")
    assert "久未联系的客户" in client.get("/prospect/?tab=idle").text


def test_one_off_lines_fall_due_after_as_many_days_as_set(app: Flask) -> None:
    put(app, "contracts.one_off_days", "20")
    sign(app, "500")
    with as_system(app) as session:
        assert session.scalars(select(Receivable.due_on)).all() == [clock.today() + timedelta(days=20)]


def test_reminders_show_at_the_hour_that_was_set(app: Flask, clock_at: Callable[[datetime], None]) -> None:
    clock_at(datetime(2026, 4, 14, 1, 0, tzinfo=clock.now().tzinfo))
    put(app, "reminders.day_begins", "10")
    with acting(app, "xiaoshou1") as session:
        create_customer(
            session,
            name="约好的客户",
            contacts=[("李", "mobile", "13811112222", False)],
            next_contact_on=date(2026, 4, 15),
        )
    with as_system(app) as session:
        assert plan(session, date(2026, 4, 15), date(2026, 4, 15)) > 0
        moments = set(session.scalars(select(DueItem.due_at).where(DueItem.kind == "reminder")))
        assert {clock.local(moment).hour for moment in moments} == {10}


def test_no_file_is_larger_than_was_set(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        row = create_customer(session, name="陈的客户")
        two_megabytes = Upload("note.txt", b"a" * 2 * 2**20)
        assert store(session, row, two_megabytes).size == 2 * 2**20
    put(app, "platform.file_megabytes", "1")
    with acting(app, "xiaoshou1") as session, pytest.raises(BusinessError) as refused:
        store(session, session.get_one(Customer, 1), two_megabytes)
    assert "1 MB" in str(refused.value)


@pytest.mark.parametrize("text", ["-1", "1.5", "", " ", "1e3", "٣", "99999999999999999999"])
def test_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|bounds"):
        SHORTEST_PASSWORD.read(text)


def test_amounts_are_read_to_the_fen() -> None:
    limit = Setting("", "", "", default=Decimal("50.00"), lowest=Decimal(0), highest=Decimal(9999))
    del declared_settings()[""]  # type: ignore[attr-defined]
    assert limit.read("¥1,234.50") == Decimal("1234.50")
    with pytest.raises(ValueError, match="number"):
        limit.read("1.234")


def test_the_shortest_password_is_as_long_as_set() -> None:
    assert faults_of("korrekt-pferd-1", login="caiwu", shortest=16)
    assert not faults_of("korrekt-pferd-1", login="caiwu", shortest=12)
