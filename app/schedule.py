"""TABLE slot → job: what runs by the clock, and how often. Also the one place that loads every handler.

A stage that has a `jobs.py` without a slot is named in MODULES; only then its handlers are known to workers.
"""

from __future__ import annotations

from types import ModuleType

from app.platform import jobs
from app.platform.obligations.slots import At, Every, Slot, register

SCHEDULE: tuple[Slot, ...] = (
    Slot("audit-seal", Every(minutes=5), jobs.seal_audit),
    Slot("old-slots", At("03:10"), jobs.forget_old_slots),
)

MODULES: tuple[ModuleType, ...] = ()

register(SCHEDULE)
