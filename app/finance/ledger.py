"""The only code that moves money: allocation rows, kept sums and the cash book, in one transaction.

The caller holds the locks in the order contract → receipt → receivables by id (spec 2, Receipt). Behind
every condition here stands a CHECK of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from app.contracts.models import Contract
from app.finance import queries
from app.finance.allocation import Allocation as Proposal
from app.finance.allocation import allocate
from app.finance.models import Allocation, CashEntry, Receipt, Receivable
from app.finance.states import Rest
from app.platform import clock
from app.platform.access import elevated
from app.platform.errors import BusinessError
from app.platform.money import ZERO

Parts = Iterable[tuple[int, Decimal]]


def lock_contracts(session: Session, customer_id: int) -> None:
    """Take the contracts of the customer, in order of id, before any receipt or receivable of theirs."""
    statement = select(Contract.id).where(Contract.customer_id == customer_id).order_by(Contract.id)
    with elevated(session):
        session.execute(statement.with_for_update(of=Contract, key_share=True)).all()


def propose(
    session: Session, receipt: Receipt, amount: Decimal, *, named: Sequence[int], rest: str
) -> Proposal:
    """What the amount would pay of what is open of the customer this very moment; see `split`."""
    fresh = queries.open_receivables(receipt.customer_id).execution_options(populate_existing=True)
    return split(session.scalars(fresh), receipt, amount, named=named, rest=rest)


def split(
    open_rows: Iterable[Receivable], receipt: Receipt, amount: Decimal, *, named: Sequence[int], rest: str
) -> Proposal:
    """Named receivables first, then the oldest due of the receipt's contract (of the customer when it names
    none), or nothing more when the rest shall stay an advance.

    Raises BusinessError when a named receivable is not among the open ones.
    """
    offered = [
        row
        for row in open_rows
        if row.id in named or (rest == Rest.OLDEST and receipt.contract_id in (None, row.contract_id))
    ]
    try:
        return allocate(amount, queries.open_items(offered), named=named)
    except ValueError:
        raise BusinessError(
            _l("A receivable you picked is no longer open. Look at what is open now and pick again."),
            code="not_open",
        ) from None


def move_paid(session: Session, document: Receipt, parts: Parts) -> None:
    """Write allocation rows of the document and move what is paid; a reversal hands in negative parts.

    Raises BusinessError when a part would pay more than is open, or take back more than was paid.
    """
    moment = clock.now()
    for receivable_id, amount in sorted(parts):
        _change(session, receivable_id, paid=amount)
        session.add(
            Allocation(
                customer_id=document.customer_id,
                receipt_id=document.id,
                receivable_id=receivable_id,
                amount=amount,
                booked_at=moment,
            )
        )
        document.allocated += amount
    session.flush()


def move_waived(session: Session, receivable_id: int, amount: Decimal) -> None:
    """Ask for less. Raises BusinessError when less than the amount is open."""
    _change(session, receivable_id, waived=amount)


def _change(session: Session, receivable_id: int, *, paid: Decimal = ZERO, waived: Decimal = ZERO) -> None:
    """One conditional UPDATE: whoever comes second finds what the first left (one row, or refused)."""
    changed = session.execute(
        update(Receivable)
        .where(
            Receivable.id == receivable_id,
            Receivable.paid + paid <= Receivable.amount - Receivable.waived - waived,
            Receivable.paid + paid >= ZERO,
        )
        .values(
            paid=Receivable.paid + paid,
            waived=Receivable.waived + waived,
            version=Receivable.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise BusinessError(_l("This would pay or waive more than is open."), code="overpaid")
    known = session.identity_map.get(identity_key(Receivable, receivable_id))
    if known is not None:
        session.expire(known, ["paid", "waived", "version"])


def enter_cash(session: Session, document: Receipt, on_day: date) -> None:
    """One line of the cash book for the document: its amount, in or out."""
    session.add(
        CashEntry(
            account_id=document.account_id,
            on_day=on_day,
            booked_at=clock.now(),
            amount=document.amount,
            receipt_id=document.id,
            text=" ".join(part for part in (document.number, document.payer) if part)[:200],
        )
    )
    session.flush()
