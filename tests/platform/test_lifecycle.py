"""The lifecycle engine: once, in order, by who may, and told."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.customers.models import Customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.org.models import Participation
from app.platform import clock
from app.platform.audit import AuditEntry, broken_seal, seal
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from app.platform.lifecycle import all_lifecycles
from app.platform.timeline import TimelineEntry
from app.platform.unit_of_work import system_work
from tests.people import acting, as_system, identity, person_id


@pytest.fixture
def prospect_id(app: Flask) -> int:
    with as_system(app) as session:
        owner = person_id(session, "xiaoshou1")
        customer = Customer(name="广州泽润餐饮", owner_id=owner, created_at=clock.now())
        CUSTOMER_LIFECYCLE.begin(session, customer, "prospect", title="created")
        session.add(
            Participation(customer_id=customer.id, person_id=owner, department_id=None, reason="owner")
        )
        return customer.id


GIVE_UP = {"reason": "no_budget", "note": "预算不够"}


def stage_of(app: Flask, customer_id: int) -> str:
    with as_system(app) as session:
        return session.get_one(Customer, customer_id).stage


def test_a_transition_writes_state_timeline_and_audit_in_one_transaction(
    app: Flask, prospect_id: int
) -> None:
    with acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, prospect_id, "give_up", data=GIVE_UP, token="t1")
    with as_system(app) as session:
        entry = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "give_up")).one()
        assert (entry.from_state, entry.to_state, entry.actor) == ("prospect", "public", "陈宇航")
        changed = session.scalars(
            select(AuditEntry).where(AuditEntry.table_name == "customer", AuditEntry.action == "update")
        ).all()
        assert any(e.after and e.after.get("stage") == "public" and e.actor == "xiaoshou1" for e in changed)


def test_doing_it_twice_with_one_form_has_the_effect_of_once(app: Flask, prospect_id: int) -> None:
    for _click in range(2):
        with acting(app, "laoban") as session:
            CUSTOMER_LIFECYCLE.perform(session, prospect_id, "give_up", data=GIVE_UP, token="same form")
    with as_system(app) as session:
        told = select(func.count()).select_from(TimelineEntry).where(TimelineEntry.kind == "give_up")
        assert session.scalar(told) == 1


def test_eight_people_at_once_move_it_once(app: Flask, prospect_id: int) -> None:
    who = identity(app, "laoban")
    outcomes: list[str] = []

    def click(number: int) -> None:
        with app.app_context():
            try:
                with system_work(who) as session:
                    CUSTOMER_LIFECYCLE.perform(
                        session, prospect_id, "give_up", data=GIVE_UP, token=f"t{number}"
                    )
                outcomes.append("done")
            except BusinessError as refusal:
                outcomes.append(refusal.code)

    threads = [threading.Thread(target=click, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] + ["stale"] * 7


def test_a_form_older_than_the_row_is_refused(app: Flask, prospect_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        version = session.get_one(Customer, prospect_id).version
        session.get_one(Customer, prospect_id).note = "改过"
    with pytest.raises(Stale), acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, prospect_id, "give_up", data=GIVE_UP, version=version)
    assert stage_of(app, prospect_id) == "prospect"


@pytest.mark.parametrize(
    ("login", "data", "refusal"),
    [
        ("xiaoshou2", GIVE_UP, NotFound),
        ("caiwu", GIVE_UP, NotAllowed),
        ("xiaoshou1", {}, FieldErrors),
    ],
)
def test_who_may_not_or_says_too_little_is_refused(
    app: Flask, prospect_id: int, login: str, data: dict[str, str], refusal: type[BusinessError]
) -> None:
    with pytest.raises(refusal), acting(app, login) as session:
        CUSTOMER_LIFECYCLE.perform(session, prospect_id, "give_up", data=data)
    assert stage_of(app, prospect_id) == "prospect"


def test_only_the_engine_writes_a_state(app: Flask, prospect_id: int) -> None:
    with pytest.raises(RuntimeError), as_system(app) as session:
        session.get_one(Customer, prospect_id).stage = "retained"


def test_an_effect_that_fails_undoes_everything(app: Flask, prospect_id: int) -> None:
    with pytest.raises(ZeroDivisionError), acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(session, prospect_id, "give_up", data=GIVE_UP)
        raise ZeroDivisionError
    assert stage_of(app, prospect_id) == "prospect"


def test_every_transition_of_every_table_fits_its_states(app: Flask) -> None:
    for lifecycle in all_lifecycles().values():
        for transition in lifecycle.transitions.values():
            assert transition.source <= set(lifecycle.states), transition.name
            if isinstance(transition.target, str) and transition.target != "same":
                assert transition.target in lifecycle.states, transition.name


def test_the_audit_chain_notices_a_changed_past(app: Flask, prospect_id: int) -> None:
    with as_system(app) as session:
        assert seal(session, settled_before=clock.now()) > 0
    with as_system(app) as session:
        assert broken_seal(session) is None
        first = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).first()
        assert first is not None
        first_id = first.id
    with pytest.raises(Exception, match=r"audit trail|操作记录"), as_system(app) as session:
        session.get_one(AuditEntry, first_id).actor = "nobody else"
