"""Facts people are told of at once: a document waits, work was given, money came, a remark was made.

Each becomes a reminder of its receiver in the same transaction; whoever did the deed is not told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval.models import ApprovalRequest, ApprovalRule, ApprovalStep
from app.approval.operations import RuleWithoutApprover, TurnCame, TurnEnded
from app.bookkeeping.events import EngagementHandedOver
from app.bookkeeping.models import PeriodicService
from app.contracts.events import ContractEnding, ContractSentBack
from app.contracts.models import Contract
from app.customers.events import CustomerAssigned, FollowUpCommented, RecycleAnnounced
from app.customers.models import Comment, Customer
from app.delivery.events import MilestoneReached, WorkItemAssigned
from app.delivery.models import WorkItem
from app.finance.events import ReceiptEntered
from app.finance.models import Receipt
from app.org.models import Person
from app.org.queries import PRINCIPAL, role_holders
from app.platform import clock
from app.platform.access import identity_of
from app.platform.money import format_money
from app.reminders.models import Reminder

APPROVED_ON = {"contract": "contract.show", "receipt": "receipt.show", "waiver": "waiver.show"}
"""The page on which somebody decides on a document."""
WAITS = "%(name)s waits for your approval: %(why)s"
CASHIER, ADMINISTRATOR = "cashier", "administrator"


def notify(
    session: Session,
    people: Iterable[int | None],
    *,
    title: str,
    page: str,
    customer_id: int | None,
    **details: Any,
) -> None:
    """Tell each person once. `page` is an endpoint with its key, e.g. "contract.show?pk=7"."""
    moment = clock.now()
    for person_id in {one for one in people if one is not None} - {identity_of(session).person_id}:
        session.add(
            Reminder(
                person_id=person_id,
                rule="notice",
                subject_id=int(page.rpartition("=")[2]),
                occurrence=f"{title[:30]}:{moment.isoformat()}"[:80],
                customer_id=customer_id,
                title=title,
                details={key: str(value) for key, value in details.items()},
                url=page,
                due_on=clock.today(),
                created_at=moment,
            )
        )
    session.flush()


def tell_approver(session: Session, fact: TurnCame) -> None:
    step = session.get_one(ApprovalStep, fact.step_id)
    request = step.request
    if request.subject in APPROVED_ON:
        notify(
            session,
            [step.approver_id],
            title=WAITS,
            page=_page_of(request),
            customer_id=request.customer_id,
            name=request.title,
            why=step.why,
        )


def close_notice_of_turn(session: Session, fact: TurnEnded) -> None:
    """What was decided needs no reminder, whoever decided it."""
    step = session.get_one(ApprovalStep, fact.step_id)
    if step.request.subject in APPROVED_ON:
        open_ones = select(Reminder).where(
            Reminder.person_id == step.approver_id,
            Reminder.url == _page_of(step.request),
            Reminder.title == WAITS,
            Reminder.done_at.is_(None),
        )
        for notice in session.scalars(open_ones):
            notice.done_at = clock.now()


def _page_of(request: ApprovalRequest) -> str:
    return f"{APPROVED_ON[request.subject]}?pk={request.subject_id}"


def tell_administrators(session: Session, fact: RuleWithoutApprover) -> None:
    """Somebody has to mend the rule; one open notice of it is enough, however often it holds a document."""
    rule, author = session.get_one(ApprovalRule, fact.rule_id), session.get_one(Person, fact.author_id)
    page = f"approval_rule.show?pk={rule.id}"
    known = select(Reminder.person_id).where(Reminder.url == page, Reminder.done_at.is_(None))
    holders = role_holders(session, ADMINISTRATOR) or role_holders(session, PRINCIPAL)
    notify(
        session,
        {person.id for person in holders} - set(session.scalars(known)),
        title="Rule “%(rule)s” finds nobody to approve what %(name)s submitted",
        page=page,
        customer_id=None,
        rule=rule.name,
        name=author.name,
    )


def tell_author(session: Session, fact: ContractSentBack) -> None:
    contract = session.get_one(Contract, fact.contract_id)
    notify(
        session,
        [contract.author_id],
        title="Contract %(name)s came back: %(why)s",
        page=f"contract.show?pk={contract.id}",
        customer_id=contract.customer_id,
        name=contract.number or "",
        why=fact.reason,
    )


def tell_cashiers(session: Session, fact: ReceiptEntered) -> None:
    receipt = session.get_one(Receipt, fact.receipt_id)
    notify(
        session,
        [person.id for person in role_holders(session, CASHIER)],
        title="Receipt %(name)s of ¥%(amount)s waits to be booked",
        page=f"receipt.show?pk={receipt.id}",
        customer_id=receipt.customer_id,
        name=receipt.number or "",
        amount=format_money(receipt.amount),
    )


def tell_cashiers_of_end(session: Session, fact: ContractEnding) -> None:
    contract = session.get_one(Contract, fact.contract_id)
    notify(
        session,
        [person.id for person in role_holders(session, CASHIER)],
        title="Contract %(name)s ends and waits to be settled: %(why)s",
        page=f"contract.show?pk={contract.id}",
        customer_id=contract.customer_id,
        name=contract.number or "",
        why=fact.reason,
    )


def tell_handler(session: Session, fact: WorkItemAssigned) -> None:
    item = session.get_one(WorkItem, fact.work_item_id)
    notify(
        session,
        [fact.handler_id],
        title="%(kind)s for %(name)s is yours now",
        page=f"work_item.show?pk={item.id}",
        customer_id=item.customer_id,
        kind=item.business_type.name,
        name=item.customer.name,
    )


def tell_salesperson(session: Session, fact: MilestoneReached) -> None:
    item = session.get_one(WorkItem, fact.work_item_id)
    notify(
        session,
        [item.customer.owner_id],
        title="%(name)s: “%(step)s” is done",
        page=f"work_item.show?pk={item.id}",
        customer_id=item.customer_id,
        name=item.customer.name,
        step=fact.step,
    )


def tell_owners(session: Session, fact: CustomerAssigned) -> None:
    customer = session.get_one(Customer, fact.customer_id)
    page = f"customer.show?pk={customer.id}"
    notify(
        session,
        [fact.owner_id],
        title="%(name)s is your customer now",
        page=page,
        customer_id=customer.id,
        name=customer.name,
    )
    if fact.former_owner_id != fact.owner_id:
        # The page stays named for the record; the former owner may no longer open it.
        notify(
            session,
            [fact.former_owner_id],
            title="%(name)s was given to a colleague",
            page=page,
            customer_id=customer.id,
            name=customer.name,
        )


def tell_commented(session: Session, fact: FollowUpCommented) -> None:
    comment = session.get_one(Comment, fact.comment_id)
    customer = session.get_one(Customer, fact.customer_id)
    notify(
        session,
        [fact.person_id],
        title="%(actor)s commented on %(name)s: %(text)s",
        page=f"customer.show?pk={customer.id}",
        customer_id=customer.id,
        actor=comment.person.name,
        name=customer.name,
        text=comment.text[:80],
    )


def tell_of_recycling(session: Session, fact: RecycleAnnounced) -> None:
    customer = session.get_one(Customer, fact.customer_id)
    notify(
        session,
        [fact.owner_id],
        title="%(name)s goes to the public pool on %(day)s unless you contact it",
        page=f"customer.show?pk={customer.id}",
        customer_id=customer.id,
        name=customer.name,
        day=fact.on.isoformat(),
    )


def tell_accountant(session: Session, fact: EngagementHandedOver) -> None:
    service = session.get_one(PeriodicService, fact.service_id)
    notify(
        session,
        [fact.accountant_id],
        title="You keep the books of %(name)s now",
        page=f"engagement.show?pk={service.id}",
        customer_id=service.customer_id,
        name=service.company.name,
    )
