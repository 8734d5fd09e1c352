"""What finance adds to the pages of customers and contracts: what is owed and what came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.finance import queries
from app.finance.columns import AGING, AGING_TONES, age_of, line_words
from app.finance.models import Receipt, Receivable
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.platform import clock
from app.platform.access import Identity
from app.platform.money import ZERO
from app.platform.screens.slots import Contribution, contribute

ROWS = 100


def _customer_tab(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any]:
    return _tab(
        session,
        identity,
        asked=Receivable.customer_id == customer.id,
        received=Receipt.customer_id == customer.id,
        start={"customer_id": customer.id},
    )


def _contract_tab(session: Session, contract: Any, identity: Identity) -> Mapping[str, Any]:
    return _tab(
        session,
        identity,
        asked=Receivable.contract_id == contract.id,
        received=Receipt.contract_id == contract.id,
        start={"customer_id": contract.customer_id, "contract_id": contract.id},
    )


def _tab(
    session: Session,
    identity: Identity,
    *,
    asked: ColumnElement[bool],
    received: ColumnElement[bool],
    start: Mapping[str, Any],
) -> Mapping[str, Any]:
    sees_receipts = identity.can("can_show", "receipt")
    receipts = queries.receipts_of(received).limit(ROWS)
    rows = session.scalars(queries.receivables_of(asked).limit(ROWS)).all()
    whole = len(rows) < ROWS
    return {
        "receivables": rows,
        "receipts": list(session.scalars(receipts)) if sees_receipts else None,
        "standing": _added_up(rows) if whole else queries.standing(session, asked, clock.today()),
        "add_url": url_for("receipt.add", **start) if identity.can("can_add", "receipt") else None,
        "receipt_states": RECEIPT_LIFECYCLE.states,
        "aging": AGING,
        "aging_tones": AGING_TONES,
        "age_of": age_of,
        "line_words": line_words,
    }


def _added_up(rows: Sequence[Receivable]) -> queries.Standing:
    """The same sums as the query, over rows that are here anyway."""
    today = clock.today()
    return queries.Standing(
        asked=sum((row.amount for row in rows), ZERO),
        paid=sum((row.paid for row in rows), ZERO),
        waived=sum((row.waived for row in rows), ZERO),
        overdue=sum((row.balance for row in rows if row.due_on < today), ZERO),
    )


def _customer_aside(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any] | None:
    more_url = url_for("customer.show", pk=customer.id, tab="receivables")
    advance = ZERO
    if identity.can("can_show", "receipt"):
        advance = sum((row.advance for row in session.scalars(queries.advances(customer.id))), ZERO)
    return _aside(session, Receivable.customer_id == customer.id, more_url=more_url, advance=advance)


def _contract_aside(session: Session, contract: Any, _identity: Identity) -> Mapping[str, Any] | None:
    more_url = url_for("contract.show", pk=contract.id, tab="receivables")
    return _aside(session, Receivable.contract_id == contract.id, more_url=more_url, advance=ZERO)


def _aside(
    session: Session, where: ColumnElement[bool], *, more_url: str, advance: Decimal
) -> Mapping[str, Any] | None:
    """The panel of picture 05; not there while nothing was ever asked or paid."""
    standing = queries.standing(session, where, clock.today())
    if not standing.asked and not advance:
        return None
    return {
        "standing": standing,
        "advance": advance,
        "more_url": more_url,
        "paid_share": _percent(standing.paid, standing.asked - standing.waived),
        "overdue_share": _percent(standing.overdue, standing.asked - standing.waived),
    }


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    """Percent with one digit, for drawing a bar."""
    return (100 * part / whole).quantize(Decimal("0.1")) if whole else ZERO


def plug_in() -> None:
    """Fill the slots of earlier screens."""
    for host, tab, aside in (
        ("customer", _customer_tab, _customer_aside),
        ("contract", _contract_tab, _contract_aside),
    ):
        contribute(
            Contribution(
                slot=f"{host}.tab",
                name="receivables",
                label=_l("Receivables and receipts"),
                template="finance/customer_tab.html",
                load=tab,
                permission=("can_list", "receivable"),
                order=30,
            ),
            Contribution(
                slot=f"{host}.aside",
                name="receivables",
                label=_l("Receivables"),
                template="finance/customer_aside.html",
                load=aside,
                permission=("can_list", "receivable"),
                order=10,
            ),
        )
