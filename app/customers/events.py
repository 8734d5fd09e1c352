"""Facts about customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.platform.events import Fact


@dataclass(frozen=True)
class CustomerCreated(Fact):
    customer_id: int


@dataclass(frozen=True)
class CustomerContacted(Fact):
    """A follow-up was written down."""

    customer_id: int
    follow_up_id: int


@dataclass(frozen=True)
class CustomerAssigned(Fact):
    """The owner changed (assign, claim); former owner is None for a claim from the pool."""

    customer_id: int
    owner_id: int
    former_owner_id: int | None


@dataclass(frozen=True)
class CustomerReleased(Fact):
    """Given up or recycled into the public pool."""

    customer_id: int
    former_owner_id: int | None


@dataclass(frozen=True)
class FollowUpCommented(Fact):
    """A superior remarked on somebody's follow-up."""

    customer_id: int
    comment_id: int
    person_id: int


@dataclass(frozen=True)
class ProspectsInserted(Fact):
    """An import made many prospects at once; no `CustomerCreated` is published for them."""

    customer_ids: tuple[int, ...]


@dataclass(frozen=True)
class RecycleAnnounced(Fact):
    """An untouched prospect goes to the public pool on the day unless somebody contacts it."""

    customer_id: int
    owner_id: int
    on: date
