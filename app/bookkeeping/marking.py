"""Marking many filings at once: each stands or falls alone, and what does not fit is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.models import TaxFiling
from app.bookkeeping.states import FilingState
from app.bookkeeping.transitions import FILING_LIFECYCLE
from app.platform.access import identity_of

LIMIT = 400
MARKS = ("mark_filed", "zero", "mark_paid", "no_tax", "not_required")


def fitting(
    session: Session, name: str, *, ids: Iterable[int] = (), company_ids: Iterable[int] = (), month: date
) -> Sequence[int]:
    """The filings in sight among these rows, or of these companies in the month, that the mark fits now."""
    picked = select(TaxFiling).order_by(TaxFiling.id).limit(LIMIT)
    chosen, companies = list(ids)[:LIMIT], list(company_ids)[:LIMIT]
    if companies:
        picked = picked.where(TaxFiling.company_id.in_(companies), TaxFiling.matrix_month == month)
    else:
        picked = picked.where(TaxFiling.id.in_(chosen))
    identity = identity_of(session)
    transition = FILING_LIFECYCLE.transitions[name]
    states = transition.source | ({FilingState.TO_FILE.value} if name == "mark_paid" else set())
    return [
        row.id
        for row in session.scalars(picked)
        if row.state in states and not FILING_LIFECYCLE.objections(session, row, transition, identity)
    ]


def mark(session: Session, filing_id: int, name: str, data: Mapping[str, Any]) -> TaxFiling:
    """Carry one mark out; paying what is not filed yet files it first."""
    if name == "mark_paid":
        filing = session.get(TaxFiling, filing_id)
        if filing is not None and filing.state == FilingState.TO_FILE:
            FILING_LIFECYCLE.perform(session, filing_id, "mark_filed")
    marked: TaxFiling = FILING_LIFECYCLE.perform(session, filing_id, name, data=data)
    return marked
