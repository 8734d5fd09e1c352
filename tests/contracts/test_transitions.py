"""The whole table: which transition is possible in which state, and the engine's no to all others."""

from __future__ import annotations

import pytest
from flask import Flask

from app.contracts import states
from app.contracts.models import Contract
from app.contracts.operations import submit_contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.platform.errors import Stale
from tests.contracts.deals import customer_of, draft, line
from tests.people import acting, as_system

POSSIBLE = {
    states.DRAFT: {"submit", "discard"},
    states.PENDING: {"approve", "hand_back", "reject", "withdraw", "activate"},
    states.ACTIVE: {"terminate", "close"},
    states.ENDING: {"carry_on", "settle"},
    states.REJECTED: set(),
    states.CLOSED: set(),
    states.TERMINATED: set(),
    states.VOID: set(),
}
WAY_TO = {
    states.DRAFT: ("1500", []),
    states.PENDING: ("700", ["submit"]),
    states.ACTIVE: ("1500", ["submit"]),
    states.REJECTED: ("700", ["submit", "reject"]),
    states.CLOSED: ("1500", ["submit", "close"]),
    states.ENDING: ("1500", ["submit", "terminate"]),
    states.TERMINATED: ("1500", ["submit", "terminate", "settle"]),
    states.VOID: ("1500", ["discard"]),
}
ACTOR = {"reject": "xszhuguan", "terminate": "xszhuguan", "settle": "caiwu"}


def test_the_table_names_every_state_and_transition() -> None:
    assert set(CONTRACT_LIFECYCLE.states) == set(POSSIBLE) == set(WAY_TO)
    for name, transition in CONTRACT_LIFECYCLE.transitions.items():
        assert transition.source == {state for state, names in POSSIBLE.items() if name in names}


@pytest.mark.parametrize("state", list(WAY_TO))
@pytest.mark.parametrize("backend", ["sqlite"])
def test_from_each_state_only_its_own_transitions_lead_on(app: Flask, state: str) -> None:
    amount, way = WAY_TO[state]
    with acting(app, "xiaoshou1") as session:
        contract_id = draft(session, customer_of(session), line(session, "SL01", amount, reason="老客户")).id
    for name in way:
        if name == "submit":
            with acting(app, "xiaoshou1") as session:
                submit_contract(session, contract_id)
            continue
        context = as_system(app) if name == "close" else acting(app, ACTOR.get(name, "xiaoshou1"))
        with context as session:
            CONTRACT_LIFECYCLE.perform(
                session, contract_id, name, data={"reason": "测试", "settlement": "keep_debt"}
            )
    with as_system(app) as session:
        assert session.get_one(Contract, contract_id).state == state
        for name in set(CONTRACT_LIFECYCLE.transitions) - POSSIBLE[state]:
            with pytest.raises(Stale):
                CONTRACT_LIFECYCLE.perform(
                    session, contract_id, name, data={"reason": "测试", "settlement": "keep_debt"}
                )
