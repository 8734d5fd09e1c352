"""The stages of a customer: every transition from every stage, and who owns what afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.customers import operations
from app.customers.events import CustomerAssigned, CustomerReleased
from app.customers.models import ContactClaim, ContactObligation, Customer, Ownership, PoolRule
from app.customers.states import STAGES
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.org.models import Participation
from app.platform import clock, events
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from tests.customers.cast import MOBILE, a_prospect
from tests.people import acting, as_system, person_id

REASON = {"reason": "价格谈不拢", "note": "嫌贵"}

# transition → stage it starts from → stage it leads to; what is not here is refused (spec 2-lifecycle).
TABLE = {
    "give_up": {"prospect": "public"},
    "recycle": {"prospect": "public"},
    "claim": {"public": "prospect"},
    "assign": {"prospect": "prospect", "signed": "signed", "retained": "retained", "public": "prospect"},
    "share": {"prospect": "prospect", "signed": "signed", "retained": "retained"},
    "sign": {"prospect": "signed", "signed": "signed", "retained": "signed"},
    "retain": {"signed": "retained"},
    "fall_back": {"signed": "prospect"},
}


def perform(app, login, pk, name, **data):
    with acting(app, login) as session:
        return CUSTOMER_LIFECYCLE.perform(session, pk, name, data=data).stage


def bring_to(app, pk, stage):
    with as_system(app) as session:
        if stage == "public":
            CUSTOMER_LIFECYCLE.perform(session, pk, "recycle")
        if stage in ("signed", "retained"):
            operations.sign(session, pk)
        if stage == "retained":
            operations.retain(session, pk)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("stage", list(STAGES))
def test_each_transition_starts_from_its_stages_only(app, stage):
    assert set(TABLE) == set(CUSTOMER_LIFECYCLE.transitions)
    for place, (name, ways) in enumerate(TABLE.items()):
        pk = a_prospect(app, name=f"客户{place}", number=f"1390013900{place}")
        bring_to(app, pk, stage)
        with as_system(app) as session:
            someone = str(person_id(session, "xiaoshou2"))
        data = {"owner": someone, "person": someone, **REASON}
        system = CUSTOMER_LIFECYCLE.transitions[name].system
        with as_system(app) if system else acting(app, "xszhuguan") as session:
            if stage in ways:
                assert CUSTOMER_LIFECYCLE.perform(session, pk, name, data=data).stage == ways[stage], name
            else:
                with pytest.raises(Stale):
                    CUSTOMER_LIFECYCLE.perform(session, pk, name, data=data)


def test_giving_up_puts_the_customer_into_the_pool_with_its_history(app):
    pk = a_prospect(app)
    perform(app, "xiaoshou1", pk, "give_up", **REASON)
    with as_system(app) as session:
        customer, owner = session.get(Customer, pk), person_id(session, "xiaoshou1")
        assert (customer.owner_id, customer.former_owner_id, customer.give_up_reason) == (
            None,
            owner,
            "价格谈不拢",
        )
        assert session.scalars(select(ContactClaim)).all() == []
        assert session.scalars(select(Participation)).all() == []
        ended = session.scalars(select(Ownership)).one()
        assert ended.ended_at is not None and ended.end_reason == "价格谈不拢：嫌贵"
        assert {row.state for row in session.scalars(select(ContactObligation))} == {"excluded"}


def test_giving_up_needs_a_reason_and_the_owner_or_a_superior(app):
    pk = a_prospect(app)
    with pytest.raises(FieldErrors):
        perform(app, "xiaoshou1", pk, "give_up")
    with acting(app, "xiaoshou1") as session:
        CUSTOMER_LIFECYCLE.perform(
            session, pk, "share", data={"person": str(person_id(session, "xiaoshou2"))}
        )
    with pytest.raises(BusinessError) as refusal:
        perform(app, "xiaoshou2", pk, "give_up", **REASON)
    assert refusal.value.code == "guard", "a member sees it but does not give it up"
    with pytest.raises(NotAllowed):
        perform(app, "caiwu", pk, "give_up", **REASON)
    perform(app, "xszhuguan", pk, "give_up", **REASON)


def test_a_claimed_customer_is_a_prospect_of_the_claimer_with_new_obligations(app):
    pk = a_prospect(app)
    perform(app, "xiaoshou1", pk, "give_up", **REASON)
    assert perform(app, "xiaoshou2", pk, "claim") == "prospect"
    with as_system(app) as session:
        customer, claimer = session.get(Customer, pk), person_id(session, "xiaoshou2")
        assert customer.owner_id == claimer
        assert session.scalars(select(ContactClaim.key)).all() == [f"mobile:{MOBILE}"]
        rounds = session.execute(
            select(ContactObligation.round, ContactObligation.person_id, ContactObligation.state)
        )
        assert [tuple(row) for row in rounds][3:] == [(2, claimer, "open")] * 3
        assert session.scalars(select(Ownership.how).order_by(Ownership.id)).all() == ["created", "claimed"]
    with pytest.raises(NotFound):
        perform(app, "xiaoshou1", pk, "give_up", **REASON)


def test_who_gave_up_waits_before_claiming_back(app, clock_at):
    began = datetime(2026, 4, 14, 2, tzinfo=UTC)
    clock_at(began)
    pk = a_prospect(app)
    perform(app, "xiaoshou1", pk, "give_up", **REASON)
    clock_at(began + timedelta(days=6))
    with pytest.raises(BusinessError):
        perform(app, "xiaoshou1", pk, "claim")
    clock_at(began + timedelta(days=7))
    assert perform(app, "xiaoshou1", pk, "claim") == "prospect"


def test_claims_are_limited_per_day(app, clock_at):
    clock_at(datetime(2026, 4, 14, 2, tzinfo=UTC))
    with as_system(app) as session:
        session.scalars(select(PoolRule)).one().claims_per_day = 2
    pool = [a_prospect(app, name=f"客户{n}", number=f"1390013900{n}") for n in range(3)]
    for pk in pool:
        bring_to(app, pk, "public")
    for pk in pool[:2]:
        perform(app, "xiaoshou2", pk, "claim")
    with pytest.raises(BusinessError) as refusal:
        perform(app, "xiaoshou2", pool[2], "claim")
    assert "2" in str(refusal.value)
    clock_at(datetime(2026, 4, 14, 16, 1, tzinfo=UTC))  # past midnight in Shanghai
    assert perform(app, "xiaoshou2", pool[2], "claim") == "prospect"


def test_a_number_taken_meanwhile_forbids_claiming(app):
    pk = a_prospect(app)
    bring_to(app, pk, "public")
    a_prospect(app, "xiaoshou1", name="又是跃奇")
    with pytest.raises(BusinessError) as refusal:
        perform(app, "xiaoshou2", pk, "claim")
    assert refusal.value.code == "guard"


def test_the_pool_is_open_to_claimers_only(app):
    pk = a_prospect(app)
    bring_to(app, pk, "public")
    for login, sees in {"xiaoshou2": True, "xszhuguan": True, "kuaiji": False, "waiqin": False}.items():
        with acting(app, login) as session:
            assert (session.scalars(select(Customer.id)).all() == [pk]) is sees, login
    with pytest.raises(BusinessError), acting(app, "xiaoshou2") as session:
        operations.find(session, pk)


def test_assigning_restarts_the_contact_rule_and_keeps_the_stage(app, clock_at, monkeypatch):
    clock_at(datetime(2026, 4, 14, 2, tzinfo=UTC))
    pk = a_prospect(app)
    told = []
    monkeypatch.setitem(events._reactions, CustomerAssigned, (lambda _session, fact: told.append(fact),))
    clock_at(datetime(2026, 4, 16, 2, tzinfo=UTC))
    with acting(app, "xszhuguan") as session:
        old, new = person_id(session, "xiaoshou1"), person_id(session, "xiaoshou2")
        CUSTOMER_LIFECYCLE.perform(session, pk, "assign", data={"owner": str(new), "reason": "离职"})
    assert told == [CustomerAssigned(customer_id=pk, owner_id=new, former_owner_id=old)]
    with as_system(app) as session:
        rows = session.execute(
            select(
                ContactObligation.round,
                ContactObligation.day,
                ContactObligation.person_id,
                ContactObligation.state,
            ).order_by(ContactObligation.id)
        )
        assert [tuple(row) for row in rows] == [
            (1, 1, old, "open"),  # was due yesterday: the night makes it a miss
            (1, 3, old, "excluded"),
            (1, 7, old, "excluded"),
            (2, 1, new, "open"),
            (2, 3, new, "open"),
            (2, 7, new, "open"),
        ]
        assert session.scalars(select(Participation.person_id)).all() == [new]
    with pytest.raises(BusinessError), acting(app, "xszhuguan") as session:
        CUSTOMER_LIFECYCLE.perform(session, pk, "assign", data={"owner": str(new)})
    with pytest.raises(NotAllowed):
        perform(app, "xiaoshou2", pk, "assign", owner=str(old))


def test_releasing_is_published(app, monkeypatch):
    pk = a_prospect(app)
    told = []
    monkeypatch.setitem(events._reactions, CustomerReleased, (lambda _session, fact: told.append(fact),))
    with acting(app, "xiaoshou1") as session:
        owner = person_id(session, "xiaoshou1")
        CUSTOMER_LIFECYCLE.perform(session, pk, "give_up", data=REASON)
    assert told == [CustomerReleased(customer_id=pk, former_owner_id=owner)]


def test_a_shared_colleague_sees_it_until_it_ends(app):
    pk = a_prospect(app)
    with acting(app, "xiaoshou1") as session:
        colleague = person_id(session, "xiaoshou2")
        CUSTOMER_LIFECYCLE.perform(session, pk, "share", data={"person": str(colleague)})
    with acting(app, "xiaoshou2") as session:
        assert session.get(Customer, pk) is not None
    with acting(app, "xiaoshou1") as session:
        operations.leave_customer(session, pk, colleague)
    with acting(app, "xiaoshou2") as session:
        assert session.get(Customer, pk) is None


def test_signing_frees_numbers_and_a_lost_contract_brings_them_back(app):
    pk = a_prospect(app)
    with as_system(app) as session:
        operations.sign(session, pk)
        assert session.scalars(select(ContactClaim)).all() == []
        assert {row.state for row in session.scalars(select(ContactObligation))} == {"excluded"}
        assert operations.fall_back(session, pk).stage == "prospect"
        assert session.scalars(select(ContactClaim.key)).all() == [f"mobile:{MOBILE}"]
        operations.sign(session, pk)
        first = operations.retain(session, pk).retained_at
        operations.sign(session, pk)
        again = operations.fall_back(session, pk)
        assert (again.stage, again.retained_at) == ("retained", first)


def test_system_transitions_have_no_button_and_no_person_may_do_them(app):
    pk = a_prospect(app)
    for name in ("sign", "recycle"):
        with pytest.raises(NotAllowed):
            perform(app, "xszhuguan", pk, name)


def test_a_later_stage_may_forbid_giving_up(app, monkeypatch):
    pk = a_prospect(app)
    guard = {"give_up": [lambda _session, _row, _identity: ["a contract is open"]]}
    monkeypatch.setattr(CUSTOMER_LIFECYCLE, "_contributed", guard)
    with pytest.raises(BusinessError) as refusal:
        perform(app, "xiaoshou1", pk, "give_up", **REASON)
    assert "a contract is open" in str(refusal.value)


def test_doing_it_twice_with_one_token_has_the_effect_of_once(app):
    pk = a_prospect(app)
    for _click in range(2):
        with acting(app, "xiaoshou1") as session:
            CUSTOMER_LIFECYCLE.perform(session, pk, "give_up", data=REASON, token="one click")
    with as_system(app) as session:
        assert clock.now() >= session.get(Customer, pk).released_at
        assert len(session.scalars(select(Ownership)).all()) == 1
