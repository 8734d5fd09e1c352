"""What a receipt pays: named items first, then the oldest due; the rest is an advance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.platform.money import ZERO, to_fen


@dataclass(frozen=True)
class OpenItem:
    """A receivable with what is still open of it, in yuan."""

    item_id: int
    due: date
    open: Decimal


@dataclass(frozen=True)
class Allocation:
    """Parts of (item id, yuan), in the order they were paid, and the advance left over."""

    parts: tuple[tuple[int, Decimal], ...]
    advance: Decimal

    @property
    def allocated(self) -> Decimal:
        return sum((amount for _, amount in self.parts), ZERO)


def allocate(amount: Decimal, open_items: Iterable[OpenItem], *, named: Sequence[int] = ()) -> Allocation:
    """Pays the named items in their order, then the others by due day and id; never more than is open.

    Raises ValueError when the amount is not positive or has parts of a fen, or a named item is not open.
    """
    if to_fen(amount) <= 0:
        raise ValueError("a receipt has a positive amount")
    items = {item.item_id: item for item in open_items if item.open > 0}
    if unknown := set(named) - items.keys():
        raise ValueError(f"not open: {sorted(unknown)}")
    first = [items.pop(item_id) for item_id in dict.fromkeys(named)]
    oldest_first = sorted(items.values(), key=lambda item: (item.due, item.item_id))
    parts: list[tuple[int, Decimal]] = []
    left = amount
    for item in [*first, *oldest_first]:
        if piece := min(left, item.open):
            parts.append((item.item_id, piece))
            left -= piece
    return Allocation(tuple(parts), left)
