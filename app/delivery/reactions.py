"""What delivery does about contracts."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.contracts.events import ContractActivated, ContractTerminated
from app.delivery import operations


def open_work(session: Session, fact: ContractActivated) -> None:
    operations.open_items(session, fact.contract_id)


def cancel_work(session: Session, fact: ContractTerminated) -> None:
    operations.end_items(session, fact.contract_id, fact.reason)
