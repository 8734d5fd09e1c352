"""Price below authority, discounts, levels: who has to approve a contract, and what their word does."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from app.approval.models import ApprovalRule, ApprovalStep
from app.approval.queries import requests_of
from app.contracts.models import Contract
from app.contracts.operations import submit_contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.models import Customer
from app.org.models import Person
from app.platform.errors import BusinessError, NotAllowed, Stale
from app.platform.timeline import TimelineEntry
from app.reminders.models import Reminder
from tests.contracts.deals import customer_of, draft, line
from tests.people import acting, as_system, person_id

# SL01 costs 1,500.00; a salesperson sells it down to 750.00, the sales manager to 637.50, the principal to 0.


def submitted(app: Flask, login: str, amount: str, **more: str) -> int:
    with acting(app, login) as session:
        contract = draft(
            session, customer_of(session), line(session, "SL01", amount, reason="老客户", **more)
        )
        submit_contract(session, contract.id)
        return contract.id


def steps_of(app: Flask, contract_id: int) -> list[tuple[str, int, str]]:
    with as_system(app) as session:
        return [
            (step.approver.username, step.level, step.state)
            for step in requests_of(session, "contract", contract_id)[0].steps
        ]


def decide(app: Flask, login: str, contract_id: int, name: str, **data: str) -> None:
    with acting(app, login) as session:
        CONTRACT_LIFECYCLE.perform(session, contract_id, name, data=data)


def state_of(app: Flask, contract_id: int) -> str:
    with as_system(app) as session:
        return session.get_one(Contract, contract_id).state


def test_at_the_list_price_nobody_is_asked_and_the_customer_has_signed(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "1500")
    with as_system(app) as session:
        contract = session.get_one(Contract, contract_id)
        assert (contract.state, requests_of(session, "contract", contract_id)) == ("active", [])
        assert contract.activated_at and contract.signed_on and contract.starts_on <= contract.ends_on
        assert contract.customer.stage == "signed"
        told = session.scalars(
            select(TimelineEntry.title).where(TimelineEntry.subject == "contract").order_by(TimelineEntry.id)
        ).all()
        assert told == [
            "wrote a contract draft",
            "submitted the contract",
            "the contract took effect",
        ]


def test_below_authority_and_more_than_ten_percent_off_needs_two_levels(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    assert steps_of(app, contract_id) == [("xszhuguan", 1, "turn"), ("laoban", 2, "waiting")]
    with pytest.raises(BusinessError, match="turn"):
        decide(app, "laoban", contract_id, "approve")
    decide(app, "xszhuguan", contract_id, "approve")
    assert (state_of(app, contract_id), steps_of(app, contract_id)) == (
        "pending",
        [("xszhuguan", 1, "approved"), ("laoban", 2, "turn")],
    )
    decide(app, "laoban", contract_id, "approve", note="好")
    assert state_of(app, contract_id) == "active"


def test_the_first_superior_who_covers_the_price_decides_and_is_asked_once(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "600")
    assert steps_of(app, contract_id) == [("laoban", 1, "turn"), ("laoban", 2, "skipped")]
    decide(app, "laoban", contract_id, "approve")
    assert state_of(app, contract_id) == "active"


@pytest.mark.parametrize(("amount", "expected"), [("1350", "active"), ("1349.99", "pending")])
def test_exactly_ten_percent_off_is_free(app: Flask, amount: str, expected: str) -> None:
    assert state_of(app, submitted(app, "xiaoshou1", amount)) == expected


def test_nobody_approves_their_own_contract_unless_they_stand_at_the_top(app: Flask) -> None:
    own = submitted(app, "xszhuguan", "630")
    assert steps_of(app, own) == [("laoban", 1, "turn"), ("laoban", 2, "skipped")]
    with pytest.raises(BusinessError, match="turn"):
        decide(app, "xszhuguan", own, "approve")
    top = submitted(app, "laoban", "100")
    with as_system(app) as session:
        [request] = requests_of(session, "contract", top)
        assert [(s.approver.username, s.self_approved) for s in request.steps] == [("laoban", True)]


def test_whoever_submits_signs_for_the_price(app: Flask) -> None:
    """A manager who submits a salesperson's draft becomes its author and cannot approve it."""
    with acting(app, "xiaoshou1") as session:
        contract_id = draft(session, customer_of(session), line(session, "SL01", "630", reason="老客户")).id
    with acting(app, "xszhuguan") as session:
        submit_contract(session, contract_id)
        assert session.get_one(Contract, contract_id).author_id == person_id(session, "xszhuguan")
    assert steps_of(app, contract_id)[0] == ("laoban", 1, "turn")


def nobody_approves(app: Flask, above: int) -> int:
    """A rule over contracts above the amount that finds nobody; answers its id."""
    with as_system(app) as session:
        rule = ApprovalRule(
            name="查无此人", kind="contract", fact="amount", threshold=above, approver="role", role="nobody"
        )
        session.add(rule)
        session.flush()
        return rule.id


def test_a_rule_that_finds_nobody_holds_the_contract_and_the_administrator_is_told(app: Flask) -> None:
    rule_id = nobody_approves(app, above=0)
    with acting(app, "xiaoshou1") as session:
        contract_id = draft(session, customer_of(session), line(session, "SL01", "1500")).id
    for _again in range(2):
        with pytest.raises(BusinessError, match="查无此人"):
            decide(app, "xiaoshou1", contract_id, "submit")
    assert state_of(app, contract_id) == "draft"
    with as_system(app) as session:
        assert requests_of(session, "contract", contract_id) == []
        [notice] = session.scalars(select(Reminder)).all()
        assert (notice.person_id, notice.url) == (
            person_id(session, "admin"),
            f"approval_rule.show?pk={rule_id}",
        )
        assert notice.details == {"rule": "查无此人", "name": "陈宇航"}


def test_below_authority_needs_a_reason(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        contract = draft(session, customer_of(session), line(session, "SL01", "700"))
        with pytest.raises(BusinessError, match="有限公司设立"):
            submit_contract(session, contract.id)


def test_handed_back_it_is_a_draft_again_and_keeps_its_number(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    with pytest.raises(BusinessError, match="missing"):
        decide(app, "xszhuguan", contract_id, "hand_back")
    decide(app, "xszhuguan", contract_id, "hand_back", reason="价格太低")
    with acting(app, "xiaoshou1") as session:
        contract = session.get_one(Contract, contract_id)
        number = contract.number
        assert (contract.state, number is None) == ("draft", False)
        submit_contract(session, contract_id)
        assert contract.number == number
    assert len(steps_of(app, contract_id)) == 2


def test_a_rejection_is_final(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    decide(app, "xszhuguan", contract_id, "reject", reason="不做")
    assert state_of(app, contract_id) == "rejected"
    with pytest.raises(Stale):
        decide(app, "xiaoshou1", contract_id, "submit")


def test_the_author_takes_it_back_only_before_somebody_approved(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    decide(app, "xiaoshou1", contract_id, "withdraw")
    decide(app, "xiaoshou1", contract_id, "submit")
    decide(app, "xszhuguan", contract_id, "approve")
    with pytest.raises(BusinessError, match="approved already"):
        decide(app, "xiaoshou1", contract_id, "withdraw")


def test_a_salesperson_has_no_right_to_approve(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    with pytest.raises(NotAllowed):
        decide(app, "xiaoshou1", contract_id, "approve")


def test_a_delegate_decides_while_the_approver_is_absent(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    with as_system(app) as session:
        manager = session.get_one(Person, person_id(session, "xszhuguan"))
        manager.delegate_id = person_id(session, "laoban")
        manager.absent_from = manager.absent_until = None
    with pytest.raises(BusinessError, match="turn"):
        decide(app, "laoban", contract_id, "approve")
    with as_system(app) as session:
        from app.platform import clock

        session.get_one(Person, person_id(session, "xszhuguan")).absent_from = clock.today()
    decide(app, "laoban", contract_id, "approve")
    with as_system(app) as session:
        step = session.scalars(select(ApprovalStep).order_by(ApprovalStep.id)).first()
        assert step is not None and step.decided_by_id == person_id(session, "laoban")


def test_approved_by_two_clicks_at_once_it_takes_effect_once(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "600")
    start, outcomes = Barrier(2), []

    def click() -> None:
        start.wait()
        try:
            decide(app, "laoban", contract_id, "approve")
            outcomes.append("approved")
        except BusinessError as refusal:
            outcomes.append(type(refusal).__name__)

    clicks = [Thread(target=click) for _ in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert sorted(outcomes) == ["Stale", "approved"]
    with as_system(app) as session:
        effects = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "activate")).all()
        assert len(effects) == 1


def test_a_form_older_than_the_contract_is_refused_and_a_token_counts_once(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "600")
    with acting(app, "laoban") as session:
        version = session.get_one(Contract, contract_id).version
        with pytest.raises(Stale):
            CONTRACT_LIFECYCLE.perform(session, contract_id, "approve", version=version - 1)
        CONTRACT_LIFECYCLE.perform(session, contract_id, "approve", version=version, token="once")
        again = CONTRACT_LIFECYCLE.perform(session, contract_id, "approve", version=version, token="once")
        assert again.state == "active"


def test_numbers_have_no_gaps_whatever_was_refused(app: Flask) -> None:
    nobody_approves(app, above=2000)
    first = submitted(app, "xiaoshou1", "1500")
    with pytest.raises(BusinessError):
        submitted(app, "xiaoshou1", "3000")
    second = submitted(app, "xiaoshou2", "1500")
    with as_system(app) as session:
        numbers = [session.get_one(Contract, i).number for i in (first, second)]
        year = session.get_one(Contract, first).activated_at.year
        assert numbers == [f"HT-{year}-0001", f"HT-{year}-0002"]
        assert session.scalars(select(Customer)).all()


def waiting_notices(app: Flask) -> list[str]:
    """Whose bell still says that a document waits for them."""
    with as_system(app) as session:
        people = (
            select(Person.username)
            .join(Reminder, Reminder.person_id == Person.id)
            .where(Reminder.done_at.is_(None), Reminder.title.contains("waits for your approval"))
            .order_by(Person.username)
        )
        return list(session.scalars(people))


def test_the_notice_of_an_approver_closes_with_the_decision(app: Flask) -> None:
    contract_id = submitted(app, "xiaoshou1", "700")
    assert waiting_notices(app) == ["xszhuguan"]
    decide(app, "xszhuguan", contract_id, "approve")
    assert waiting_notices(app) == ["laoban"]
    decide(app, "laoban", contract_id, "hand_back", reason="价格太低")
    assert waiting_notices(app) == []
    decide(app, "xiaoshou1", contract_id, "submit")
    assert waiting_notices(app) == ["xszhuguan"]
    decide(app, "xiaoshou1", contract_id, "withdraw")
    assert waiting_notices(app) == []


def test_one_refusal_closes_the_notices_of_everybody_asked_side_by_side(app: Flask) -> None:
    with as_system(app) as session:
        rule = {"kind": "contract", "fact": "amount", "approver": "role", "level": 1}
        session.add(ApprovalRule(name="财务也看", role="cashier", **rule))
    contract_id = submitted(app, "xiaoshou1", "700")
    assert waiting_notices(app) == ["caiwu", "xszhuguan"]
    decide(app, "xszhuguan", contract_id, "reject", reason="不做")
    assert waiting_notices(app) == []


def without_superior(app: Flask, login: str) -> None:
    with as_system(app) as session:
        session.get_one(Person, person_id(session, login)).superior_id = None


@pytest.mark.parametrize("login", ["xiaoshou1", "xszhuguan"])
def test_an_empty_superior_puts_nobody_at_the_top(app: Flask, login: str) -> None:
    """Below their own authority the principal decides, not they themselves."""
    without_superior(app, login)
    contract_id = submitted(app, login, "630")
    assert steps_of(app, contract_id) == [("laoban", 1, "turn"), ("laoban", 2, "skipped")]
    decide(app, "laoban", contract_id, "approve")
    assert state_of(app, contract_id) == "active"


def test_a_superior_rule_falls_to_a_principal_when_nobody_is_named(app: Flask) -> None:
    without_superior(app, "xszhuguan")
    with as_system(app) as session:
        session.add(ApprovalRule(name="上级看", kind="contract", fact="amount", approver="superior"))
    assert steps_of(app, submitted(app, "xszhuguan", "1500")) == [("laoban", 1, "turn")]
    assert steps_of(app, submitted(app, "xiaoshou1", "1500")) == [("xszhuguan", 1, "turn")]
