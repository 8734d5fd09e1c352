"""Facts about contracts."""

from __future__ import annotations

from dataclasses import dataclass

from app.platform.events import Fact


@dataclass(frozen=True)
class ContractSubmitted(Fact):
    contract_id: int


@dataclass(frozen=True)
class ContractActivated(Fact):
    """The last approval came, or none was needed: receivables, work items and engagements open."""

    contract_id: int


@dataclass(frozen=True)
class ContractSentBack(Fact):
    """Handed back or rejected: the author is told why."""

    contract_id: int
    reason: str


@dataclass(frozen=True)
class ContractEnding(Fact):
    """A superior ends the contract; the cashier is to settle it."""

    contract_id: int
    reason: str


@dataclass(frozen=True)
class ContractTerminated(Fact):
    """`settled` claims that nothing is open any more; otherwise what is open stays a debt on purpose."""

    contract_id: int
    reason: str
    settled: bool


@dataclass(frozen=True)
class ContractLineDone(Fact):
    """A line was closed (one-off) or opened (recurring)."""

    contract_id: int
    line_id: int
    forced: bool


@dataclass(frozen=True)
class ContractClosed(Fact):
    """Every line is closed, opened or cancelled."""

    contract_id: int
