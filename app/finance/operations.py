"""What people and other stages do with money. Never commits; the actor is the identity of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contracts.models import Contract
from app.customers.models import Customer
from app.finance.events import ReceiptEntered
from app.finance.models import CashEntry, MoneyAccount, Receipt
from app.finance.states import OWED_STATES, PaymentMethod, ReceiptKind, ReceiptState, Rest
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.org.models import Person
from app.platform import clock, numbering
from app.platform.access import elevated, identity_of
from app.platform.errors import FieldErrors, NotAllowed
from app.platform.events import publish
from app.platform.money import ZERO, format_money
from app.platform.timeline import TimelineEntry


@dataclass(frozen=True)
class Slip:
    """What somebody writes down about money that came; `amount` in yuan."""

    customer_id: int
    account_id: int
    amount: Decimal
    received_on: date
    method: str = PaymentMethod.BANK.value
    contract_id: int | None = None
    payer: str | None = None
    slip_number: str | None = None
    note: str | None = None


def enter_receipt(session: Session, slip: Slip, *, token: str | None = None) -> Receipt:
    """Lay the receipt down for the cashier, with its number. The same token again answers the first receipt.

    Raises FieldErrors naming every fault of the slip.
    """
    author = author_of(session, "can_add", "receipt")
    if (known := _entered_before(session, token)) is not None:
        return known
    faults = _faults_of(session, slip)
    if faults:
        raise FieldErrors(_l("The receipt cannot be entered like this."), faults)
    receipt = Receipt(
        kind=ReceiptKind.RECEIPT.value,
        number=numbering.draw(session, "receipt"),
        allocated=ZERO,
        author_id=author.id,
        created_at=clock.now(),
        **vars(slip),
    )
    RECEIPT_LIFECYCLE.begin(
        session,
        receipt,
        ReceiptState.PENDING,
        title="entered ¥%(amount)s",
        label=receipt.number,
        amount=format_money(slip.amount),
        token=token,
    )
    publish(session, ReceiptEntered(receipt_id=receipt.id))
    return receipt


def author_of(session: Session, action: str, entity: str) -> Person:
    """The person behind the session. Money is never entered by nobody."""
    identity = identity_of(session)
    identity.require(action, entity)
    person = session.get(Person, identity.person_id) if identity.person_id is not None else None
    if person is None:
        raise NotAllowed(_l("Money is entered by a person, not by the system."))
    return person


def _entered_before(session: Session, token: str | None) -> Receipt | None:
    entry = select(TimelineEntry.subject_id).where(
        TimelineEntry.token == token, TimelineEntry.subject == "receipt"
    )
    if token is None or (receipt_id := session.scalar(entry)) is None:
        return None
    return session.scalars(select(Receipt).where(Receipt.id == receipt_id)).one()


def _faults_of(session: Session, slip: Slip) -> dict[str, list[Any]]:
    found = {
        "customer_id": _customer_fault(session, slip),
        "contract_id": _contract_fault(session, slip),
        "amount": None if slip.amount > 0 else _l("The amount must be more than zero."),
        "account_id": _account_fault(session, slip),
        "received_on": _l("This day is still to come.") if slip.received_on > clock.today() else None,
        "method": None if slip.method in set(PaymentMethod) else _l("This way to pay does not exist."),
        "slip_number": _slip_fault(session, slip),
    }
    return {name: [fault] for name, fault in found.items() if fault is not None}


def _customer_fault(session: Session, slip: Slip) -> Any:
    seen = session.scalar(select(Customer.id).where(Customer.id == slip.customer_id))
    return None if seen is not None else _l("This customer does not exist, or you may not see it.")


def _contract_fault(session: Session, slip: Slip) -> Any:
    if slip.contract_id is None:
        return None
    contract = session.scalars(select(Contract).where(Contract.id == slip.contract_id)).first()
    if contract is None or contract.customer_id != slip.customer_id:
        return _l("This is no contract of the customer.")
    if contract.state not in OWED_STATES:
        return _l("This contract is not in force; nothing is owed on it.")
    return None


def _account_fault(session: Session, slip: Slip) -> Any:
    account = session.get(MoneyAccount, slip.account_id)
    return None if account is not None and account.active else _l("This account is closed.")


def _slip_fault(session: Session, slip: Slip) -> Any:
    """Asked for everybody's receipts: the unique index does not care who may see the other one."""
    if slip.slip_number is None:
        return None
    other = select(Receipt.id).where(
        Receipt.account_id == slip.account_id,
        Receipt.slip_number == slip.slip_number,
        Receipt.kind == ReceiptKind.RECEIPT.value,
        Receipt.state.in_((ReceiptState.PENDING.value, ReceiptState.BOOKED.value)),
    )
    with elevated(session):
        taken = session.scalar(other.limit(1))
    return None if taken is None else _l("This slip number is on this account already.")


def approve_receipt(
    session: Session,
    receipt_id: int,
    *,
    receivables: Sequence[int] = (),
    rest: str = Rest.OLDEST.value,
    token: str | None = None,
) -> Receipt:
    """Book the receipt: named receivables first, then as `rest` says (oldest due, or an advance)."""
    data = {"receivables": list(receivables), "rest": rest}
    done: Receipt = RECEIPT_LIFECYCLE.perform(session, receipt_id, "approve", data=data, token=token)
    return done


def allocate_advance(
    session: Session,
    receipt_id: int,
    *,
    receivables: Sequence[int] = (),
    rest: str = Rest.OLDEST.value,
    token: str | None = None,
) -> Receipt:
    """Let what is left of a booked receipt pay what is open now."""
    data = {"receivables": list(receivables), "rest": rest}
    done: Receipt = RECEIPT_LIFECYCLE.perform(session, receipt_id, "allocate", data=data, token=token)
    return done


def save_account(session: Session, account: MoneyAccount | None, data: Mapping[str, Any]) -> MoneyAccount:
    """Create or change an account. The opening balance stands once the cash book has begun (FieldErrors)."""
    row = account or MoneyAccount(opening=ZERO)
    given = {**data, "opening": data.get("opening") or ZERO}
    begun = select(CashEntry.id).where(CashEntry.account_id == row.id).limit(1)
    if row.id is not None and given["opening"] != row.opening and session.scalar(begun) is not None:
        raise FieldErrors(
            _l("The account cannot be changed like this."),
            {"opening": [_l("The cash book has begun; the opening balance stands.")]},
        )
    for name, value in given.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row
