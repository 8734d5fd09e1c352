"""A superior ends a contract, the cashier settles it: all paid or waived, or a debt kept on purpose."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.contracts.models import Contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.delivery.transitions import LIFECYCLE
from app.platform.errors import BusinessError, NotAllowed, Stale
from app.reminders.models import Reminder
from tests.delivery.work import sell
from tests.finance.books import Deal, balances, receive, sign
from tests.people import acting, as_system, person_id


def move(app: Flask, login: str, deal: Deal, name: str, **data: str) -> None:
    with acting(app, login) as session:
        CONTRACT_LIFECYCLE.perform(session, deal.contract_id, name, data=data)


def ending(app: Flask) -> Deal:
    """A contract over 1,000 yuan, 400 of them paid, that the sales manager ends."""
    deal = sign(app, "1000")
    receive(app, deal, "400")
    move(app, "xszhuguan", deal, "terminate", reason="客户不办了")
    return deal


def state_of(app: Flask, deal: Deal) -> str:
    with as_system(app) as session:
        return session.get_one(Contract, deal.contract_id).state


def test_an_open_balance_is_not_settled_and_the_contract_waits(app: Flask) -> None:
    deal = ending(app)
    assert state_of(app, deal) == "ending"
    with pytest.raises(BusinessError) as refusal:
        move(app, "caiwu", deal, "settle", settlement="settled")
    assert refusal.value.code == "not_settled"
    assert state_of(app, deal) == "ending"
    receive(app, deal, "600")
    move(app, "caiwu", deal, "settle", settlement="settled")
    assert state_of(app, deal) == "terminated"


def test_a_debt_kept_on_purpose_stays_owed(app: Flask) -> None:
    deal = ending(app)
    move(app, "caiwu", deal, "settle", settlement="keep_debt", note="年底前收")
    assert (state_of(app, deal), balances(app, deal)) == ("terminated", ["600.00"])


def test_two_people_end_a_contract_and_the_cashier_is_told(app: Flask) -> None:
    deal = sign(app, "1000")
    for login in ("xiaoshou1", "caiwu"):
        with pytest.raises(NotAllowed):
            move(app, login, deal, "terminate", reason="客户不办了")
    with pytest.raises(Stale):
        move(app, "caiwu", deal, "settle", settlement="keep_debt")
    move(app, "xszhuguan", deal, "terminate", reason="客户不办了")
    with pytest.raises(NotAllowed):
        move(app, "xszhuguan", deal, "settle", settlement="keep_debt")
    with as_system(app) as session:
        told = session.scalars(select(Reminder).where(Reminder.title.contains("waits to be settled"))).one()
        assert told.person_id == person_id(session, "caiwu")


def test_a_superior_carries_the_contract_on_before_it_is_settled(app: Flask) -> None:
    deal = ending(app)
    move(app, "xszhuguan", deal, "carry_on", reason="客户回来了")
    assert state_of(app, deal) == "active"


def test_carried_on_with_all_work_cancelled_it_is_over(app: Flask) -> None:
    job = sell(app, "SL02")
    deal = Deal(job.customer_id, job.contract_id, (), ())
    move(app, "xszhuguan", deal, "terminate", reason="客户不办了")
    with acting(app, "blzhuguan") as session:
        LIFECYCLE.perform(session, job.item_id, "cancel", data={"reason": "客户不办了"})
    assert state_of(app, deal) == "ending"
    move(app, "xszhuguan", deal, "carry_on", reason="款项留着")
    assert state_of(app, deal) == "closed"
