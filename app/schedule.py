"""TABLE slot → job: what runs by the clock, and how often.

Worker and dispatcher read it; a job is a handler of the stage's `jobs.py` that takes session and row.
"""

from __future__ import annotations

from app.bookkeeping import jobs as bookkeeping
from app.customers import jobs as customers
from app.platform import jobs
from app.platform.obligations.slots import At, Every, Slot, register
from app.platform.screens import exporting
from app.reminders import jobs as reminders

SCHEDULE: tuple[Slot, ...] = (
    Slot("audit-seal", Every(minutes=5), jobs.seal_audit),
    Slot("reminder-plan", At("06:00"), reminders.plan_reminders),
    Slot("filings", At("00:20"), bookkeeping.lay_down_filings),
    Slot("contact-rules", At("00:10"), customers.refresh_obligations),
    Slot("recycling", At("02:30"), customers.recycle_untouched),
    Slot("old-exports", At("03:20"), exporting.forget_old),
    Slot("old-slots", At("03:10"), jobs.forget_old_slots),
)

register(SCHEDULE)
