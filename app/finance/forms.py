"""What forms of this stage start with, and how typed values become what operations take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.customers.models import Customer
from app.finance import ledger, queries
from app.finance.checks import OPEN
from app.finance.columns import line_words
from app.finance.models import Receipt, Receivable
from app.finance.operations import Slip
from app.finance.states import ReceiptKind, ReceiptState, Rest
from app.platform.access import identity_of
from app.platform.errors import BusinessError
from app.platform.lifecycle import Ask
from app.platform.masking import sees

MOVING = ("approve", "allocate", "reverse")
"""Transitions that move money: their dialogs show what and how much."""

WAIVER_ASKS = (
    Ask("amount", _l("Amount"), kind="money"),
    Ask("reason", _l("Reason"), kind="long"),
)


def receipt_start(session: Session, arguments: Mapping[str, str]) -> Mapping[str, Any]:
    """A new receipt for the customer and contract the address names: what is open, who pays."""
    reader = identity_of(session)
    customer_id = _number(arguments, "customer_id")
    contract_id = _number(arguments, "contract_id")
    start: dict[str, Any] = {"customer_id": customer_id, "contract_id": contract_id}
    owing = session.execute(queries.owing_contracts(customer_id or 0)).all()
    if customer_id is not None and contract_id is None and len(owing) == 1:
        start["contract_id"] = owing[0][0].id
    for contract, amount in owing:
        if contract.id == start["contract_id"]:
            start["amount"] = amount if sees(reader, OPEN) else None
            payer = contract.payer if sees(reader, "contract.payer") else ""
            start["payer"] = payer or _name_of(session, customer_id)
    return start


def _number(arguments: Mapping[str, str], name: str) -> int | None:
    text = arguments.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _name_of(session: Session, customer_id: int | None) -> str:
    customer = session.get(Customer, customer_id) if customer_id is not None else None
    return customer.name if customer is not None else ""


def slip_from(data: Mapping[str, Any]) -> Slip:
    """What was typed, as the operation takes it."""
    return Slip(**{**data, "account_id": int(data["account_id"])})


def allocation_offer(session: Session, receipt: Receipt, form: Any) -> Mapping[str, Any]:
    """What is open and what the money would pay with the picks of the form; nothing when it pays nothing."""
    if receipt.kind == ReceiptKind.REVERSAL or "receivables" not in form:
        return {"offer": None}
    amount = receipt.amount if receipt.state == ReceiptState.PENDING else receipt.advance
    rows = session.scalars(
        queries.receivables_of((Receivable.customer_id == receipt.customer_id) & queries.is_open())
    ).all()
    named = [int(pick) for pick in form.receivables.data or ()]
    return {
        "offer": {
            "amount": amount,
            "rows": rows,
            "named": named,
            "parts": _proposed(rows, receipt, amount, named=named, rest=form.rest.data),
            "line_words": line_words,
        }
    }


def _proposed(
    rows: Sequence[Receivable], receipt: Receipt, amount: Decimal, *, named: Sequence[int], rest: str | None
) -> dict[int, Decimal]:
    """Yuan by receivable; nothing when a pick is no longer open (the refusal says so)."""
    try:
        found = ledger.split(rows, receipt, amount, named=named, rest=rest or Rest.OLDEST)
    except BusinessError:
        return {}
    return dict(found.parts)
