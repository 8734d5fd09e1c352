"""Taking back and giving up: counter documents and waivers, with the approvals they need."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.approval.models import ApprovalRequest, ApprovalRule
from app.finance.invariants import broken
from app.finance.models import CashEntry, Receipt, Waiver
from app.finance.operations import allocate_advance
from app.finance.transitions import RECEIPT_LIFECYCLE, WAIVER_LIFECYCLE
from app.finance.waiving import waive
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, Stale
from tests.finance.books import balances, enter, receive, sign
from tests.people import acting, as_system


def reverse(app: Flask, receipt_id: int, by: str = "caiwu") -> int:
    """Ask for the reversal; answers the id of the counter document."""
    with acting(app, by) as session:
        RECEIPT_LIFECYCLE.perform(session, receipt_id, "reverse", data={"reason": "打错户"})
        found = session.scalar(
            select(Receipt.id).where(Receipt.reverses_id == receipt_id).order_by(Receipt.id.desc())
        )
        assert found is not None
        return found


def decide(app: Flask, lifecycle: Any, row_id: int, name: str, by: str = "laoban") -> None:
    with acting(app, by) as session:
        lifecycle.perform(session, row_id, name, data={"reason": "看过了"})


def states(app: Flask, *receipt_ids: int) -> list[str]:
    with as_system(app) as session:
        return [session.get_one(Receipt, each).state for each in receipt_ids]


def sound(app: Flask) -> bool:
    with as_system(app) as session:
        return broken(session) == []


def without_rule(app: Flask, kind: str) -> None:
    with as_system(app) as session:
        for rule in session.scalars(select(ApprovalRule).where(ApprovalRule.kind == kind)):
            rule.active = False


def test_a_reversal_waits_for_the_principal_and_then_weighs_the_receipt_up(app: Flask) -> None:
    deal = sign(app, "600", "400")
    receipt_id = receive(app, deal, "900")
    counter = reverse(app, receipt_id)
    assert states(app, receipt_id, counter) == ["booked", "pending"]
    assert balances(app, deal) == ["0.00", "100.00"], "nothing moves before somebody agrees"
    decide(app, RECEIPT_LIFECYCLE, counter, "approve")
    assert states(app, receipt_id, counter) == ["reversed", "booked"]
    assert balances(app, deal) == ["600.00", "400.00"]
    with as_system(app) as session:
        amounts = session.scalars(select(CashEntry.amount).order_by(CashEntry.id)).all()
    assert amounts == [Decimal(900), Decimal(-900)]
    assert sound(app)


def test_the_cashier_cannot_agree_to_the_own_reversal(app: Flask) -> None:
    counter = reverse(app, receive(app, sign(app, "600"), "600"))
    with pytest.raises(BusinessError, match="turn"):
        decide(app, RECEIPT_LIFECYCLE, counter, "approve", by="caiwu")
    assert sound(app)


def test_a_refused_reversal_leaves_the_receipt_and_may_be_asked_again(app: Flask) -> None:
    deal = sign(app, "600")
    receipt_id = receive(app, deal, "600")
    counter = reverse(app, receipt_id)
    with pytest.raises(BusinessError, match="waits for approval"):
        reverse(app, receipt_id)
    decide(app, RECEIPT_LIFECYCLE, counter, "reject")
    assert states(app, receipt_id, counter) == ["booked", "rejected"]
    again = reverse(app, receipt_id)
    with acting(app, "caiwu") as session:
        RECEIPT_LIFECYCLE.perform(session, again, "withdraw")
    third = reverse(app, receipt_id)
    decide(app, RECEIPT_LIFECYCLE, third, "approve")
    assert states(app, receipt_id, again, third) == ["reversed", "withdrawn", "booked"]
    with as_system(app) as session:
        open_requests = session.scalars(select(ApprovalRequest).where(ApprovalRequest.state == "open")).all()
    assert open_requests == []
    assert sound(app)


def test_without_a_rule_the_counter_document_is_booked_at_once(app: Flask) -> None:
    without_rule(app, "reversal")
    deal = sign(app, "600")
    receipt_id = receive(app, deal, "600")
    counter = reverse(app, receipt_id)
    assert states(app, receipt_id, counter) == ["reversed", "booked"]
    assert balances(app, deal) == ["600.00"]
    with as_system(app) as session:
        assert session.get_one(Receipt, counter).approver_id is None
    with pytest.raises(Stale):
        reverse(app, receipt_id)
    assert sound(app)


def test_a_reversal_takes_back_what_the_advance_paid_later_too(app: Flask) -> None:
    deal = sign(app, "100")
    receipt_id = receive(app, deal, "250")
    later = sign(app, "150", customer_id=deal.customer_id)
    with acting(app, "caiwu") as session:
        allocate_advance(session, receipt_id, receivables=later.receivable_ids)
    decide(app, RECEIPT_LIFECYCLE, reverse(app, receipt_id), "approve")
    assert (balances(app, deal), balances(app, later)) == (["100.00"], ["150.00"])
    assert sound(app)


def test_what_is_not_booked_or_is_a_counter_document_is_not_reversed(app: Flask) -> None:
    deal = sign(app, "600")
    with pytest.raises(Stale):
        reverse(app, enter(app, deal, "10"))
    counter = reverse(app, receive(app, deal, "600"))
    decide(app, RECEIPT_LIFECYCLE, counter, "approve")
    with pytest.raises(BusinessError, match="not reversed"):
        reverse(app, counter)
    assert sound(app)


def test_after_a_reversal_the_slip_number_is_free_again(app: Flask) -> None:
    deal = sign(app, "600")
    first = receive(app, deal, "600", slip_number="7788")
    decide(app, RECEIPT_LIFECYCLE, reverse(app, first), "approve")
    receive(app, deal, "600", slip_number="7788")
    assert balances(app, deal) == ["0.00"]
    assert sound(app)


def give_up(app: Flask, receivable_id: int, amount: str, by: str = "caiwu", **more: Any) -> int:
    with acting(app, by) as session:
        return waive(session, receivable_id, Decimal(amount), "抹零", **more).id


def waiver_state(app: Flask, waiver_id: int) -> str:
    with as_system(app) as session:
        return session.get_one(Waiver, waiver_id).state


def test_the_cashier_waives_fifty_yuan_alone_and_more_only_with_approval(app: Flask) -> None:
    deal = sign(app, "1000")
    (receivable,) = deal.receivable_ids
    assert waiver_state(app, give_up(app, receivable, "50")) == "booked"
    assert balances(app, deal) == ["950.00"]
    large = give_up(app, receivable, "100")
    assert waiver_state(app, large) == "pending"
    assert balances(app, deal) == ["950.00"]
    with pytest.raises(NotAllowed):
        decide(app, WAIVER_LIFECYCLE, large, "approve", by="caiwu")
    decide(app, WAIVER_LIFECYCLE, large, "approve")
    assert balances(app, deal) == ["850.00"]
    assert sound(app)


def test_a_large_sum_does_not_pass_in_small_pieces(app: Flask) -> None:
    (receivable,) = sign(app, "1000").receivable_ids
    give_up(app, receivable, "40")
    assert waiver_state(app, give_up(app, receivable, "20")) == "pending"


def test_a_waiver_is_refused_or_withdrawn_without_a_trace_on_the_receivable(app: Flask) -> None:
    deal = sign(app, "1000")
    (receivable,) = deal.receivable_ids
    refused, withdrawn = give_up(app, receivable, "100"), give_up(app, receivable, "200")
    decide(app, WAIVER_LIFECYCLE, refused, "reject")
    with acting(app, "caiwu") as session:
        WAIVER_LIFECYCLE.perform(session, withdrawn, "withdraw")
    assert [waiver_state(app, each) for each in (refused, withdrawn)] == ["rejected", "withdrawn"]
    assert balances(app, deal) == ["1000.00"]


def test_what_was_paid_meanwhile_cannot_be_waived(app: Flask) -> None:
    deal = sign(app, "1000")
    waiver_id = give_up(app, deal.receivable_ids[0], "600")
    receive(app, deal, "500")
    with pytest.raises(BusinessError, match="more than is open"):
        decide(app, WAIVER_LIFECYCLE, waiver_id, "approve")
    assert waiver_state(app, waiver_id) == "pending"
    assert sound(app)


@pytest.mark.parametrize(
    ("amount", "reason", "field"), [("0", "x", "amount"), ("1000.01", "x", "amount"), ("1", " ", "reason")]
)
def test_a_waiver_with_a_fault_is_refused_by_name(app: Flask, amount: str, reason: str, field: str) -> None:
    (receivable,) = sign(app, "1000").receivable_ids
    with pytest.raises(FieldErrors) as refused, acting(app, "caiwu") as session:
        waive(session, receivable, Decimal(amount), reason)
    assert set(refused.value.fields) == {field}


def test_a_salesperson_waives_nothing(app: Flask) -> None:
    (receivable,) = sign(app, "1000").receivable_ids
    with pytest.raises(NotAllowed):
        give_up(app, receivable, "1", by="xiaoshou1")


def test_the_same_waiver_sent_twice_is_one(app: Flask) -> None:
    deal = sign(app, "1000")
    ids = {give_up(app, deal.receivable_ids[0], "10", token="click") for _ in range(2)}
    assert len(ids) == 1
    assert balances(app, deal) == ["990.00"]
