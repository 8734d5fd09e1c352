"""Facts about the work."""

from __future__ import annotations

from dataclasses import dataclass

from app.platform.events import Fact


@dataclass(frozen=True)
class WorkItemOpened(Fact):
    work_item_id: int


@dataclass(frozen=True)
class WorkItemAssigned(Fact):
    work_item_id: int
    handler_id: int


@dataclass(frozen=True)
class MilestoneReached(Fact):
    """A milestone step was done: the salesperson is told."""

    work_item_id: int
    step: str


@dataclass(frozen=True)
class WorkItemDone(Fact):
    """The last step was done; closing may be checked."""

    work_item_id: int


@dataclass(frozen=True)
class WorkItemFinished(Fact):
    """The item was closed (one-off) or opened (recurring). `how` is "closed" or "opened"."""

    work_item_id: int
    how: str
    forced: bool


@dataclass(frozen=True)
class WorkItemCancelled(Fact):
    """The item ended without result: by a supervisor, or with its contract."""

    work_item_id: int
