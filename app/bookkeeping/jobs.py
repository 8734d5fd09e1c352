"""What runs by the clock: the rows of the month, moved dates, terms that passed."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.bookkeeping.month_rows import lay_down_month, move_open_months
from app.bookkeeping.operations import flag_unrenewed
from app.platform.obligations.due_items import DueItem


def lay_down_filings(session: Session, item: DueItem) -> None:
    """Slot, daily: the filings of the month the slot stands in; later days find nothing to do."""
    day = date.fromisoformat(item.occurrence[:10])
    lay_down_month(session, day.year, day.month)
    move_open_months(session)
    flag_unrenewed(session)
