"""Cases that wait for somebody, lived through with the real operations as the people who would do them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.approval.models import ApprovalRequest, ApprovalStep
from app.catalogue.item_kinds import ItemKind
from app.companies.operations import create_company
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.models import Contract
from app.contracts.operations import save_contract, submit_contract
from app.contracts.states import KEEP_DEBT
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.models import Customer
from app.customers.states import NEGOTIATING, PROSPECT, PUBLIC
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.demo.scene import Scene
from app.finance.models import Receipt, Receivable
from app.finance.states import ReceiptState
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.finance.waiving import waive
from app.org.identity import identity_of_person
from app.platform import clock
from app.platform.access import acting_as

_TEN = Decimal(10)


@dataclass(frozen=True)
class Case:
    """A contract of a prospect: what is sold, how much off the reference price, and how far it came."""

    code: str
    percent: int
    decided: str
    reason: str = ""


CASES = (
    Case("JZ02", 0, "draft"),
    Case("SL01", 35, "waits", "客户介绍了两家朋友"),
    Case("JZ01", 40, "first approved", "同行报价更低"),
    Case("JZ01", 15, "waits", "一次付清全年"),
    Case("BG05", 60, "rejected", "老客户，价格压得很低"),
    Case("ZZ01", 30, "waits", "同时办两个许可证"),
    Case("SL01", 45, "handed back", "客户预算只有这么多"),
    Case("JZ02", 35, "first approved", "客户签两年"),
)


def live_through(scene: Scene, customers: int) -> None:
    """A handful of cases for a small agency, some dozens for a large one."""
    size = min(max(customers // 100, len(CASES)), 40)
    _contracts(scene, size)
    _ends(scene, max(size // 8, 1))
    _reversals(scene, max(size // 8, 2))
    _waivers(scene, max(size // 6, 2))
    _pool(scene, max(size // 8, 1))


@contextmanager
def _as(scene: Scene, login: str, *, days_ago: int = 0) -> Iterator[Session]:
    """Act as the person, some days ago in the afternoon, or now."""
    who = identity_of_person(scene.session, scene.staff[login])
    afternoon = clock.start_of(scene.today - timedelta(days=days_ago)) + timedelta(hours=15)
    moment = afternoon if days_ago else scene.now
    with acting_as(scene.session, who), clock.standing_at(moment):
        yield scene.session


def _some(scene: Scene, statement: Select[int], count: int) -> list[int]:
    return list(scene.session.scalars(statement.limit(count)))


def _login(scene: Scene, person_id: int | None) -> str:
    return next(login for login, person in scene.staff.items() if person.id == person_id)


# Contracts of prospects -------------------------------------------------------------------------------------


def _contracts(scene: Scene, count: int) -> None:
    statement = (
        select(Customer.id)
        .where(Customer.stage == PROSPECT, Customer.progress == NEGOTIATING)
        .where(Customer.created_at < clock.start_of(scene.today - timedelta(days=7)))
        .order_by(Customer.id.desc())
    )
    for place, customer_id in enumerate(_some(scene, statement, count)):
        case = CASES[place % len(CASES)]
        customer = scene.session.get_one(Customer, customer_id)
        ago = 1 + place % 5
        with _as(scene, _login(scene, customer.owner_id), days_ago=ago) as session:
            contract = save_contract(session, None, _input(scene, session, customer, case))
            if case.decided != "draft":
                submit_contract(session, contract.id)
        if case.decided not in ("draft", "waits"):
            _decide(scene, contract.id, case.decided, days_ago=ago - 1)


def _decide(scene: Scene, contract_id: int, decided: str, *, days_ago: int) -> None:
    name, data = {
        "first approved": ("approve", {"note": "同意，注意毛利"}),
        "rejected": ("reject", {"reason": "低于成本，不能签"}),
        "handed back": ("hand_back", {"reason": "先问客户能否付年费"}),
    }[decided]
    turn = (
        select(ApprovalStep.approver_id)
        .join(ApprovalRequest, ApprovalStep.request_id == ApprovalRequest.id)
        .where(ApprovalRequest.subject == "contract", ApprovalRequest.subject_id == contract_id)
        .where(ApprovalRequest.state == "open", ApprovalStep.state == "turn")
    )
    approver = _login(scene, scene.session.scalar(turn.limit(1)))
    with _as(scene, approver, days_ago=days_ago) as session:
        CONTRACT_LIFECYCLE.perform(session, contract_id, name, data=data)


def _input(scene: Scene, session: Session, customer: Customer, case: Case) -> ContractInput:
    kind = scene.types[case.code]
    company = (
        create_company(session, customer.id, name=f"{customer.core_name}（筹）") if kind.bookkeeping else None
    )
    months = 12 if kind.recurring else 0
    first = next(item for item in kind.items if item.kind == ItemKind.SERVICE_FEE)
    price = scene.prices[first.id].reference if first.id in scene.prices else Decimal(500)
    amount = -(-price // _TEN) * _TEN * (months or 1)
    discount = amount * case.percent // 100
    start = scene.today.replace(day=1)
    line = LineInput(
        business_type_id=kind.id,
        items=(ItemInput(first.id, amount, discount),),
        company_id=company.id if company else None,
        paid_months=months or 12,
        start_month=start if kind.recurring else None,
        reason=case.reason,
    )
    return ContractInput(
        customer_id=customer.id,
        company_id=company.id if company else None,
        reason=case.reason or None,
        lines=(line,),
    )


def _ends(scene: Scene, count: int) -> None:
    """A few contracts in work end: the principal says so, the cashier keeps what is open as a debt."""
    statement = select(Contract.id).where(Contract.state == "active", Contract.renewal_only.is_(False))
    for contract_id in _some(scene, statement.order_by(Contract.id.desc()), count):
        with _as(scene, "laoban") as session:
            CONTRACT_LIFECYCLE.perform(session, contract_id, "terminate", data={"reason": "客户不做了"})
        with _as(scene, "caiwu") as session:
            CONTRACT_LIFECYCLE.perform(session, contract_id, "settle", data={"settlement": KEEP_DEBT})


# Money ------------------------------------------------------------------------------------------------------


def _reversals(scene: Scene, count: int) -> None:
    """Receipts asked back by the cashier; every other one is agreed to by the principal. One is rejected."""
    booked = select(Receipt.id).where(
        Receipt.state == ReceiptState.BOOKED.value,
        Receipt.kind == "receipt",
        Receipt.received_on < scene.today - timedelta(days=4),
    )
    for place, receipt_id in enumerate(_some(scene, booked.order_by(Receipt.id.desc()), count)):
        _move(scene, "caiwu", receipt_id, "reverse", {"reason": "付款方填错，重新录入"}, days_ago=1)
        counter = select(Receipt.id).where(Receipt.reverses_id == receipt_id)
        if place % 2 and (counter_id := scene.session.scalar(counter)) is not None:
            _move(scene, "laoban", counter_id, "approve", {}, days_ago=0)
    waiting = select(Receipt.id).where(Receipt.state == ReceiptState.PENDING.value, Receipt.kind == "receipt")
    for receipt_id in _some(scene, waiting.order_by(Receipt.id), 1):
        _move(scene, "caiwu", receipt_id, "reject", {"reason": "银行没有这笔到账"}, days_ago=0)


def _move(
    scene: Scene, login: str, receipt_id: int, name: str, data: Mapping[str, Any], *, days_ago: int
) -> None:
    with _as(scene, login, days_ago=days_ago) as session:
        RECEIPT_LIFECYCLE.perform(session, receipt_id, name, data=data)


def _waivers(scene: Scene, count: int) -> None:
    """Small sums are waived at once, larger ones wait for the principal."""
    open_rows = (
        select(Receivable.id)
        .where(Receivable.amount - Receivable.paid - Receivable.waived > Decimal(300))
        .where(Receivable.due_on < scene.today)
        .order_by(Receivable.due_on, Receivable.id)
    )
    for place, receivable_id in enumerate(_some(scene, open_rows, count)):
        with _as(scene, "caiwu", days_ago=1) as session:
            waive(session, receivable_id, Decimal("200.00") if place % 2 else Decimal("30.00"), "零头不收了")


# Pool -------------------------------------------------------------------------------------------------------


def _pool(scene: Scene, count: int) -> None:
    """The manager hands customers of the pool to salespeople, who have called none of them yet."""
    statement = select(Customer.id).where(Customer.stage == PUBLIC).order_by(Customer.id)
    team = scene.team("salesperson")
    for place, customer_id in enumerate(_some(scene, statement, count)):
        owner = team[place % len(team)]
        with _as(scene, "laoban") as session:
            CUSTOMER_LIFECYCLE.perform(
                session, customer_id, "assign", data={"owner": str(owner.id), "reason": "重新跟进"}
            )
