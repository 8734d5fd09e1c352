"""Two colleagues at one customer at once: who comes second sees what the first did (decision 0013)."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.closing.operations import close_item
from app.contracts.models import Contract
from app.contracts.operations import submit_contract
from app.customers.models import Customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.delivery.transitions import LIFECYCLE
from app.finance.operations import Slip, enter_receipt
from app.platform import clock
from app.platform.database import engines
from app.platform.errors import BusinessError
from tests.closing.test_closing import MANAGER, complete_company
from tests.contracts.deals import draft, line
from tests.customers.cast import a_prospect
from tests.delivery.work import Job, finish, pay, sell
from tests.finance.books import account
from tests.people import acting, as_system

pytestmark = pytest.mark.parametrize("backend", ["postgresql"])
"""SQLite lets one writer in at a time; only PostgreSQL can interleave."""

SELLER = "xiaoshou1"


def a_draft(app: Flask, customer_id: int, amount: str) -> int:
    with acting(app, SELLER) as session:
        customer = session.get_one(Customer, customer_id)
        return draft(session, customer, line(session, "SL01", amount, reason="老客户")).id


def give_up(app: Flask, customer_id: int) -> None:
    with acting(app, SELLER) as session:
        released(session, customer_id)


def submit(app: Flask, contract_id: int) -> None:
    with acting(app, SELLER) as session:
        submit_contract(session, contract_id)


def released(session: Session, customer_id: int) -> None:
    CUSTOMER_LIFECYCLE.perform(session, customer_id, "give_up", data={"reason": "其他"})


def cancelled(session: Session, item_id: int) -> None:
    LIFECYCLE.perform(session, item_id, "cancel", data={"reason": "客户不办了"})


def a_receipt(app: Flask, job: Job) -> None:
    with acting(app, SELLER) as session:
        slip = Slip(
            job.customer_id, account(session), Decimal(100), clock.today(), contract_id=job.contract_id
        )
        enter_receipt(session, slip)


def close(app: Flask, item_id: int) -> None:
    with acting(app, MANAGER) as session:
        close_item(session, item_id)


def standing(app: Flask, customer_id: int, contract_id: int) -> tuple[str, str]:
    with as_system(app) as session:
        return session.get_one(Customer, customer_id).stage, session.get_one(Contract, contract_id).state


def together(app: Flask, ours: Callable[[Session], object], theirs: Callable[[], None], by: str) -> bool:
    """The colleague begins when our deed is done but not committed, and ends or waits before we commit.

    Answers whether the colleague had to wait; raises what the colleague is refused with.
    """
    with ThreadPoolExecutor(1) as pool:
        with acting(app, by) as session:
            ours(session)
            session.flush()
            colleague = pool.submit(theirs)
            while not colleague.done() and not _somebody_waits(app):
                time.sleep(0.01)
            waited = not colleague.done()
        colleague.result()
    return waited


def _somebody_waits(app: Flask) -> bool:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with app.app_context(), engines().writer.connect() as connection:
        return bool(connection.scalar(text(waiting)))


def test_a_customer_is_not_given_up_while_its_contract_is_submitted(app: Flask) -> None:
    customer_id = a_prospect(app)
    contract_id = a_draft(app, customer_id, "700")
    with pytest.raises(BusinessError) as refusal:
        together(
            app, partial(submit_contract, contract_id=contract_id), partial(give_up, app, customer_id), SELLER
        )
    assert refusal.value.code == "guard"
    assert standing(app, customer_id, contract_id) == ("prospect", "pending")


def test_a_contract_is_not_submitted_while_its_customer_is_given_up(app: Flask) -> None:
    customer_id = a_prospect(app)
    contract_id = a_draft(app, customer_id, "700")
    with pytest.raises(BusinessError) as refusal:
        together(app, partial(released, customer_id=customer_id), partial(submit, app, contract_id), SELLER)
    assert refusal.value.code == "guard"
    assert standing(app, customer_id, contract_id) == ("public", "draft")


def test_a_customer_who_signs_again_while_the_last_work_is_closed_stays_signed(app: Flask) -> None:
    job = sell(app, "SL02")
    finish(app, job.item_id)
    complete_company(app, job)
    pay(app, job, "9600")
    again = a_draft(app, job.customer_id, "1500")
    together(app, partial(submit_contract, contract_id=again), partial(close, app, job.item_id), SELLER)
    assert standing(app, job.customer_id, job.contract_id) == ("signed", "closed")


def test_a_customer_whose_last_work_is_cancelled_while_it_signs_again_is_signed(app: Flask) -> None:
    job = sell(app, "SL02")
    again = a_draft(app, job.customer_id, "1500")
    together(app, partial(cancelled, item_id=job.item_id), partial(submit, app, again), MANAGER)
    assert standing(app, job.customer_id, job.contract_id) == ("signed", "closed")


def test_money_entered_while_a_contract_waits_for_its_customer_stands_in_nobodys_way(app: Flask) -> None:
    """A receipt refers to customer and contract; what refers to a row does not wait for who changes it."""
    job = sell(app, "SL02")
    assert not together(app, partial(cancelled, item_id=job.item_id), partial(a_receipt, app, job), MANAGER)
    assert standing(app, job.customer_id, job.contract_id) == ("prospect", "closed")
