"""Guards of the customer's transitions (see transitions.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.customers import claims
from app.customers.models import Customer, Ownership, PoolRule
from app.customers.states import PUBLIC
from app.platform import clock
from app.platform.access import Identity, elevated
from app.platform.screens.cells import day_text


def pool_rule(session: Session) -> PoolRule:
    """The one row of the pool rule; its defaults when it is not laid down."""
    return session.scalars(select(PoolRule).order_by(PoolRule.id)).first() or PoolRule(
        claims_per_day=10, cooling_days=7, recycle_after_days=30, warn_before_days=3
    )


def not_in_pool(_session: Session, customer: Customer, _identity: Identity) -> Sequence[Any]:
    """A customer in the public pool is read, not worked on."""
    if customer.stage != PUBLIC:
        return []
    return [_l("This customer is in the public pool. Claim it first.")]


def owner_or_superior(_session: Session, customer: Customer, identity: Identity) -> Sequence[Any]:
    """Members see a customer but do not give it up."""
    if identity.is_system or _leads(customer, identity):
        return []
    return [_l("Only the owner or a superior can do this.")]


def is_owner_or_superior(_session: Session, customer: Customer, identity: Identity) -> bool:
    return _leads(customer, identity)


def _leads(customer: Customer, identity: Identity) -> bool:
    return customer.owner_id == identity.person_id or identity.can("can_assign", "customer")


def within_daily_limit(session: Session, _customer: Customer, identity: Identity) -> Sequence[Any]:
    """So many claims per person and day."""
    rule = pool_rule(session)
    if identity.person_id is None or claims_left(session, identity.person_id, rule) > 0:
        return []
    return [_l("You have claimed %(count)s today; that is the limit.", count=rule.claims_per_day)]


def claims_left(session: Session, person_id: int, rule: PoolRule) -> int:
    """How many the person may still claim today."""
    taken = session.scalar(
        select(func.count())
        .select_from(Ownership)
        .where(Ownership.person_id == person_id, Ownership.how == "claimed")
        .where(Ownership.began_at >= clock.start_of(clock.today()))
    )
    return rule.claims_per_day - (taken or 0)


def cooled_down(session: Session, customer: Customer, identity: Identity) -> Sequence[Any]:
    """Whoever gave it up waits before taking it back."""
    if customer.former_owner_id != identity.person_id or customer.released_at is None:
        return []
    free_at = customer.released_at + timedelta(days=pool_rule(session).cooling_days)
    if clock.now() >= free_at:
        return []
    return [
        _l(
            "You gave it up yourself; you may claim it again %(day)s.",
            day=day_text(clock.local(free_at).date()),
        )
    ]


def numbers_free(session: Session, customer: Customer, identity: Identity) -> Sequence[Any]:
    """Meanwhile a colleague may have met the same number."""
    with elevated(session):
        held = claims.holders(session, claims.unshared_keys(session, customer.id))
    if any(owner_id != identity.person_id for _holder, owner_id in held.values()):
        return [_l("A colleague's prospect has one of its numbers.")]
    return []
