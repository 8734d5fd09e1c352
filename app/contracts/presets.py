"""How contract numbers look at the start: HT-2026-0418 (spec 4-rules-and-figures)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform.numbering import NumberFormat

NUMBER_KIND = "contract"


def lay_down(session: Session) -> None:
    """Create the number format unless somebody has one already."""
    if session.scalar(select(NumberFormat.id).where(NumberFormat.kind == NUMBER_KIND)) is None:
        session.add(NumberFormat(kind=NUMBER_KIND, pattern="HT-{year}-{number:04d}"))
