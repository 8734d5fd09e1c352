"""What finance does about facts from upstream."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.contracts.events import ContractActivated
from app.finance.demands import lay_down_receivables


def open_receivables_of(session: Session, fact: ContractActivated) -> None:
    """An active contract asks for its money. (A terminated one keeps asking: its open balance is a debt.)"""
    lay_down_receivables(session, fact.contract_id)
