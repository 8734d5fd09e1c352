"""Follow-ups and what superiors remark on them."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers import obligations
from app.customers.events import CustomerContacted, FollowUpCommented
from app.customers.models import Comment, Customer, FollowUp
from app.customers.operations import find
from app.customers.states import CONTACTED, NEW_LEAD, PROSPECT
from app.platform import clock
from app.platform.access import identity_of
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound
from app.platform.events import publish
from app.platform.timeline import TimelineEntry, tell

_MOST_SHOWN = 300


def add_follow_up(
    session: Session,
    customer_id: int,
    *,
    content: str,
    method: str,
    at: datetime | None = None,
    counts: bool = True,
    next_contact_on: date | None = None,
    next_contact_note: str | None = None,
    token: str | None = None,
) -> FollowUp:
    """Write down one contact; it fulfils obligations and a next contact that has come due.

    `counts` is false for a group mailing (spec 4, Contact rule). The same token again answers the first
    follow-up. Raises NotFound, FieldErrors, and BusinessError for a customer in the public pool or a
    moment to come.
    """
    person_id = identity_of(session).person_id
    if person_id is None:
        raise NotAllowed()
    if not content.strip():
        raise FieldErrors(_l("Some information is missing."), {"text": [_l("This is required.")]})
    moment = at or clock.now()
    if moment > clock.now():
        raise BusinessError(_l("A follow-up is about what happened, not about what will."), code="future")
    _queue_up(session, customer_id)
    customer = find(session, customer_id)
    if (known := _written_before(session, token)) is not None:
        return known
    row = FollowUp(
        customer_id=customer.id,
        at=moment,
        person_id=person_id,
        method=method[:40],
        content=content.strip(),
        counts=counts,
        next_contact_on=next_contact_on,
    )
    session.add(row)
    session.flush()
    _plan(customer, next_contact_on, next_contact_note)
    if counts:
        _note_contact(session, customer, moment)
    tell(
        session,
        customer,
        title="contact by %(method)s" if counts else "group mailing by %(method)s",
        kind="follow_up",
        body=row.content,
        token=token,
        method=row.method,
        follow_up_id=row.id,
    )
    publish(session, CustomerContacted(customer_id=customer.id, follow_up_id=row.id))
    return row


def _queue_up(session: Session, customer_id: int) -> None:
    """Two clicks at once follow one another, so that the second finds what the first wrote."""
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))


def _written_before(session: Session, token: str | None) -> FollowUp | None:
    entry = select(TimelineEntry).where(TimelineEntry.token == token, TimelineEntry.kind == "follow_up")
    if token is None or (known := session.scalars(entry).first()) is None:
        return None
    return session.get_one(FollowUp, known.details["follow_up_id"])


def _plan(customer: Customer, day: date | None, note: str | None) -> None:
    if day is not None:
        customer.next_contact_on, customer.next_contact_note = day, (note or "").strip()[:200] or None
    elif customer.next_contact_on is not None and customer.next_contact_on <= clock.today():
        customer.next_contact_on = customer.next_contact_note = None


def _note_contact(session: Session, customer: Customer, moment: datetime) -> None:
    if customer.last_contact_at is None or moment > customer.last_contact_at:
        customer.last_contact_at = moment
    customer.recycle_warned_at = None
    customer.changed_at = clock.now()
    if customer.progress in (None, NEW_LEAD):
        customer.progress = CONTACTED
    if customer.stage == PROSPECT:
        obligations.judge_again(session, customer.id)


def comment_on(session: Session, follow_up_id: int, text: str) -> Comment:
    """A superior's remark; the list shows the newest one of each customer. Raises NotFound, FieldErrors."""
    identity = identity_of(session)
    if identity.person_id is None:
        raise NotAllowed()
    follow_up = session.scalars(select(FollowUp).where(FollowUp.id == follow_up_id)).first()
    if follow_up is None:
        raise NotFound()
    words = text.strip()[:500]
    if not words:
        raise FieldErrors(_l("Some information is missing."), {"text": [_l("This is required.")]})
    customer = find(session, follow_up.customer_id)
    row = Comment(
        customer_id=customer.id,
        follow_up_id=follow_up.id,
        at=clock.now(),
        person_id=identity.person_id,
        text=words,
    )
    session.add(row)
    customer.newest_comment, customer.newest_comment_by = words[:_MOST_SHOWN], identity.name[:64]
    session.flush()
    publish(
        session,
        FollowUpCommented(customer_id=customer.id, comment_id=row.id, person_id=follow_up.person_id),
    )
    return row
