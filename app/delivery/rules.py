"""Pure decisions about steps, dates and loads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Protocol, TypeVar

from app.delivery.states import StepState


class StepLike(Protocol):
    """What the rules look at."""

    @property
    def position(self) -> int: ...
    @property
    def in_order(self) -> bool: ...
    @property
    def state(self) -> str: ...


class TemplateLike(Protocol):
    """A step template, as far as copying it goes."""

    @property
    def optional(self) -> bool: ...
    @property
    def item_id(self) -> int | None: ...


S = TypeVar("S", bound=StepLike)


def applies(template: TemplateLike, sold_item_ids: Collection[int]) -> bool:
    """Whether a step is copied: an optional one only when its item was sold, one without item never."""
    return not template.optional or template.item_id in sold_item_ids


def blocking(steps: Sequence[S], step: StepLike) -> list[S]:
    """Earlier open steps that must be finished first, where the template demands order."""
    if not step.in_order:
        return []
    return [s for s in steps if s.position < step.position and s.in_order and s.state == StepState.OPEN]


def built_upon(steps: Sequence[S], step: StepLike) -> list[S]:
    """Later finished steps that must be undone first, where the template demands order."""
    if not step.in_order:
        return []
    return [s for s in steps if s.position > step.position and s.in_order and s.state != StepState.OPEN]


def current(steps: Sequence[S]) -> S | None:
    """The first open step; None when all are finished."""
    return next((s for s in steps if s.state == StepState.OPEN), None)


def moved_by_pause(promised_on: date | None, suspended_on: date | None, resumed_on: date) -> date | None:
    """The promised day after a pause: the clock stood still from the first to the last day of it."""
    if promised_on is None or suspended_on is None:
        return promised_on
    return promised_on + max(resumed_on - suspended_on, timedelta(0))
