"""The grid of a price version: every item on offer with its prices here and in the version before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from app.catalogue.item_kinds import ItemKind
from app.catalogue.models import BusinessType, DetailItem, PriceTierVersion, TierPrice


@dataclass(frozen=True)
class GridRow:
    """One item. Prices in yuan per piece (per month when recurring); None where the version has none."""

    item_id: int
    item: str
    kind: ItemKind
    business_type: str
    group: str
    recurring: bool
    reference: Decimal | None
    authority: Decimal | None
    old_reference: Decimal | None
    old_authority: Decimal | None

    @property
    def title(self) -> str:
        return f"{self.business_type} {self.item}"

    @property
    def priced(self) -> bool:
        return self.reference is not None

    @property
    def changed(self) -> bool:
        return (self.reference, self.authority) != (self.old_reference, self.old_authority)

    @property
    def upside_down(self) -> bool:
        """Asking for less than one may sell at: the standard price itself would need approval."""
        return (
            self.kind is ItemKind.SERVICE_FEE
            and self.reference is not None
            and self.authority is not None
            and self.authority > self.reference
        )

    @property
    def difference(self) -> Decimal | None:
        """How the authority price moves."""
        if self.authority is None or self.old_authority is None or self.authority == self.old_authority:
            return None
        return self.authority - self.old_authority

    @property
    def share(self) -> int | None:
        """The authority price in per cent of the reference price."""
        if self.authority is None or not self.reference:
            return None
        return round(self.authority * 100 / self.reference)


def grid_of(session: Session, version: PriceTierVersion) -> list[GridRow]:
    """Items on offer, and archived ones the version still prices, in the order of the catalogue."""
    new, old = aliased(TierPrice), aliased(TierPrice)
    rows = session.execute(
        select(DetailItem, BusinessType, new, old)
        .join(BusinessType, DetailItem.business_type_id == BusinessType.id)
        .outerjoin(new, and_(new.item_id == DetailItem.id, new.tier_version_id == version.id))
        .outerjoin(old, and_(old.item_id == DetailItem.id, old.tier_version_id == version.based_on_id))
        .where(or_(new.id.is_not(None), and_(DetailItem.active.is_(True), BusinessType.active.is_(True))))
        .order_by(BusinessType.id, DetailItem.position, DetailItem.id)
    ).tuples()
    return [_row(item, kind, price, before) for item, kind, price, before in rows]


def _row(item: DetailItem, kind: BusinessType, new: TierPrice | None, old: TierPrice | None) -> GridRow:
    return GridRow(
        item_id=item.id,
        item=item.name,
        kind=ItemKind(item.kind),
        business_type=kind.name,
        group=kind.group,
        recurring=kind.recurring,
        reference=new.reference_price if new else None,
        authority=new.authority_price if new else None,
        old_reference=old.reference_price if old else None,
        old_authority=old.authority_price if old else None,
    )


def changes_of(version: PriceTierVersion, rows: Sequence[GridRow]) -> int:
    """How many prices are new to the staff of the tier; copied from another tier, all of them are."""
    same_staff = version.based_on is not None and version.based_on.tier_id == version.tier_id
    return sum(row.changed if same_staff else row.priced for row in rows)
