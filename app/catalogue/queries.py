"""Questions about prices: which tier a person sells by, and what an item costs in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import ColumnElement, String, and_, cast, literal, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from app.approval.models import ApprovalRequest, ApprovalStep
from app.catalogue.models import BusinessType, DetailItem, PriceTier, PriceTierVersion, TierPrice
from app.catalogue.states import PUBLISHED
from app.org.models import Department, Person
from app.platform.access import Identity, Level, elevated
from app.platform.errors import NotFound


@dataclass(frozen=True)
class Price:
    """What one item costs a person: yuan per piece, per month for recurring items. `tier` is the source."""

    reference: Decimal
    authority: Decimal
    tier: str


def prices_for(
    session: Session, person: Person, item_ids: Iterable[int], day: date, region: str | None
) -> Mapping[int, Price]:
    """The prices of the items for this person on the day; an item no tier knows is left out.

    Precedence (spec 4): person, department (the nearest one above included), role, everybody; within
    each a tier of the region before one of none. Of several roles the one with the lowest authority
    price speaks. Only the newest published version of a tier counts.
    """
    return _prices(session, (person.id, person.department_id), item_ids, day, region)


def own_prices(
    session: Session, identity: Identity, item_ids: Iterable[int], day: date, region: str | None
) -> Mapping[int, Price]:
    """As `prices_for`, for whoever acts."""
    return _prices(session, (identity.person_id, identity.department_id), item_ids, day, region)


def _prices(
    session: Session,
    seller: tuple[int | None, int | None],
    item_ids: Iterable[int],
    day: date,
    region: str | None,
) -> Mapping[int, Price]:
    person_id, department_id = seller
    path = select(Department.path).where(Department.id == department_id).correlate(None).scalar_subquery()
    roles = (
        select(Role.name)
        .join(assoc_user_role, assoc_user_role.c.role_id == Role.id)
        .where(assoc_user_role.c.user_id == person_id)
    )
    inside = literal("%/").concat(cast(PriceTier.department_id, String)).concat("/%")
    with elevated(session):
        rows = session.execute(
            select(TierPrice, PriceTier, path)
            .join(PriceTierVersion, TierPrice.tier_version_id == PriceTierVersion.id)
            .join(PriceTier, PriceTierVersion.tier_id == PriceTier.id)
            .where(
                TierPrice.item_id.in_(list(item_ids)),
                PriceTier.active.is_(True),
                or_(PriceTier.region.is_(None), PriceTier.region == literal(region)),
                or_(
                    PriceTier.person_id == person_id,
                    and_(PriceTier.person_id.is_(None), path.like(inside)),
                    and_(_for_no_one_named(), PriceTier.role.in_(roles)),
                    and_(_for_no_one_named(), PriceTier.role.is_(None)),
                ),
                PriceTierVersion.id == version_on(day),
            )
        ).tuples()
    best: dict[int, Price] = {}
    for price, tier, _path in sorted(rows, key=lambda row: precedence(*row)):
        best.setdefault(price.item_id, Price(price.reference_price, price.authority_price, tier.name))
    return best


def _for_no_one_named() -> ColumnElement[bool]:
    return and_(PriceTier.person_id.is_(None), PriceTier.department_id.is_(None))


def version_on(day: date) -> Any:
    """The id of the version of a tier that is in force on the day."""
    newest = aliased(PriceTierVersion)
    return (
        select(newest.id)
        .where(
            newest.tier_id == PriceTier.id,
            newest.state == PUBLISHED,
            newest.valid_from <= day,
            or_(newest.valid_until.is_(None), newest.valid_until >= day),
        )
        .order_by(newest.valid_from.desc())
        .limit(1)
        .correlate(PriceTier)
        .scalar_subquery()
    )


def precedence(price: TierPrice, tier: PriceTier, path: str | None) -> tuple[Any, ...]:
    """Sorts the prices that apply to a seller whose department lies at the path; the first one speaks."""
    above = [int(part) for part in (path or "").split("/") if part]
    if tier.person_id is not None:
        kind, distance = 0, 0
    elif tier.department_id is not None:
        kind, distance = 1, len(above) - above.index(tier.department_id)
    else:
        kind, distance = (2, 0) if tier.role else (3, 0)
    return kind, distance, tier.region is None, price.authority_price, tier.id


def tiers_of(
    anchor: ColumnElement[Any], identity: Identity, _level: Level, *, one_by_one: bool
) -> ColumnElement[bool]:
    """Row scope of price tiers below "all": those the person sells by, few enough to be collected always."""
    tier, department = PriceTier.__table__.c, Department.__table__.c
    path = select(department.path).where(department.id == identity.department_id).scalar_subquery()
    inside = literal("%/").concat(cast(tier.department_id, String)).concat("/%")
    everybody = and_(tier.department_id.is_(None), or_(tier.role.is_(None), tier.role.in_(identity.roles)))
    mine = or_(
        tier.person_id == identity.person_id,
        and_(tier.person_id.is_(None), or_(path.like(inside), everybody)),
    )
    return anchor.in_(select(tier.id).where(mine))


def business_types_offered(session: Session) -> list[BusinessType]:
    """The active business types in the order of the catalogue."""
    return list(
        session.scalars(select(BusinessType).where(BusinessType.active.is_(True)).order_by(BusinessType.id))
    )


def types_with_items(session: Session, type_ids: Iterable[int]) -> dict[int, BusinessType]:
    """The active business types of these ids with their items, by id."""
    wanted = set(type_ids)
    if not wanted:
        return {}
    found = session.scalars(
        select(BusinessType)
        .where(BusinessType.id.in_(wanted), BusinessType.active.is_(True))
        .options(selectinload(BusinessType.items))
        .execution_options(populate_existing=True)
    )
    return {kind.id: kind for kind in found}


def version_in_force(session: Session, tier: PriceTier, day: date) -> PriceTierVersion | None:
    """The published version of the tier that speaks on the day."""
    return session.scalars(
        select(PriceTierVersion)
        .join(PriceTierVersion.tier)
        .where(PriceTier.id == tier.id, PriceTierVersion.id == version_on(day))
    ).first()


def newest_published(session: Session, tier: PriceTier) -> PriceTierVersion | None:
    """The published version of the tier that starts last, be it in the future."""
    return session.scalars(
        select(PriceTierVersion)
        .where(PriceTierVersion.tier_id == tier.id, PriceTierVersion.state == PUBLISHED)
        .order_by(PriceTierVersion.valid_from.desc())
        .options(selectinload(PriceTierVersion.prices).joinedload(TierPrice.item))
        .limit(1)
    ).first()


def tier_in_scope(session: Session, tier_id: int) -> PriceTier:
    """Raises NotFound for foreign and absent tiers."""
    tier = session.scalars(select(PriceTier).where(PriceTier.id == tier_id)).first()
    if tier is None:
        raise NotFound()
    return tier


def version_in_scope(session: Session, version_id: int) -> PriceTierVersion:
    """The version with its tier, when the person may see the tier. Raises NotFound otherwise.

    The row scope limits what a statement names by a column, so the tier is named, not only joined.
    """
    version = session.scalars(
        select(PriceTierVersion)
        .join(PriceTierVersion.tier)
        .where(PriceTierVersion.id == version_id, PriceTier.id == PriceTierVersion.tier_id)
        .options(
            contains_eager(PriceTierVersion.tier).options(
                joinedload(PriceTier.department), joinedload(PriceTier.person)
            ),
            joinedload(PriceTierVersion.author),
            joinedload(PriceTierVersion.based_on),
            selectinload(PriceTierVersion.open_requests)
            .selectinload(ApprovalRequest.steps)
            .joinedload(ApprovalStep.approver),
        )
    ).first()
    if version is None:
        raise NotFound()
    return version


def prices_of_version(session: Session, version_id: int) -> list[TierPrice]:
    """Every price of a tier version with its item and business type, in the order of the catalogue."""
    return list(
        session.scalars(
            select(TierPrice)
            .join(TierPrice.item)
            .where(TierPrice.tier_version_id == version_id)
            .options(contains_eager(TierPrice.item).joinedload(DetailItem.business_type))
            .order_by(DetailItem.business_type_id, DetailItem.position)
        )
    )
