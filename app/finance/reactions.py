"""What finance does about facts from upstream."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contracts.events import ContractActivated, ContractTerminated
from app.finance.checks import OPEN
from app.finance.demands import lay_down_receivables
from app.finance.models import Receivable
from app.platform.access import identity_of
from app.platform.errors import BusinessError
from app.platform.masking import as_seen
from app.platform.money import ZERO, format_money


def open_receivables_of(session: Session, fact: ContractActivated) -> None:
    """An active contract asks for its money. (A terminated one keeps asking: its open balance is a debt.)"""
    lay_down_receivables(session, fact.contract_id)


def check_settlement_of(session: Session, fact: ContractTerminated) -> None:
    """Whoever says that everything is settled must be right: an open balance undoes the settlement."""
    if not fact.settled:
        return
    balance = Receivable.amount - Receivable.waived - Receivable.paid
    owed = session.scalar(select(func.sum(balance)).where(Receivable.contract_id == fact.contract_id)) or ZERO
    if owed > 0:
        raise BusinessError(
            _l(
                "¥%(amount)s is still open: receive it, waive it, or keep it as a debt.",
                amount=as_seen(identity_of(session), OPEN, format_money(owed)),
            ),
            code="not_settled",
        )
