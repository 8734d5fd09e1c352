"""Work on drafts of price tiers: start one, type prices, change by per cent, copy a tier. Never commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.catalogue.checks import is_draft
from app.catalogue.grid import GridRow, grid_of
from app.catalogue.models import PriceTier, PriceTierVersion, TierPrice
from app.catalogue.queries import newest_published, tier_in_scope, version_in_scope
from app.catalogue.states import DRAFT, OPEN_STATES
from app.catalogue.transitions import PRICE_VERSION_LIFECYCLE
from app.platform import clock
from app.platform.access import elevated, identity_of
from app.platform.errors import BusinessError, FieldErrors, Stale
from app.platform.money import LARGEST, quantise
from app.platform.timeline import tell

ENTITY = "price_tier_version"
LOWEST, HIGHEST = Decimal(-90), Decimal(500)


@dataclass(frozen=True)
class Pair:
    """Reference and authority price of one item, in yuan."""

    reference: Decimal
    authority: Decimal


@dataclass(frozen=True)
class PercentChange:
    """Prices times 1 + percent/100, rounded half up to whole `step` yuan (0.01 at least).

    `groups` are groups of business types, empty for all; `columns` holds "reference", "authority" or both.
    """

    percent: Decimal
    groups: frozenset[str]
    columns: frozenset[str]
    step: Decimal


@dataclass(frozen=True)
class Staff:
    """Who a tier is for: one person, a department, a role, or with none of them everybody."""

    role: str | None = None
    department_id: int | None = None
    person_id: int | None = None
    region: str | None = None


def start_draft(session: Session, tier_id: int) -> PriceTierVersion:
    """A draft with the prices of the newest published version, to start at the next month.

    Raises NotFound for a foreign tier, BusinessError when a draft is under way already.
    """
    identity_of(session).require("can_add", ENTITY)
    tier = tier_in_scope(session, tier_id)
    under_way = session.scalar(
        select(PriceTierVersion.id).where(
            PriceTierVersion.tier_id == tier.id, PriceTierVersion.state.in_(OPEN_STATES)
        )
    )
    if under_way is not None:
        raise BusinessError(
            _l("This price tier has a draft already. Finish that one first."), code="draft_exists"
        )
    return _draft(session, tier, newest_published(session, tier))


def _draft(session: Session, tier: PriceTier, base: PriceTierVersion | None) -> PriceTierVersion:
    with elevated(session):
        version = PriceTierVersion(
            tier=tier,
            valid_from=_first_day(base if base and base.tier_id == tier.id else None),
            author_id=identity_of(session).person_id,
            based_on=base,
            changed_at=clock.now(),
            prices=[
                TierPrice(
                    item_id=price.item_id,
                    reference_price=price.reference_price,
                    authority_price=price.authority_price,
                )
                for price in (base.prices if base else ())
                if price.item.active
            ],
        )
        PRICE_VERSION_LIFECYCLE.begin(session, version, DRAFT, title="drafted prices")
    return version


def _first_day(base: PriceTierVersion | None) -> date:
    """The first of next month, or the day after the version before starts when that is later."""
    next_month = (clock.today().replace(day=1) + timedelta(days=32)).replace(day=1)
    return max(next_month, base.valid_from + timedelta(days=1)) if base else next_month


def copy_tier(session: Session, tier_id: int, name: str, staff: Staff) -> PriceTier:
    """A tier for other staff with a draft of the same prices.

    Raises FieldErrors when the staff is named twice over or has a tier of its own already.
    """
    identity = identity_of(session)
    identity.require("can_add", "price_tier")
    identity.require("can_add", ENTITY)
    source = tier_in_scope(session, tier_id)
    base = newest_published(session, source)
    if base is None:
        raise BusinessError(_l("“%(tier)s” has no published prices to copy.", tier=source.name))
    _refuse_staff(session, staff)
    tier = PriceTier(
        name=name,
        role=staff.role,
        department_id=staff.department_id,
        person_id=staff.person_id,
        region=staff.region,
    )
    session.add(tier)
    session.flush()
    _draft(session, tier, base)
    return tier


def _refuse_staff(session: Session, staff: Staff) -> None:
    named = [key for key in ("role", "department_id", "person_id") if getattr(staff, key) is not None]
    if len(named) > 1:
        fault = _l("Name a role, a department or a person, only one of them.")
        raise FieldErrors(_l("The price tier was not copied."), {named[-1]: [fault]})
    taken = session.scalar(
        select(PriceTier.name).where(
            PriceTier.active.is_(True),
            PriceTier.role.is_not_distinct_from(staff.role),
            PriceTier.department_id.is_not_distinct_from(staff.department_id),
            PriceTier.person_id.is_not_distinct_from(staff.person_id),
            PriceTier.region.is_not_distinct_from(staff.region),
        )
    )
    if taken is not None:
        fault = _l("“%(tier)s” is for the same staff. Change its prices instead.", tier=taken)
        raise FieldErrors(_l("The price tier was not copied."), {named[0] if named else "role": [fault]})


def perform(
    session: Session,
    version_id: int,
    name: str,
    data: Mapping[str, Any],
    *,
    form_version: int | None = None,
    token: str | None = None,
) -> PriceTierVersion:
    """Submit, approve, hand back, take back or discard a version of a tier the person may see.

    The row scope is suspended for the telling: who keeps prices need not see customers, whose timeline it is.
    """
    version_in_scope(session, version_id)
    with elevated(session):
        done: PriceTierVersion = PRICE_VERSION_LIFECYCLE.perform(
            session, version_id, name, data=data, version=form_version, token=token
        )
    return done


def write_prices(
    session: Session,
    version_id: int,
    days: tuple[date, date | None],
    prices: Mapping[int, Pair | None],
    *,
    form_version: int | None,
) -> PriceTierVersion:
    """Set first and last day and the prices named; None takes a price out. Other items stay.

    Items the grid does not offer are ignored. Raises NotFound, Stale, or BusinessError when it is no draft.
    """
    version = _editable(session, version_id, form_version)
    version.valid_from, version.valid_until = days
    offered = {row.item_id for row in grid_of(session, version)}
    known = {price.item_id: price for price in version.prices}
    for item_id, pair in prices.items():
        if item_id in offered:
            _set_price(version, known.get(item_id), item_id, pair)
    _touch(session, version)
    return version


def change_by_percent(
    session: Session, version_id: int, change: PercentChange, *, form_version: int | None
) -> int:
    """Raise or lower prices of the chosen groups; answers how many rows moved."""
    version = _editable(session, version_id, form_version)
    if not LOWEST <= change.percent <= HIGHEST or not change.columns:
        raise BusinessError(
            _l("Give a percentage from %(low)s to %(high)s.", low=LOWEST, high=HIGHEST), code="percent"
        )
    known = {price.item_id: price for price in version.prices}
    moved = 0
    for row in grid_of(session, version):
        pair = _changed(row, change)
        if pair is not None:
            _set_price(version, known[row.item_id], row.item_id, pair)
            moved += 1
    _touch(session, version)
    with elevated(session):
        title = "changed %(count)s prices by %(percent)s per cent"
        tell(session, version, title=title, count=moved, percent=str(change.percent))
    return moved


def _changed(row: GridRow, change: PercentChange) -> Pair | None:
    if row.reference is None or row.authority is None or (change.groups and row.group not in change.groups):
        return None
    new = Pair(
        times(row.reference, change) if "reference" in change.columns else row.reference,
        times(row.authority, change) if "authority" in change.columns else row.authority,
    )
    return None if new == Pair(row.reference, row.authority) else new


def times(price: Decimal, change: PercentChange) -> Decimal:
    """The price after the change, never above the largest amount there is."""
    steps = price * (100 + change.percent) / 100 / change.step
    return min(quantise(steps.quantize(Decimal(1), ROUND_HALF_UP) * change.step), LARGEST)


def _set_price(version: PriceTierVersion, known: TierPrice | None, item_id: int, pair: Pair | None) -> None:
    if known is not None and pair is None:
        version.prices.remove(known)
    elif known is not None and pair is not None:
        known.reference_price, known.authority_price = pair.reference, pair.authority
    elif pair is not None:
        version.prices.append(
            TierPrice(item_id=item_id, reference_price=pair.reference, authority_price=pair.authority)
        )


def _editable(session: Session, version_id: int, form_version: int | None) -> PriceTierVersion:
    identity_of(session).require("can_edit", ENTITY)
    version = version_in_scope(session, version_id)
    for reason in is_draft(session, version, identity_of(session)):
        raise BusinessError(reason, code="published")
    if form_version is not None and form_version != version.version:
        raise Stale(_l("Somebody changed this record since you opened it. Look at it again."))
    return version


def _touch(session: Session, version: PriceTierVersion) -> None:
    """Prices are rows of their own: count the version up, so that a second open grid shows as stale."""
    version.changed_at = clock.now()
    flag_modified(version, "changed_at")
    session.flush()
