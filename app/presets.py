"""TABLE of presets: what each stage lays down once on a fresh database, in the order of the river."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

import app.approval.presets as approval_presets
import app.bookkeeping.presets as bookkeeping_presets
import app.catalogue.lay_down as catalogue_presets
import app.customers.presets as customers_presets
import app.finance.presets as finance_presets
import app.reminders.presets as reminder_presets
from app.platform import number_formats

PRESETS: tuple[Callable[[Session], None], ...] = (
    number_formats.lay_down_formats,
    approval_presets.lay_down,
    catalogue_presets.lay_down,
    customers_presets.lay_down,
    finance_presets.lay_down,
    bookkeeping_presets.lay_down,
    reminder_presets.lay_down,
)


def lay_down(session: Session) -> None:
    """Run every preset. Each is safe to run again and never overwrites what somebody changed."""
    for preset in PRESETS:
        preset(session)
        session.flush()
