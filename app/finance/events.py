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
class ReceiptReversed(Fact):
    receipt_id: int
    reversal_id: int
