"""What the clock does to customers: missed obligations each night, and untouched prospects into the pool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from app.customers import obligations
from app.customers.checks import pool_rule
from app.customers.events import RecycleAnnounced
from app.customers.models import Customer, Ownership
from app.customers.states import PROSPECT
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform import audit, clock
from app.platform.access import elevated, identity_of
from app.platform.errors import BusinessError
from app.platform.events import publish
from app.platform.obligations.due_items import DueItem

MOST_A_NIGHT = 2_000


def refresh_obligations(session: Session, _item: DueItem | None = None) -> None:
    """Slot, nightly: what was due yesterday and was not done is missed. Twice changes nothing."""
    missed = obligations.miss_overdue(session)
    audit.record(session, "obligations missed", "contact_obligation", rows=missed)


def recycle_untouched(session: Session, _item: DueItem | None = None) -> None:
    """Slot, nightly: announce, and days later recycle, prospects nobody touched (POOL-2)."""
    with elevated(session):
        rule = pool_rule(session)
        if rule.recycle_after_days:
            _recycle(session, rule.recycle_after_days, rule.warn_before_days)
            _announce(session, rule.recycle_after_days, rule.warn_before_days)


def _untouched_since(moment: datetime) -> Select[Any]:
    return (
        select(Customer)
        .join(Ownership, (Ownership.customer_id == Customer.id) & Ownership.ended_at.is_(None))
        .where(Customer.stage == PROSPECT, Ownership.began_at <= moment)
        .where(or_(Customer.last_contact_at.is_(None), Customer.last_contact_at <= moment))
        .order_by(Customer.id)
        .limit(MOST_A_NIGHT)
    )


def _recycle(session: Session, after_days: int, warn_days: int) -> None:
    now = clock.now()
    due = _untouched_since(now - timedelta(days=after_days)).where(
        Customer.recycle_warned_at <= now - timedelta(days=warn_days)
    )
    for customer in session.scalars(due).all():
        try:
            CUSTOMER_LIFECYCLE.perform(session, customer.id, "recycle")
        except BusinessError:
            continue  # a later stage objects, e.g. because a contract is open


def _announce(session: Session, after_days: int, warn_days: int) -> None:
    now = clock.now()
    soon = _untouched_since(now - timedelta(days=after_days - warn_days)).where(
        Customer.recycle_warned_at.is_(None)
    )
    customers = _free_to_go(session, session.scalars(soon).all())
    session.execute(
        update(Customer).where(Customer.id.in_([c.id for c in customers])).values(recycle_warned_at=now),
        execution_options={"synchronize_session": False},
    )
    on = clock.today() + timedelta(days=warn_days)
    for customer in customers:
        assert customer.owner_id is not None
        publish(session, RecycleAnnounced(customer_id=customer.id, owner_id=customer.owner_id, on=on))


def _free_to_go(session: Session, customers: Sequence[Customer]) -> list[Customer]:
    """Those whose recycling no later stage objects to."""
    recycle, identity = CUSTOMER_LIFECYCLE.transitions["recycle"], identity_of(session)
    return [c for c in customers if not CUSTOMER_LIFECYCLE.objections(session, c, recycle, identity)]
