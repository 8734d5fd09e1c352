"""What a price draft would do to contracts (PRC-4). The contracts stage comes later and plugs the sum in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.catalogue.models import PriceTierVersion
from app.platform.access import Identity


@dataclass(frozen=True, kw_only=True)
class Affected:
    """A document that would need approval because of the draft; `lacking` is yuan below authority.

    `subject` and `id` say which page shows it. `item` and `unit_price` are of the item that lacks most.
    """

    subject: str
    id: int
    number: str
    customer: str
    item: str
    unit_price: Decimal
    lacking: Decimal
    is_draft: bool


@dataclass(frozen=True, kw_only=True)
class DraftEffects:
    """`looked_at` documents sold by the tier: drafts of today and contracts signed from `first` to `last`.

    `revenue` is the difference in yuan had the contracts been sold at the same share of the reference
    price and in the same number. `freed` would need approval no more. `by_item` counts documents.
    """

    first: date
    last: date
    looked_at: int
    affected: Sequence[Affected]
    freed: int
    revenue: Decimal
    by_item: Sequence[tuple[str, int]]
    complete: bool = True

    @property
    def drafts(self) -> int:
        return sum(each.is_draft for each in self.affected)

    @property
    def contracts(self) -> int:
        return len(self.affected) - self.drafts

    @property
    def percent(self) -> Decimal:
        """How many of the documents looked at, one digit."""
        return round(Decimal(100 * len(self.affected)) / self.looked_at, 1) if self.looked_at else Decimal(0)


Calculation = Callable[[Session, PriceTierVersion, Identity], DraftEffects | None]
_supplied: list[Calculation] = []


def supply(calculation: Calculation) -> None:
    """Plug the calculation in; the last one stands. It answers None to who may not see contracts."""
    _supplied[:] = [calculation]


def effects_of_draft(session: Session, version: PriceTierVersion, identity: Identity) -> DraftEffects | None:
    """What the draft would do, for the rows this person may see; None when there is nothing to say."""
    return _supplied[0](session, version, identity) if _supplied else None
