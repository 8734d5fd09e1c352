"""Claims: which active prospect owns a contact point. The unique key decides between two who save at once.

Every function runs inside `elevated`: claims are about all customers, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.customers.models import ContactClaim, ContactPoint, Customer
from app.customers.states import PROSPECT


def holders(session: Session, keys: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """Who holds the keys now: customer and its owner, by key."""
    statement = (
        select(ContactClaim.key, Customer.id, Customer.owner_id)
        .join(Customer, ContactClaim.customer_id == Customer.id)
        .where(ContactClaim.key.in_(sorted(set(keys))))
    )
    return {
        key: (customer_id, owner_id) for key, customer_id, owner_id in session.execute(statement).tuples()
    }


def unshared_keys(session: Session, customer_id: int) -> list[str]:
    """The keys of the customer that can be owned."""
    statement = select(ContactPoint.key).where(
        ContactPoint.customer_id == customer_id, ContactPoint.shared.is_(False)
    )
    return list(session.scalars(statement))


def take(session: Session, customer: Customer, keys: Iterable[str]) -> None:
    """Hold the keys, except those another prospect of the same owner holds already.

    A key that a colleague's prospect holds is refused by the database (IntegrityError), also when the
    colleague saved it after we looked.
    """
    held = holders(session, wanted := sorted(set(keys)))
    mine = {key for key, (_holder, owner_id) in held.items() if owner_id == customer.owner_id}
    _hold(session, customer, [key for key in wanted if key not in mine])


def take_free(session: Session, customer: Customer) -> None:
    """Hold every key of the prospect that nobody holds, where no collision may stop what happens."""
    keys = unshared_keys(session, customer.id)
    held = holders(session, keys)
    _hold(session, customer, [key for key in keys if key not in held])


def _hold(session: Session, customer: Customer, keys: Iterable[str]) -> None:
    session.add_all(ContactClaim(key=key, customer_id=customer.id) for key in keys)
    session.flush()


def release(session: Session, customer_id: int, keys: Iterable[str] | None = None) -> None:
    """Let go of the customer's keys, or only of these; the next prospect that has one holds it then."""
    mine = select(ContactClaim.key).where(ContactClaim.customer_id == customer_id)
    if keys is not None:
        mine = mine.where(ContactClaim.key.in_(sorted(set(keys))))
    freed = list(session.scalars(mine))
    if not freed:
        return
    session.execute(
        delete(ContactClaim).where(ContactClaim.key.in_(freed)),
        execution_options={"synchronize_session": False},
    )
    _pass_on(session, freed, customer_id)


def _pass_on(session: Session, keys: list[str], but_customer_id: int) -> None:
    next_in_line = (
        select(ContactPoint.key, func.min(ContactPoint.customer_id))
        .join(Customer, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.key.in_(keys), ContactPoint.shared.is_(False))
        .where(Customer.stage == PROSPECT, Customer.id != but_customer_id)
        .group_by(ContactPoint.key)
    )
    session.add_all(
        ContactClaim(key=key, customer_id=customer_id)
        for key, customer_id in session.execute(next_in_line).tuples()
    )
    session.flush()
