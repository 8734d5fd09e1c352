"""Effects of the customer's transitions (see transitions.py)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.customers import claims, obligations, ownership
from app.customers.checks import claims_left, pool_rule
from app.customers.events import CustomerAssigned, CustomerReleased
from app.customers.models import Customer
from app.customers.states import PROSPECT, PUBLIC, RETAINED
from app.org.models import Person
from app.platform import clock
from app.platform.access import elevated
from app.platform.errors import BusinessError, NotAllowed
from app.platform.events import publish
from app.platform.lifecycle import Step

# Message ids, translated where the history of owners is shown.
END_REASONS = {
    "give_up": "given up",
    "recycle": "untouched for too long",
    "assign": "assigned to somebody else",
}


def given_up(step: Step) -> str:
    """Into the pool, with the chosen reason kept on the customer and everything that was said told."""
    reason, note = str(step.data.get("reason") or ""), str(step.data.get("note") or "").strip()
    step.row.give_up_reason = reason[:40]
    step.data = {**step.data, "reason": f"{reason}：{note}" if note else reason}
    return PUBLIC


def release(step: Step) -> None:
    """Into the public pool: the owner becomes the former owner."""
    session, customer = step.session, step.row
    former = customer.owner_id
    with elevated(session):
        ownership.end(session, customer, step.reason or END_REASONS[step.transition.name])
        ownership.leave(session, customer.id)
        customer.former_owner_id, customer.owner_id = former, None
        customer.released_at = clock.now()
        customer.recycle_warned_at = None
        ownership.stop_contacting(session, customer)
    publish(session, CustomerReleased(customer_id=customer.id, former_owner_id=former))


def claimed(step: Step) -> str:
    """Out of the pool. The owner comes before the stage: check constraint and row scope ask for one."""
    session, customer, person_id = step.session, step.row, step.identity.person_id
    if person_id is None:
        raise NotAllowed()
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    if claims_left(session, person_id, pool_rule(session)) < 1:
        raise BusinessError(_l("You have claimed enough for today."), code="claim_limit")
    with elevated(session):
        customer.claimed_at = clock.now()
        ownership.begin(session, customer, person_id, "claimed")
    return PROSPECT


def after_claim(step: Step) -> None:
    customer: Customer = step.row
    with elevated(step.session):
        claims.take(step.session, customer, claims.unshared_keys(step.session, customer.id))
        obligations.lay_down(step.session, customer)
    assert customer.owner_id is not None
    publish(
        step.session,
        CustomerAssigned(customer_id=customer.id, owner_id=customer.owner_id, former_owner_id=None),
    )


def assigned(step: Step) -> str:
    """To another owner; the stage stays, except that a pool customer becomes a prospect.

    Only out of the pool the owner comes first (as in `claimed`); else the deed is told while the actor still
    reaches the customer, and the ownership moves afterwards, to whomever.
    """
    session, customer, owner = step.session, step.row, _colleague(step, "owner")
    if owner.id == customer.owner_id:
        raise BusinessError(_l("%(name)s owns this customer already.", name=owner.name), code="owner")
    step.notes.update(former_owner_id=customer.owner_id, owner=owner.name)
    if step.from_state != PUBLIC:
        return step.from_state
    with elevated(session):
        ownership.begin(session, customer, owner.id, "assigned")
    return PROSPECT


def after_assign(step: Step) -> None:
    """The contact rule restarts, and both are told (by whoever reacts to the fact)."""
    session, customer, owner = step.session, step.row, _colleague(step, "owner")
    with elevated(session):
        if step.from_state != PUBLIC:
            ownership.end(session, customer, step.reason or END_REASONS["assign"])
            ownership.begin(session, customer, owner.id, "assigned")
        if customer.stage == PROSPECT:
            claims.take_free(session, customer)
            obligations.lay_down(session, customer)
    former = step.notes["former_owner_id"]
    publish(session, CustomerAssigned(customer_id=customer.id, owner_id=owner.id, former_owner_id=former))


def _colleague(step: Step, name: str) -> Person:
    chosen = str(step.data[name])
    person = step.session.get(Person, int(chosen)) if chosen.isdecimal() else None
    if person is None or not person.active:
        raise BusinessError(_l("Choose an active colleague."), code=name)
    return person


def shared(step: Step) -> None:
    """A colleague takes part as a member."""
    colleague = _colleague(step, "person")
    with elevated(step.session):
        ownership.take_part(step.session, step.row.id, person_id=colleague.id)


def signed(step: Step) -> None:
    """The hunt is over: number claims and later obligations fall away."""
    customer: Customer = step.row
    customer.signed_at = customer.signed_at or clock.now()
    with elevated(step.session):
        ownership.stop_contacting(step.session, customer)


def retained(step: Step) -> None:
    """The library remembers the first time."""
    step.row.retained_at = step.row.retained_at or clock.now()


def fallen_back(step: Step) -> str:
    """No contract is left: retained when one was ever closed, else a prospect again."""
    return RETAINED if step.row.retained_at is not None else PROSPECT


def after_falling_back(step: Step) -> None:
    with elevated(step.session):
        if step.row.stage == PROSPECT:
            claims.take_free(step.session, step.row)
