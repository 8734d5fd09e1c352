"""An agency where something of everything has happened, so that no page of it is empty."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.bookkeeping.operations import start_engagement
from app.companies.operations import create_company
from app.contracts.operations import submit_contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.operations import create_customer
from app.platform import clock
from app.reminders.models import Reminder
from tests.contracts.deals import draft, line
from tests.people import acting, as_system, person_id
from tests.world import make_world


def furnish(app: Flask) -> None:
    """The world of the leak tests; a contract that waits for the principal; filings; a reminder."""
    make_world(app)
    contract_id, customer_id, company_id = _contract_below_authority(app)
    with acting(app, "xszhuguan") as session:
        CONTRACT_LIFECYCLE.perform(session, contract_id, "approve")
    with acting(app, "laoban") as session:
        last_month = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
        start_engagement(session, company_id, started_on=last_month)
    _remind(app, customer_id)


def _contract_below_authority(app: Flask) -> tuple[int, int, int]:
    with acting(app, "xiaoshou1") as session:
        customer = create_customer(
            session, name="鸿润网络", contacts=[("黄志强", "mobile", "13700137003", False)]
        )
        company = create_company(
            session,
            customer.id,
            name="东莞市鸿润网络经营部",
            entity_type="sole_trader",
            taxpayer_kind="small_scale",
        )
        one_off = line(session, "SL02", "450", company_id=company.id, reason="老客户介绍，同行在比价")
        contract = draft(session, customer, one_off)
        submit_contract(session, contract.id)
        return contract.id, customer.id, company.id


def _remind(app: Flask, customer_id: int) -> None:
    with as_system(app) as session:
        session.add(
            Reminder(
                person_id=person_id(session, "laoban"),
                rule="next_contact",
                subject_id=customer_id,
                occurrence="look",
                customer_id=customer_id,
                title="Planned contact with %(name)s, %(day)s",
                details={"name": "鸿润网络", "day": "2026-01-01"},
                url=f"customer.show?pk={customer_id}",
                due_on=clock.today(),
                created_at=clock.now(),
            )
        )
