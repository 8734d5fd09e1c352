"""Slots: places on a screen that later stages fill. The host knows the slot, never who fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.platform.access import Identity

Load = Callable[[Session, Any, Identity], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Contribution:
    """A tab, panel or block a stage adds to a slot such as "customer.tab" or "customer.aside".

    `load` answers the template's variables, or None when there is nothing to show. `permission` is the
    pair (action, entity) without which it is not there. Lower `order` comes first.
    """

    slot: str
    name: str
    label: Any
    template: str
    load: Load
    permission: tuple[str, str] | None = None
    order: int = 50


_filled: dict[str, dict[str, Contribution]] = {}


def contribute(*contributions: Contribution) -> None:
    for contribution in contributions:
        _filled.setdefault(contribution.slot, {})[contribution.name] = contribution


def in_slot(slot: str, identity: Identity) -> list[Contribution]:
    """What this person gets to see in the slot, in order."""
    offered = _filled.get(slot, {}).values()
    allowed = [c for c in offered if c.permission is None or identity.can(*c.permission)]
    return sorted(allowed, key=lambda c: (c.order, c.name))
