"""Two salespeople with one customer each, taken down the whole river: what leak tests walk through."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from flask import Flask

from app.companies.operations import create_company
from app.contracts.operations import submit_contract
from app.customers.follow_ups import add_follow_up
from app.customers.operations import create_customer
from app.finance.operations import Slip, approve_receipt, enter_receipt
from app.platform import clock
from app.reminders.models import Reminder
from tests.contracts.deals import draft, line
from tests.finance.books import account
from tests.people import acting, as_system, person_id

MARK = {"xiaoshou1": "甲方独有字号", "xiaoshou2": "乙方绝密字号"}
"""A word that stands in everything of one salesperson's customer and nowhere else."""
PHONE = {"xiaoshou1": "13800138001", "xiaoshou2": "13900139002"}


def make_world(app: Flask) -> None:
    """Prospects, signed customers, contracts, receipts, work, engagements and reminders of both."""
    for login in MARK:
        sell(app, login, mark=MARK[login], phone=PHONE[login])
        _prospect(app, login)


def sell(app: Flask, login: str, *, mark: str, phone: str) -> None:
    """One customer of this salesperson, from the first call to the booked receipt."""
    with acting(app, login) as session:
        customer = create_customer(session, name=f"{mark}科技", contacts=[("李国栋", "mobile", phone, False)])
        company = create_company(
            session,
            customer.id,
            name=f"{mark}有限公司",
            entity_type="limited_company",
            taxpayer_kind="small_scale",
        )
        add_follow_up(session, customer.id, method="phone", content=f"{mark}同意签约")
        contract = draft(
            session,
            customer,
            line(session, "SL02", "800", company_id=company.id),
            line(
                session,
                "JZ01",
                "7200",
                company_id=company.id,
                paid_months=12,
                start_month=clock.today().replace(day=1),
            ),
        )
        submit_contract(session, contract.id)
        customer_id, contract_id = customer.id, contract.id
    with acting(app, login) as session:
        slip = Slip(
            customer_id=customer_id,
            contract_id=contract_id,
            account_id=account(session),
            amount=Decimal("500"),
            received_on=clock.today(),
            payer=f"{mark}付款人",
        )
        receipt_id = enter_receipt(session, slip).id
    with acting(app, "caiwu") as session:
        approve_receipt(session, receipt_id)
    with as_system(app) as session:
        session.add(
            Reminder(
                person_id=person_id(session, login),
                rule="contact_rule",
                subject_id=customer_id,
                occurrence="walk",
                customer_id=customer_id,
                title="Contact %(name)s, due %(day)s",
                details={"name": mark, "day": "2026-01-01"},
                url=f"customer.show?pk={customer_id}",
                due_on=clock.today() - timedelta(days=1),
                created_at=clock.now(),
            )
        )


def _prospect(app: Flask, login: str) -> None:
    with acting(app, login) as session:
        create_customer(
            session,
            name=f"{MARK[login]}意向",
            contacts=[("王小燕", "wechat", f"wx_{login}", False)],
            next_contact_on=clock.today(),
        )
