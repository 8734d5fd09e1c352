"""Prices of many sellers at once, read in a fixed number of statements; also as if a draft were published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.catalogue.models import PriceTier, PriceTierVersion, TierPrice
from app.catalogue.queries import precedence, version_on
from app.org.models import Department, Person
from app.platform.access import elevated


@dataclass(frozen=True)
class Seller:
    """Who sells: `path` are the departments from the top, as `Department.path` writes them."""

    person_id: int
    path: str
    roles: frozenset[str]

    def sells_by(self, tier: PriceTier, region: str | None) -> bool:
        """Whether the tier is for this person in the region (spec 4, Prices)."""
        if tier.region is not None and tier.region != region:
            return False
        if tier.person_id is not None:
            return tier.person_id == self.person_id
        if tier.department_id is not None:
            return f"/{tier.department_id}/" in self.path
        return tier.role is None or tier.role in self.roles


class PriceBook:
    """Every price of the items that may speak on the day, and who the sellers are."""

    def __init__(self, sellers: Iterable[Seller], prices: Iterable[tuple[TierPrice, PriceTier]]) -> None:
        self._sellers = {seller.person_id: seller for seller in sellers}
        self._prices: dict[int, list[tuple[TierPrice, PriceTier]]] = defaultdict(list)
        for price, tier in prices:
            self._prices[price.item_id].append((price, tier))

    def price(self, person_id: int, item_id: int, region: str | None) -> TierPrice | None:
        """The price that speaks, by the same precedence as `queries.prices_for`; None when none does."""
        seller = self._sellers.get(person_id)
        if seller is None:
            return None
        fitting = [pair for pair in self._prices[item_id] if seller.sells_by(pair[1], region)]
        best = min(fitting, key=lambda pair: precedence(pair[0], pair[1], seller.path), default=None)
        return best[0] if best else None


def read_price_book(
    session: Session,
    person_ids: Iterable[int],
    item_ids: Iterable[int],
    *,
    day: date,
    draft: PriceTierVersion | None = None,
) -> PriceBook:
    """The prices in force on the day; a draft stands in for whatever version of its tier would speak."""
    in_force = PriceTierVersion.id == version_on(day)
    if draft is not None:
        in_force = or_(PriceTierVersion.id == draft.id, and_(PriceTier.id != draft.tier_id, in_force))
    with elevated(session):
        prices = session.execute(
            select(TierPrice, PriceTier)
            .join(PriceTierVersion, TierPrice.tier_version_id == PriceTierVersion.id)
            .join(PriceTier, PriceTierVersion.tier_id == PriceTier.id)
            .where(TierPrice.item_id.in_(set(item_ids)), PriceTier.active.is_(True), in_force)
        ).tuples()
        return PriceBook(_sellers(session, set(person_ids)), prices)


def _sellers(session: Session, person_ids: set[int]) -> list[Seller]:
    roles: dict[int, set[str]] = defaultdict(set)
    held = session.execute(
        select(assoc_user_role.c.user_id, Role.name)
        .join(Role, assoc_user_role.c.role_id == Role.id)
        .where(assoc_user_role.c.user_id.in_(person_ids))
    )
    for person_id, role in held.tuples():
        roles[person_id].add(role)
    people = session.execute(
        select(Person.id, Department.path)
        .outerjoin(Department, Person.department_id == Department.id)
        .where(Person.id.in_(person_ids))
    ).tuples()
    return [Seller(person_id, path or "", frozenset(roles[person_id])) for person_id, path in people]
