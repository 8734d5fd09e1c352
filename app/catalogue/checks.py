"""What stands against publishing a version of a price tier. Every reason at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval.operations import not_the_turn_of, turn_in
from app.catalogue.grid import GridRow, changes_of, grid_of
from app.catalogue.models import PriceTierVersion
from app.catalogue.states import DRAFT, PUBLISHED
from app.platform import clock
from app.platform.access import Identity

NAMED = 5


def days_fit(session: Session, version: PriceTierVersion, _identity: Identity) -> Sequence[Any]:
    """It starts today or later, ends after it starts, and no limited version meets another."""
    reasons: list[Any] = []
    if version.valid_from < clock.today():
        reasons.append(_l("%(day)s is past. Choose a day from today on.", day=version.valid_from))
    if version.valid_until is not None and version.valid_until < version.valid_from:
        reasons.append(_l("It ends before it starts."))
    others = session.scalars(
        select(PriceTierVersion)
        .where(PriceTierVersion.tier_id == version.tier_id, PriceTierVersion.state == PUBLISHED)
        .order_by(PriceTierVersion.valid_from)
    )
    return [*reasons, *(_collision(other) for other in others if collides(version, other))]


def collides(version: PriceTierVersion, other: PriceTierVersion) -> bool:
    """Whether it would be unclear which of the two speaks.

    A version without an end yields to whatever starts later; one with an end stands alone in its days,
    but may interrupt an endless one.
    """
    if version.valid_from == other.valid_from:
        return True
    earlier, later = sorted((version, other), key=lambda each: each.valid_from)
    return earlier.valid_until is not None and later.valid_from <= earlier.valid_until


def _collision(other: PriceTierVersion) -> Any:
    if other.valid_until is None:
        return _l("A published version starts on %(day)s already.", day=other.valid_from)
    return _l(
        "It overlaps the published version of %(first)s to %(last)s.",
        first=other.valid_from,
        last=other.valid_until,
    )


def prices_fit(session: Session, version: PriceTierVersion, _identity: Identity) -> Sequence[Any]:
    """There are prices, at least one is new, and no authority price is above its reference price."""
    rows = grid_of(session, version)
    if not any(row.priced for row in rows):
        return [_l("The version has no price yet.")]
    if not changes_of(version, rows):
        return [_l("No price differs from the version before.")]
    wrong = [row for row in rows if row.upside_down]
    reasons = [
        _l("“%(item)s”: the authority price is above the reference price.", item=row.title)
        for row in wrong[:NAMED]
    ]
    return [*reasons, *_more(wrong)]


def _more(wrong: Sequence[GridRow]) -> Sequence[Any]:
    left = len(wrong) - NAMED
    return [_l("and %(count)s more", count=left)] if left > 0 else []


def my_turn(_session: Session, version: PriceTierVersion, identity: Identity) -> bool:
    """Whether this person is to decide on the version now."""
    return any(turn_in(request, identity) is not None for request in version.open_requests)


def is_draft(_session: Session, version: PriceTierVersion, _identity: Identity) -> Sequence[Any]:
    if version.state == DRAFT:
        return []
    return [_l("Only a draft can be changed. Start a new draft from the published version.")]


def turn_has_come(_session: Session, version: PriceTierVersion, identity: Identity) -> Sequence[Any]:
    return not_the_turn_of(version.open_requests, identity)


def is_author(_session: Session, version: PriceTierVersion, identity: Identity) -> bool:
    return identity.is_system or version.author_id == identity.person_id


def only_the_author(session: Session, version: PriceTierVersion, identity: Identity) -> Sequence[Any]:
    return [] if is_author(session, version, identity) else [_l("Only the author takes it back.")]
