"""Facts about periodic services."""

from __future__ import annotations

from dataclasses import dataclass

from app.platform.events import Fact


@dataclass(frozen=True)
class ServiceStarted(Fact):
    """A periodic service began; of the kind bookkeeping it is an engagement."""

    service_id: int


@dataclass(frozen=True)
class ServiceRenewed(Fact):
    """The end of a service moved on."""

    service_id: int


@dataclass(frozen=True)
class ServiceEnded(Fact):
    service_id: int


@dataclass(frozen=True)
class EngagementHandedOver(Fact):
    """Another accountant keeps the books from now on; the former one is None the first time."""

    service_id: int
    accountant_id: int
    former_accountant_id: int | None
