"""A contract that only renews opens no work: its lines open with their first money (decision 0012)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.contracts.models import Contract
from app.contracts.operations import input_of, save_contract, submit_contract
from app.delivery.models import WorkItem
from app.finance.models import Receivable, Waiver
from app.finance.waiving import waive
from app.platform.timeline import TimelineEntry
from tests.bookkeeping.books import a_company, a_contract, a_customer, a_line
from tests.delivery.work import Job, pay
from tests.people import acting, as_system

APRIL = date(2026, 4, 1)


def renewed(app: Flask) -> Job:
    """A renewal over a year at 1,000 yuan a month, paid by the quarter, besides the first year's contract."""
    with acting(app, "xiaoshou1") as session:
        customer = a_customer(session)
        line = a_line(session, "JZ01", company_id=a_company(session, customer).id, start=APRIL)
        a_contract(session, customer, line)
        again = replace(line, interval_months=3, start_month=date(2027, 4, 1))
        return Job(customer.id, a_contract(session, customer, again, renewal=True).id, ())


def facts(app: Flask, job: Job) -> tuple[str, str, list[str | None]]:
    """Stage of the customer, state of the renewal, how its lines ended."""
    with as_system(app) as session:
        contract = session.get_one(Contract, job.contract_id)
        return contract.customer.stage, contract.state, [line.done for line in contract.lines]


def test_the_renewal_closes_with_its_first_instalment_and_moves_no_customer(app: Flask) -> None:
    job = renewed(app)
    pay(app, job, "2999.99")
    assert facts(app, job) == ("signed", "active", [None])
    pay(app, job, "0.01")
    assert facts(app, job) == ("signed", "closed", ["opened"])
    pay(app, job, "3000.00")
    with as_system(app) as session:
        owed = session.scalars(select(Receivable).where(Receivable.contract_id == job.contract_id))
        assert sum(row.balance for row in owed) == 6000, "later instalments stay ordinary receivables"
        items = session.scalars(select(WorkItem).where(WorkItem.contract_id == job.contract_id))
        assert items.all() == []
        told = session.scalars(select(TimelineEntry.title).where(TimelineEntry.subject == "engagement"))
        assert "the service is open" not in told.all(), "it was open all along"


def test_a_waived_first_instalment_opens_the_renewal_too(app: Flask) -> None:
    job = renewed(app)
    pay(app, job, "2950.00")
    with as_system(app) as session:
        first = session.scalars(
            select(Receivable.id).where(Receivable.contract_id == job.contract_id).order_by(Receivable.id)
        ).first()
    with acting(app, "caiwu") as session:
        waive(session, first, Decimal(50), "尾差")
        assert session.scalars(select(Waiver.state)).one() == "booked"
    assert facts(app, job) == ("signed", "closed", ["opened"])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_renewal_that_asks_for_nothing_opens_at_once(app: Flask) -> None:
    job = renewed(app)
    with as_system(app) as session:
        former = input_of(session.get_one(Contract, job.contract_id))
    gift = replace(former.lines[0].items[0], amount=Decimal(0))
    line = replace(former.lines[0], items=(gift,), start_month=date(2028, 4, 1), reason="送一年")
    with acting(app, "laoban") as session:
        contract_id = save_contract(session, None, replace(former, lines=(line,))).id
        submit_contract(session, contract_id)
    assert facts(app, replace(job, contract_id=contract_id)) == ("signed", "closed", ["opened"])
