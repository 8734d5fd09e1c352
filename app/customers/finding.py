"""Customers found by a part of a number, where the reader sees the number whole.

Anywhere else a search by parts would tell a masked number digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.customers.models import ContactPoint, Customer
from app.customers.ownership import MEMBER, OWNER
from app.customers.queries import led_people
from app.customers.states import PUBLIC
from app.org.models import Participation
from app.platform.access import FieldLevel, Identity
from app.platform.fragment_indexes import index_column
from app.platform.fragment_search import MOST_PROPOSED, Way, by_text, is_one_of
from app.platform.half_width import half_width

SHORTEST = 3
_NUMBER = re.compile(r"[\d\s().+-]+", re.A)

index_column(ContactPoint.key)
index_column(ContactPoint.person_name)


def ways_by_number(words: str, identity: Identity) -> Sequence[Way]:
    """By a part of a contact point's number, for customers whose numbers this person sees whole."""
    plain = half_width(words)
    digits = "".join(sign for sign in plain if sign.isdigit())
    if not _NUMBER.fullmatch(plain) or len(digits) < SHORTEST:
        return ()
    if identity.field_level("customer", "contact").width <= FieldLevel.REVEALABLE.width:
        return ()
    way = by_contact_point([ContactPoint.key], digits)
    return (Way(way.condition & numbers_in_sight(identity), way.propose),)


def by_key(*conditions: ColumnElement[bool]) -> Way:
    """Customers one of whose contact points meets the conditions, which an index of its own answers."""

    def propose(session: Session) -> list[int] | None:
        owners = select(ContactPoint.__table__.c.customer_id).where(*conditions).limit(MOST_PROPOSED + 1)
        ids = list(session.connection().scalars(owners))
        return ids if len(ids) <= MOST_PROPOSED else None

    return Way(
        exists().where(ContactPoint.customer_id == Customer.id, *conditions).correlate(Customer), propose
    )


def by_last_digits(digits: str) -> Way:
    """Customers by the end of a telephone number, which every mask shows."""
    way = by_contact_point([ContactPoint.key], digits)
    ends = or_(*(ContactPoint.key.like(f"{kind}:%{digits}") for kind in ("mobile", "landline")))
    return Way(exists().where(ContactPoint.customer_id == Customer.id, ends).correlate(Customer), way.propose)


def by_contact_point(columns: Sequence[InstrumentedAttribute[Any]], words: str) -> Way:
    """Customers one of whose contact points holds the words, whoever may see them."""
    points = by_text(columns, words)

    def propose(session: Session) -> list[int] | None:
        found = points.propose(session)
        if not found:
            return found
        owners = select(ContactPoint.__table__.c.customer_id).where(
            is_one_of(session, ContactPoint.__table__.c.id, found)
        )
        return list(session.connection().scalars(owners))

    return Way(
        exists().where(ContactPoint.customer_id == Customer.id, points.condition).correlate(Customer), propose
    )


def numbers_in_sight(identity: Identity) -> ColumnElement[bool]:
    """Customers whose numbers show whole to this person: out of the pool, led by them."""
    taking_part = Participation.__table__.c
    led = exists().where(
        taking_part.customer_id == Customer.id,
        taking_part.reason.in_((OWNER, MEMBER)),
        taking_part.person_id.in_(led_people(identity.person_id)),
    )
    return (Customer.stage != PUBLIC) & led.correlate(Customer)
