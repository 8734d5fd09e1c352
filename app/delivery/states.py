"""What a work item and its steps can be, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l


class ItemState(StrEnum):
    """State of a work item (spec 2-lifecycle, Work item)."""

    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CLOSED = "closed"
    OPENED = "opened"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """State of one step: a skipped one has a reason."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


ITEM_STATES: Mapping[str, tuple[Any, str]] = {
    ItemState.UNASSIGNED: (_l("unassigned"), "warning"),
    ItemState.ASSIGNED: (_l("assigned"), "info"),
    ItemState.IN_PROGRESS: (_l("in progress"), "primary"),
    ItemState.DONE: (_l("steps done"), "success"),
    ItemState.CLOSED: (_l("closed"), "success"),
    ItemState.OPENED: (_l("opened for service"), "success"),
    ItemState.SUSPENDED: (_l("on hold"), "plain"),
    ItemState.CANCELLED: (_l("cancelled"), "plain"),
}

STEP_STATE_LABELS: Mapping[str, Any] = {
    StepState.OPEN: _l("to do"),
    StepState.DONE: _l("step done"),
    StepState.SKIPPED: _l("skipped"),
}

RUNNING = frozenset({ItemState.UNASSIGNED, ItemState.ASSIGNED, ItemState.IN_PROGRESS, ItemState.DONE})
"""Open and on the clock."""

OPEN = RUNNING | {ItemState.SUSPENDED}
"""Every state in which the item still wants something."""

REPORTABLE = frozenset({ItemState.ASSIGNED, ItemState.IN_PROGRESS})
"""States in which a step may be reported or skipped."""

FINISHED = frozenset({ItemState.CLOSED, ItemState.OPENED})
