"""Approval rules as an administrator edits them, and the inbox of a delegate."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.approval.models import ApprovalRule
from app.approval.operations import Submission, inbox, rules_that_apply, submit
from app.org.models import Person
from app.platform import clock
from app.platform.access import identity_of
from tests.people import acting, as_system, log_in, person_id, token_in

RULE = {
    "name": "大合同",
    "kind": "contract",
    "fact": "amount",
    "comparison": ">=",
    "threshold": "50,000",
    "level": "3",
    "approver": "role",
    "role": "principal",
    "person_id": "",
    "active": "y",
}


def post(app: Flask, login: str, **changes: str) -> tuple[int, str]:
    browser = app.test_client()
    log_in(app, browser, login)
    token = token_in(browser.get("/approval_rule/").text)
    answer = browser.post("/approval_rule/new", data=RULE | changes | {"csrf_token": token})
    return answer.status_code, answer.text


def test_an_administrator_adds_a_rule_that_applies_from_then_on(app: Flask) -> None:
    assert post(app, "admin")[0] == 302
    with as_system(app) as session:
        for amount, expected in (("50000", ["大合同"]), ("49999.99", [])):
            applying = rules_that_apply(session, "contract", {"amount": Decimal(amount)})
            assert [rule.name for rule in applying] == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": ""}, "选由哪个角色审批"),
        ({"approver": "person"}, "选由谁审批"),
        ({"approver": "covering", "kind": "refund"}, "只有合同有权限价"),
        ({"level": "0"}, "整数"),
        ({"threshold": "many"}, "填数字"),
        ({"name": "低于权限价"}, "已有同名规则"),
        ({"kind": "waiver", "fact": "discount_percent"}, "规则永远用不上"),
        ({"fact": "rows"}, "规则永远用不上"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_rule_that_could_find_nobody_is_refused(app: Flask, changes: dict[str, str], words: str) -> None:
    status, text = post(app, "admin", **changes)
    assert status in (409, 422) and words in text
    with as_system(app) as session:
        assert session.scalars(select(ApprovalRule).where(ApprovalRule.name == "大合同")).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("login", ["xiaoshou1", "laoban"])
def test_only_administrators_change_rules(app: Flask, login: str) -> None:
    browser = app.test_client()
    log_in(app, browser, login)
    assert browser.get("/approval_rule/new").status_code == 403


def test_a_delegate_finds_the_absent_persons_documents_but_never_their_own(app: Flask) -> None:
    with as_system(app) as session:
        manager = session.get_one(Person, person_id(session, "xszhuguan"))
        session.add(ApprovalRule(name="都要批", kind="probe", fact="amount", approver="superior"))
        session.flush()
        for login in ("xiaoshou1", "xiaoshou2"):
            submission = Submission(
                kind="probe",
                subject="probe",
                subject_id=person_id(session, login),
                customer_id=None,
                title=login,
                amount=Decimal(1),
                facts={"amount": Decimal(1)},
            )
            submit(session, submission, session.get_one(Person, person_id(session, login)))
        manager.delegate_id, manager.absent_from = person_id(session, "xiaoshou2"), clock.today()
    seen = {}
    for login in ("xszhuguan", "xiaoshou1", "xiaoshou2"):
        with acting(app, login) as session:
            seen[login] = [request.title for request in inbox(session, identity_of(session))]
    assert seen == {"xszhuguan": ["xiaoshou1", "xiaoshou2"], "xiaoshou1": [], "xiaoshou2": ["xiaoshou1"]}
