"""Price tiers between rows of the database and plain values of the file.

A person's new version goes the way of the screens: draft, submission, approval by rule. The system account
is nobody who could submit; while the agency has no contract yet it lays published versions down as they
are, past days included, as the presets do. That is how a second installation gets the prices of the first.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.catalogue.checks import collides
from app.catalogue.effects import publish
from app.catalogue.grid import grid_of
from app.catalogue.models import DetailItem, PriceTier, PriceTierVersion, TierPrice
from app.catalogue.operations import Pair, perform, start_draft, write_prices
from app.catalogue.states import DRAFT, PENDING, PUBLISHED
from app.catalogue.transitions import PRICE_VERSION_LIFECYCLE
from app.configuration.groups import Plain, Rows
from app.configuration.section import Turn, Work, turns
from app.contracts.models import Contract
from app.org.models import Department, Person
from app.platform import clock
from app.platform.access import elevated, identity_of
from app.platform.errors import BusinessError


def _tiers(session: Session) -> list[PriceTier]:
    with elevated(session):
        found = session.scalars(
            select(PriceTier).options(
                joinedload(PriceTier.department),
                joinedload(PriceTier.person),
                selectinload(PriceTier.versions)
                .selectinload(PriceTierVersion.prices)
                .joinedload(TierPrice.item),
            )
        )
        return sorted(found, key=lambda tier: tier.name)


def read(session: Session) -> list[Plain]:
    """The tiers with their published versions; drafts are work in progress and stay out."""
    return [_plain(tier) for tier in _tiers(session)]


def _plain(tier: PriceTier) -> Plain:
    return {
        "name": tier.name,
        "role": tier.role,
        "department": tier.department.name if tier.department else None,
        "person": tier.person.username if tier.person else None,
        "region": tier.region,
        "active": tier.active,
        "versions": [_plain_version(version) for version in _in_state(tier, PUBLISHED)],
    }


def _in_state(tier: PriceTier, state: str) -> list[PriceTierVersion]:
    return sorted(
        (version for version in tier.versions if version.state == state), key=lambda each: each.valid_from
    )


def _plain_version(version: PriceTierVersion) -> Plain:
    return {
        "valid_from": version.valid_from.isoformat(),
        "valid_until": version.valid_until.isoformat() if version.valid_until else None,
        "prices": {
            price.item.code: {
                "reference": f"{price.reference_price:.2f}",
                "authority": f"{price.authority_price:.2f}",
            }
            for price in sorted(version.prices, key=lambda price: price.item.code)
        },
    }


def under_way(session: Session, before: list[Plain], after: list[Plain]) -> tuple[list[Plain], list[str]]:
    """A version of the file that waits for approval counts as there."""
    wanted = {tier["name"]: tier["versions"] for tier in after}
    waiting = {
        tier.name: [_plain_version(version) for version in _in_state(tier, PENDING)]
        for tier in _tiers(session)
    }
    found, words = [], []
    for tier in before:
        promised = [one for one in waiting[tier["name"]] if one in wanted.get(tier["name"], ())]
        words += [
            _("“%(tier)s” from %(day)s waits for approval", tier=tier["name"], day=one["valid_from"])
            for one in promised
        ]
        versions = sorted([*tier["versions"], *promised], key=lambda one: str(one["valid_from"]))
        found.append({**tier, "versions": versions})
    return found, words


def write(work: Work, rows: Rows, before: list[Plain], after: list[Plain]) -> None:
    known = {tier.name: tier for tier in _tiers(work.session)}
    for turn in turns(rows, before, after):
        path = f"price_tiers[{turn.key}]"
        with work.at(path):
            known[turn.key] = _save_tier(work.session, known.get(turn.key), turn)
        there = {version["valid_from"] for version in (turn.old or {"versions": []})["versions"]}
        for version in turn.new["versions"]:
            if version["valid_from"] not in there and turn.key in known:
                with work.at(f"{path}.versions[{version['valid_from']}]"):
                    _add_version(work.session, known[turn.key], version)


def _save_tier(session: Session, tier: PriceTier | None, turn: Turn) -> PriceTier:
    new = turn.new
    identity_of(session).require("can_edit" if tier is not None else "can_add", "price_tier")
    with elevated(session):
        row = tier or PriceTier(
            name=new["name"],
            role=new["role"],
            department_id=session.scalar(select(Department.id).where(Department.name == new["department"])),
            person_id=session.scalar(select(Person.id).where(Person.username == new["person"])),
            region=new["region"],
            versions=[],
        )
        row.active = new["active"]
        session.add(row)
    return row


def _add_version(session: Session, tier: PriceTier, wanted: Plain) -> None:
    if identity_of(session).person_id is not None:
        _submit(session, tier, wanted)
    elif _has_contracts(session):
        raise BusinessError(_l("New prices need an author: name a person with --as LOGIN."), code="author")
    else:
        _lay_down(session, tier, wanted)


def _has_contracts(session: Session) -> bool:
    with elevated(session):
        return session.scalar(select(Contract.id).limit(1)) is not None


def _days(wanted: Plain) -> tuple[date, date | None]:
    until = wanted["valid_until"]
    return date.fromisoformat(wanted["valid_from"]), date.fromisoformat(until) if until else None


def _pairs(session: Session, wanted: Plain) -> dict[int, Pair]:
    ids = dict(session.execute(select(DetailItem.code, DetailItem.id)).tuples().all())
    return {
        ids[code]: Pair(Decimal(price["reference"]), Decimal(price["authority"]))
        for code, price in wanted["prices"].items()
    }


def _submit(session: Session, tier: PriceTier, wanted: Plain) -> None:
    """Drafted and submitted as on the screens: the approval rules decide when it is published."""
    pairs = _pairs(session, wanted)
    version = start_draft(session, tier.id)
    offered = {row.item_id: row.title for row in grid_of(session, version)}
    foreign = len([item for item in pairs if item not in offered])
    if foreign:
        raise BusinessError(
            _l("%(count)s of the prices are for items that are archived; leave them out", count=foreign)
        )
    write_prices(
        session, version.id, _days(wanted), {item: pairs.get(item) for item in offered}, form_version=None
    )
    perform(session, version.id, "submit", {})


def _lay_down(session: Session, tier: PriceTier, wanted: Plain) -> None:
    first, last = _days(wanted)
    version = PriceTierVersion(tier_id=tier.id, valid_from=first, valid_until=last, changed_at=clock.now())
    with elevated(session):
        published = select(PriceTierVersion).where(
            PriceTierVersion.tier_id == tier.id, PriceTierVersion.state == PUBLISHED
        )
        others = list(session.scalars(published.order_by(PriceTierVersion.valid_from)))
        if any(collides(version, other) for other in others):
            raise BusinessError(_l("its days overlap those of another published version"))
        earlier = [other for other in others if other.valid_from < first]
        version.based_on_id = earlier[-1].id if earlier else None
        version.prices = [
            TierPrice(item_id=item, reference_price=pair.reference, authority_price=pair.authority)
            for item, pair in _pairs(session, wanted).items()
        ]
        version.tier = tier
        PRICE_VERSION_LIFECYCLE.begin(session, version, DRAFT, title="drafted prices")
        publish(session, version)
