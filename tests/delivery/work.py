"""Signed contracts whose work waits: what delivery and closing are tested with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.companies.operations import create_company
from app.companies.queries import companies_of
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.operations import save_contract, submit_contract
from app.customers.operations import create_customer
from app.delivery.models import WorkItem, WorkStep
from app.delivery.transitions import LIFECYCLE
from app.finance.operations import Slip, approve_receipt, enter_receipt
from app.platform import clock
from tests.finance.books import account
from tests.people import acting, as_system, person_id


@dataclass(frozen=True)
class Job:
    """Ids of a contract in force and of its work items, in the order of the lines."""

    customer_id: int
    contract_id: int
    item_ids: tuple[int, ...]

    @property
    def item_id(self) -> int:
        return self.item_ids[0]


def sell(
    app: Flask,
    *codes: str,
    amount: str = "9600",
    extra_items: tuple[str, ...] = (),
    customer_id: int | None = None,
    **contract: Any,
) -> Job:
    """xiaoshou1 sells these business types, every line for `amount` yuan, and the contract takes effect."""
    with acting(app, "xiaoshou1") as session:
        if customer_id is None:
            customer_id = create_customer(session, name="华南智造").id
        lines = []
        for code in codes:
            kind = session.scalars(select(BusinessType).where(BusinessType.code == code)).one()
            sold = [ItemInput(kind.items[0].id, Decimal(amount))]
            sold += [ItemInput(item.id, Decimal(0)) for item in kind.items[1:] if item.name in extra_items]
            recurring = {"paid_months": 12, "interval_months": 3, "start_month": clock.today()}
            lines.append(
                LineInput(
                    business_type_id=kind.id, items=tuple(sold), **(recurring if kind.recurring else {})
                )
            )
        if any(code.startswith("JZ") for code in codes):
            contract.setdefault("company_id", _company_of(session, customer_id))
        data = ContractInput(customer_id=customer_id, lines=tuple(lines), reason="老客户", **contract)
        row = save_contract(session, None, data)
        submit_contract(session, row.id)
        contract_id = row.id
    with as_system(app) as session:
        found = session.scalars(
            select(WorkItem.id).where(WorkItem.contract_id == contract_id).order_by(WorkItem.id)
        )
        return Job(customer_id, contract_id, tuple(found))


def _company_of(session: Session, customer_id: int) -> int:
    known = session.scalars(companies_of(customer_id)).first()
    return (known or create_company(session, customer_id, name="华南智造（东莞）有限公司")).id


def assign(app: Flask, item_id: int, to: str = "waiqin", by: str = "blzhuguan") -> None:
    with acting(app, by) as session:
        LIFECYCLE.perform(session, item_id, "assign", data={"handler": person_id(session, to)})


def step_ids(app: Flask, item_id: int) -> dict[str, int]:
    with as_system(app) as session:
        rows = session.scalars(
            select(WorkStep).where(WorkStep.work_item_id == item_id).order_by(WorkStep.position)
        )
        return {row.name: row.id for row in rows}


def report(app: Flask, item_id: int, *names: str, by: str = "waiqin") -> None:
    """Report the named steps done, all of them when none is named."""
    steps = step_ids(app, item_id)
    for name in names or tuple(steps):
        with acting(app, by) as session:
            LIFECYCLE.perform(
                session, item_id, "report_step", data={"step": steps[name], "done_on": clock.today()}
            )


def finish(app: Flask, item_id: int, by: str = "waiqin") -> None:
    assign(app, item_id, to=by)
    report(app, item_id, by=by)


def pay(app: Flask, job: Job, amount: str) -> int:
    """Money entered by the salesperson and booked by the cashier; answers the receipt's id."""
    with acting(app, "xiaoshou1") as session:
        slip = Slip(
            customer_id=job.customer_id,
            contract_id=job.contract_id,
            account_id=account(session),
            amount=Decimal(amount),
            received_on=clock.today(),
        )
        receipt_id = enter_receipt(session, slip).id
    with acting(app, "caiwu") as session:
        approve_receipt(session, receipt_id)
    return receipt_id


def state(app: Flask, item_id: int) -> str:
    with as_system(app) as session:
        return session.get_one(WorkItem, item_id).state
