"""Facts about money."""

from __future__ import annotations

from dataclasses import dataclass

from app.platform.events import Fact


@dataclass(frozen=True)
class ReceiptEntered(Fact):
    """A receipt waits for the cashier."""

    receipt_id: int


@dataclass(frozen=True)
class ReceiptBooked(Fact):
    """Money was booked and allocated; the contract lines it pays may have become payable in full."""

    receipt_id: int


@dataclass(frozen=True)
class AdvanceAllocated(Fact):
    """Money booked earlier as an advance now pays receivables."""

    receipt_id: int


@dataclass(frozen=True)
class ReceiptReversed(Fact):
    """The receipt was taken back by the booked counter document; what it paid is open again."""

    receipt_id: int
    reversal_id: int


@dataclass(frozen=True)
class ReceivableWaived(Fact):
    """A part of the receivable will never be asked for again."""

    receivable_id: int
