"""The editor of reminder rules: whom, when and about what, picked instead of spelt."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.org.models import Person
from app.org.role_editing import create_role
from app.platform.errors import FieldErrors
from app.reminders.models import ReminderRule
from app.reminders.planning import receivers
from app.reminders.rule_editing import save_rule
from tests.people import acting, as_system, log_in, person_id, token_in

RULE = {
    "name": "欠款提醒",
    "code": "arrears_boss",
    "source": "arrears",
    "offsets": "-7,0,3",
    "receivers": ["owner", "role:principal"],
    "active": "y",
}


class Subject:
    """What a source tells of a row, as far as receivers go."""

    def __init__(self, owner_id: int) -> None:
        self.owner_id, self.accountant_id = owner_id, None


def post(client: FlaskClient, **changes: object) -> tuple[int, str]:
    token = token_in(client.get("/reminder_rule/").text)
    answer = client.post("/reminder_rule/new", data={**RULE, **changes, "csrf_token": token})
    return answer.status_code, answer.text


def test_whoever_is_picked_is_reminded(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "admin")
    assert post(client)[0] == 302
    assert "负责人" in client.get("/reminder_rule/").text
    with as_system(app) as session:
        rule = session.scalars(select(ReminderRule).where(ReminderRule.code == "arrears_boss")).one()
        assert rule.receivers == "owner,role:principal"
        people = receivers(session, rule, Subject(person_id(session, "xiaoshou1")))
        assert people == {person_id(session, "xiaoshou1"), person_id(session, "laoban")}
        rule_id = rule.id
    form = client.get(f"/reminder_rule/{rule_id}/edit").text
    assert 'selected value="role:principal"' in form


def test_a_role_of_the_agencys_own_can_be_picked_whatever_it_is_called(app: Flask) -> None:
    with acting(app, "admin") as session:
        create_role(session, "质检 小组")
        save_rule(session, None, {**RULE, "receivers": "role:质检 小组", "active": True})
        rule = session.scalars(select(ReminderRule).where(ReminderRule.code == "arrears_boss")).one()
        boss = session.scalars(select(Person).where(Person.username == "laoban")).one()
        assert receivers(session, rule, Subject(boss.id)) == set()


def test_what_does_not_fit_is_refused_in_words_and_stays_typed(app: Flask, client: FlaskClient) -> None:
    log_in(app, client, "admin")
    status, page = post(client, offsets="一周前", receivers=[])
    assert status == 422
    assert 'value="欠款提醒"' in page
    assert 'value="一周前"' in page
    with acting(app, "admin") as session, pytest.raises(FieldErrors) as refused:
        save_rule(session, None, {**RULE, "receivers": "owner,role:nobody", "active": True})
    assert set(refused.value.fields) == {"receivers"}
