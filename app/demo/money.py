"""What contracts ask for and what came in: in time, late, in part or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from itertools import groupby
from typing import Any

from app.contracts.instalments import PaymentOrder, PlanLine, Recurrence, standard_plan
from app.contracts.settings import ONE_OFF_DAYS
from app.demo.sales import Deal, Line
from app.demo.scene import Life, Scene
from app.finance.models import Allocation, CashEntry, Receipt, Receivable
from app.finance.states import ReceiptState
from app.platform import clock
from app.platform.money import ZERO, format_money


class Payer(Enum):
    """How a customer pays: how often out of a hundred."""

    GOOD = 80
    SLOW = 12
    """Leaves the last open instalments for months."""
    DEBTOR = 8
    """Has paid nothing yet."""


METHODS = ("bank", "bank", "wechat", "wechat", "alipay", "cash")
BANK_DAYS = timedelta(days=2)
"""Receipts this young may still wait for the cashier."""


def collect(scene: Scene, deal: Deal, *, payer: Payer) -> None:
    """Lay down the receivables of the contract and let the customer pay them."""
    for line in deal.lines:
        line.receivables = [
            scene.rows.add(
                Receivable,
                customer_id=deal.row["customer_id"],
                contract_id=deal.row["id"],
                contract_line_id=line.row["id"],
                **part,
            )
            for part in _plan(line, deal.activated_on)
        ]
    if payer is Payer.DEBTOR:
        return
    rows = sorted((row for line in deal.lines for row in line.receivables), key=lambda row: row["due_on"])
    groups = [list(group) for _due, group in groupby(rows, key=lambda row: row["due_on"])]
    if payer is Payer.SLOW:
        due = [group for group in groups if group[0]["due_on"] <= scene.today]
        groups = due[: max(len(due) - deal.life.chance.randint(1, 2), 1)]
    life = deal.life.beside()
    for group in groups:
        if not _pay(scene, deal, life, group):
            return


def _plan(line: Line, activated: date) -> Iterable[dict[str, Any]]:
    row = line.row
    if row["recurring"]:
        recurrence = Recurrence(
            row["start_month"], row["paid_months"], row["gift_months"], row["interval_months"]
        )
        asked = PlanLine(row["id"], row["amount"], PaymentOrder.RECURRING, recurrence)
    else:
        asked = PlanLine(row["id"], row["amount"], PaymentOrder.ONE_OFF)
    plan = standard_plan([asked], activated_on=activated, one_off_days=ONE_OFF_DAYS.default)
    parts = [(due.due, part) for due in plan for part in due.parts]
    for number, (due_on, part) in enumerate(parts, start=1):
        first, last = part.covers or (None, None)
        yield {
            "instalment": number, "due_on": due_on, "amount": part.amount, "covers_from": first,
            "covers_until": last,
        }  # fmt: skip


def _pay(scene: Scene, deal: Deal, life: Life, group: list[dict[str, Any]]) -> bool:
    """One receipt for what fell due together; False when its day is still to come."""
    due_on: date = group[0]["due_on"]
    day = max(deal.activated_on, due_on + timedelta(days=life.chance.choice((-3, -1, 0, 1, 2, 5, 9))))
    if day > scene.today or any(row["amount"] == ZERO for row in group):
        return False
    amount = sum((row["amount"] for row in group), ZERO)
    extra = Decimal(life.chance.choice((100, 200, 500))) if life.happens(0.02) else ZERO
    receipt, told = _receipt(scene, deal, life, day, amount + extra)
    if scene.today - day <= BANK_DAYS and life.happens(0.6):
        return False
    _book(scene, life, receipt, told, group)
    return True


def _receipt(
    scene: Scene, deal: Deal, life: Life, day: date, amount: Decimal
) -> tuple[dict[str, Any], list[dict[str, object]]]:
    method = life.pick(METHODS)
    entered = life.moment(day)
    receipt = scene.rows.add(
        Receipt,
        customer_id=deal.row["customer_id"],
        contract_id=deal.row["id"],
        account_id=scene.accounts.get(method) or scene.accounts["bank"],
        state=ReceiptState.PENDING.value,
        amount=amount,
        received_on=clock.local(entered).date(),
        method=method,
        payer=deal.company["name"],
        author_id=deal.prospect.owner.id,
        created_at=entered,
        changed_at=entered,
    )
    told = [
        life.tell(
            "receipt", receipt, entered, deal.prospect.owner, "created", "entered ¥%(amount)s",
            states=(None, ReceiptState.PENDING.value), amount=format_money(amount),
        )
    ]  # fmt: skip

    def numbered(number: str) -> None:
        receipt["number"] = number
        for details in told:
            details["label"] = number

    scene.numbers.ask("receipt", clock.local(entered), numbered)
    return receipt, told


def _book(
    scene: Scene,
    life: Life,
    receipt: dict[str, Any],
    told: list[dict[str, object]],
    group: list[dict[str, Any]],
) -> None:
    cashier = scene.staff["caiwu"]
    booked = _soon_after(life, receipt)
    receipt.update(
        state=ReceiptState.BOOKED.value, booked_at=booked, changed_at=booked, approver_id=cashier.id
    )
    for row in group:
        row["paid"] = row["amount"]
        row["version"] += 1
        receipt["allocated"] += row["amount"]
        scene.rows.add(
            Allocation,
            customer_id=receipt["customer_id"],
            receipt_id=receipt["id"],
            receivable_id=row["id"],
            amount=row["amount"],
            booked_at=booked,
        )
    scene.rows.add(
        CashEntry,
        account_id=receipt["account_id"],
        on_day=receipt["received_on"],
        booked_at=booked,
        amount=receipt["amount"],
        receipt_id=receipt["id"],
        text=str(receipt["payer"])[:200],
    )
    told.append(
        life.tell(
            "receipt", receipt, booked, cashier, "approve", "booked ¥%(amount)s",
            states=(ReceiptState.PENDING.value, ReceiptState.BOOKED.value),
            amount=format_money(receipt["amount"]),
        )
    )  # fmt: skip


def _soon_after(life: Life, receipt: dict[str, Any]) -> Any:
    return min(receipt["created_at"] + timedelta(minutes=life.chance.randint(5, 240)), life.scene.now)


def is_settled(line: Line) -> bool:
    """What closing asks of the line's money: everything, or the first instalment of a recurring one."""
    asked = line.receivables[:1] if line.row["recurring"] else line.receivables
    return all(row["paid"] + row["waived"] >= row["amount"] for row in asked)


def covered_until(line: Line) -> date | None:
    """The day the line is paid to without a gap; None when its first instalment is open."""
    reached = None
    for row in line.receivables:
        if row["paid"] + row["waived"] < row["amount"]:
            break
        reached = row["covers_until"]
    return reached
