"""Why can't they: the explanation agrees with the program, for every person and deed, and tells no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.approval.models import ApprovalStep
from app.customers.models import Customer
from app.customers.operations import create_customer
from app.org.demo_staff import STAFF
from app.org.explaining import Explanation, Question, actions_of, explain
from app.org.explaining_rows import model_of
from app.org.models import Participation, Person
from app.platform.access import SYSTEM
from app.platform.errors import BusinessError
from app.platform.grants import declared
from app.platform.lifecycle import all_lifecycles, lifecycle_of
from tests.contracts.test_approval_of_contracts import submitted
from tests.people import acting, as_system, identity, log_in, person_id
from tests.world import MARK, make_world

LOGINS = list({role: login for login, _name, role, *_rest in STAFF}.values())


def ask(app: Flask, login: str, entity: str, action: str, row: object = "", viewer: str = "") -> Explanation:
    with as_system(app) as session:
        person = person_id(session, login)
    who = identity(app, viewer) if viewer else SYSTEM
    with app.app_context():
        return explain(Question(person, entity, action, str(row)), who)


def rules(answer: Explanation) -> list[tuple[bool | None, str]]:
    return [(step.ok, step.rule) for step in answer.steps if step.ok is not None]


def rows_of(app: Flask, entity: str, model: Any) -> list[int]:
    """A row of every state there is."""
    lifecycle = lifecycle_of(entity)
    with as_system(app) as session:
        if lifecycle is None:
            return list(session.scalars(select(model.id).order_by(model.id).limit(1)))
        state = getattr(model, lifecycle.attribute)
        return list(session.scalars(select(func.min(model.id)).group_by(state)))


def what_the_program_allows(app: Flask, login: str, entity: str, row_id: int) -> set[str]:
    """Asked of permissions, row scope and lifecycle directly, as the screens ask them."""
    who, model, lifecycle = identity(app, login), model_of(entity), lifecycle_of(entity)
    with acting(app, login) as session:
        row = session.scalars(select(model).where(model.id == row_id)).first()
        if row is None:
            return set()
        granted = {action for action in actions_of(entity) if who.can(f"can_{action}", entity)}
        if lifecycle is None:
            return granted
        moves = {
            move.name
            for move in lifecycle.offered(session, row, who)
            if not lifecycle.objections(session, row, move, who)
        }
        plain = granted - set(lifecycle.transitions)
        return moves | {one for one in plain if not lifecycle.limits(session, row, one, who)}


@pytest.fixture
def world(app: Flask) -> Flask:
    make_world(app)
    with acting(app, "xiaoshou1") as session:
        numbers = [("李", "mobile", "13811112222", False)]
        given_up = create_customer(session, name="放弃的客户", contacts=numbers)
        lifecycle_of("customer").perform(session, given_up.id, "give_up", data={"reason": "no_need"})
    return app


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_verdict_is_what_the_program_does(world: Flask) -> None:
    wrong, asked, allowed = [], 0, 0
    for entity in declared():
        model = model_of(entity)
        for row_id in rows_of(world, entity, model) if model is not None else ():
            for login in LOGINS:
                truth = what_the_program_allows(world, login, entity, row_id)
                for action in actions_of(entity):
                    verdict = ask(world, login, entity, action, row_id).allowed
                    asked, allowed = asked + 1, allowed + verdict
                    if verdict != (action in truth):
                        wrong.append(f"{login} {entity}.{action} #{row_id}: {verdict}")
    assert not wrong, "\n".join(wrong)
    assert asked > 1000
    assert 50 < allowed < asked


@pytest.mark.parametrize("backend", ["sqlite"])
def test_without_a_record_the_right_alone_decides(app: Flask) -> None:
    for entity in declared():
        moves = all_lifecycles()[entity].transitions if entity in all_lifecycles() else {}
        for action in actions_of(entity):
            if action in moves and moves[action].system:
                continue
            for login in ("xiaoshou1", "laoban", "admin"):
                granted = identity(app, login).can(f"can_{action}", entity)
                assert ask(app, login, entity, action).allowed == granted, (login, entity, action)


def test_a_colleagues_customer_is_out_of_reach_and_its_people_are_named(world: Flask) -> None:
    with as_system(world) as session:
        row = session.scalars(select(Customer.id).where(Customer.name.contains(MARK["xiaoshou2"]))).first()
        owner = session.scalars(select(Person).where(Person.username == "xiaoshou2")).one().name
    answer = ask(world, "xiaoshou1", "customer", "show", row, viewer="admin")
    assert rules(answer)[-1] == (False, "scope")
    assert owner in answer.steps[-1].text
    with world.app_context():
        assert f"因此{answer.person}不能「打开」：#{row}" in answer.sentence


def test_whoever_takes_part_is_told_as_what(world: Flask) -> None:
    with as_system(world) as session:
        row = session.scalars(select(Customer.id).where(Customer.name.contains(MARK["xiaoshou2"]))).first()
        session.add(
            Participation(customer_id=row, person_id=person_id(session, "xiaoshou1"), reason="member")
        )
    answer = ask(world, "xiaoshou1", "customer", "show", row)
    assert answer.allowed
    assert any("协作人" in step.text for step in answer.steps if step.rule == "scope")


def test_the_pool_is_in_reach_for_who_may_claim_and_worked_on_by_nobody(world: Flask) -> None:
    with as_system(world) as session:
        row = session.scalars(select(Customer.id).where(Customer.stage == "public")).one()
    assert ask(world, "xiaoshou2", "customer", "claim", row).allowed
    given_up = ask(world, "xiaoshou1", "customer", "claim", row)
    assert (False, "check") in rules(given_up), "the cooling time"
    assert any(
        "公共池" in s.text for s in ask(world, "xiaoshou2", "customer", "edit", row).steps if s.ok is False
    )
    assert (False, "scope") in rules(ask(world, "kuaiji", "customer", "show", row))


def test_an_approval_names_whose_turn_it_is(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    with as_system(app) as session:
        turn = session.scalars(select(ApprovalStep).where(ApprovalStep.state == "turn")).one().approver
        name, login = turn.name, turn.username
    assert login == "xszhuguan"
    assert ask(app, login, "contract", "approve", contract_id, viewer="admin").allowed
    boss = ask(app, "laoban", "contract", "approve", contract_id, viewer="admin")
    assert [step.text for step in boss.steps if step.ok is False] == [f"现在轮到{name}审批。"]
    assert (False, "grant") in rules(ask(app, "xiaoshou1", "contract", "approve", contract_id))


def test_whoever_asks_sees_nothing_of_a_record_they_may_not_open(world: Flask) -> None:
    """The administrator has no rows of customers: numbers stay numbers, figures become dots."""
    for entity in ("customer", "contract", "receipt", "work_item"):
        for row_id in rows_of(world, entity, model_of(entity)):
            for action in actions_of(entity):
                for login in ("xiaoshou1", "laoban", "caiwu"):
                    answer = ask(world, login, entity, action, row_id, viewer="admin")
                    said = " ".join([answer.row, *(step.text for step in answer.steps)])
                    assert answer.row == f"#{row_id}"
                    assert "HT-" not in said
                    assert not any(mark in said for mark in MARK.values()), said


def test_a_closed_account_and_a_given_password_say_so(app: Flask) -> None:
    with as_system(app) as session:
        person = session.scalars(select(Person).where(Person.username == "kuaiji")).one()
        person.must_change_password = True
    assert (False, "password") in rules(ask(app, "kuaiji", "customer", "list"))
    with as_system(app) as session:
        session.scalars(select(Person).where(Person.username == "kuaiji")).one().active = False
    assert rules(ask(app, "kuaiji", "customer", "list"))[0] == (False, "account")


def test_the_missing_right_names_the_roles_that_have_it(app: Flask) -> None:
    text = next(s.text for s in ask(app, "xiaoshou1", "customer", "assign").steps if s.rule == "grant")
    assert "销售主管" in text or "主管" in text
    with pytest.raises(BusinessError), app.app_context():
        explain(Question(1, "customer", "fly"), SYSTEM)


def test_only_administrators_ask_and_a_refused_page_leads_there(world: Flask) -> None:
    admin, seller = world.test_client(), world.test_client()
    log_in(world, admin, "admin")
    log_in(world, seller, "xiaoshou1")
    assert seller.get("/explain/").status_code == 403
    assert "/explain/" not in seller.get("/receipt/1").text
    refused = admin.get("/customer/1")
    assert refused.status_code == 403
    link = refused.text.partition('href="/explain/?')[2].partition('"')[0].replace("&amp;", "&")
    page = admin.get(f"/explain/?{link}")
    assert page.status_code == 200
    assert "因此" in page.text
    assert "现有角色都不给这项权限" in page.text
    assert admin.get("/explain/?person=1&deed=nonsense.fly").status_code == 422
    assert admin.get("/explain/people?q=xiaoshou").json["results"]


def test_the_command_answers_as_the_page_does(world: Flask, command: Callable[..., Result]) -> None:
    with as_system(world) as session:
        row = session.scalars(select(Customer.id).where(Customer.stage == "public")).one()
    asked = ("explain", "--person", "kuaiji", "--entity", "customer", "--action", "claim", "--row", str(row))
    done = command(*asked, "--json")
    assert done.exit_code == 1
    document = json.loads(done.output)
    assert document["allowed"] is False
    assert {"ok", "rule", "text"} == set(document["steps"][0])
    assert document["row"] == row
    assert command(*asked, "--as", "xiaoshou1").exit_code == 2
    assert command("explain", "--person", "nobody", "--entity", "customer", "--action", "list").exit_code == 2
    fine = command("explain", "--person", "xiaoshou1", "--entity", "customer", "--action", "list")
    assert fine.exit_code == 0
    assert "可以" in fine.output
