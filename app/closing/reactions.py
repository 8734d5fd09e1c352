"""What closing does about finished work and about money that went back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.closing.events import ClosingQuestioned
from app.closing.operations import follow_up_cancelling, follow_up_closing, open_renewals, settle_stage
from app.contracts.events import ContractActivated, ContractTerminated
from app.contracts.models import Contract, ContractLine
from app.contracts.states import LINE_CLOSED, LINE_OPENED
from app.delivery.events import WorkItemCancelled, WorkItemFinished
from app.delivery.models import WorkItem
from app.finance.events import AdvanceAllocated, ReceiptBooked, ReceiptReversed, ReceivableWaived
from app.finance.models import Allocation, Receivable
from app.platform.events import publish
from app.platform.timeline import tell


def follow_up(session: Session, fact: WorkItemFinished) -> None:
    follow_up_closing(session, fact.work_item_id, fact.how, fact.forced)


def follow_cancelling(session: Session, fact: WorkItemCancelled) -> None:
    follow_up_cancelling(session, fact.work_item_id)


def open_renewal(session: Session, fact: ContractActivated) -> None:
    """A renewal that asks for nothing waits for nothing."""
    open_renewals(session, [fact.contract_id])


def open_paid_renewals(session: Session, fact: ReceiptBooked | AdvanceAllocated) -> None:
    paid = (
        select(Receivable.contract_id)
        .join(Allocation, Allocation.receivable_id == Receivable.id)
        .where(Allocation.receipt_id == fact.receipt_id)
    )
    open_renewals(session, session.scalars(paid.distinct()).all())


def open_waived_renewal(session: Session, fact: ReceivableWaived) -> None:
    waived = select(Receivable.contract_id).where(Receivable.id == fact.receivable_id)
    open_renewals(session, session.scalars(waived).all())


def settle_after_termination(session: Session, fact: ContractTerminated) -> None:
    contract = session.scalars(select(Contract).where(Contract.id == fact.contract_id)).one()
    settle_stage(session, contract.customer_id)


def question_closings(session: Session, fact: ReceiptReversed) -> None:
    """Mark finished lines the reversed receipt had paid for a look; nothing opens again by itself."""
    finished = session.scalars(
        select(WorkItem)
        .join(ContractLine, WorkItem.contract_line_id == ContractLine.id)
        .where(
            ContractLine.done.in_((LINE_CLOSED, LINE_OPENED)),
            ContractLine.id.in_(
                select(Receivable.contract_line_id)
                .join(Allocation, Allocation.receivable_id == Receivable.id)
                .where(Allocation.receipt_id == fact.receipt_id)
            ),
        )
        .order_by(WorkItem.id)
    ).all()
    for item in finished:
        tell(
            session,
            item,
            title="money for the closed work went back: look at it again",
            kind="closing_questioned",
            label=item.name,
        )
        publish(session, ClosingQuestioned(item.contract_line_id, fact.receipt_id))
