"""Who did a deed, as far as the reader may know it.

Most of what happens to a customer its owner does, so a timeline that names who acted names the owner. Where
`customer.owner` is kept from a role (ORG-4), whoever owns or owned the customer acts unnamed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy.orm import Session

from app.platform.access import Identity
from app.platform.masking import VEIL, sees

Owners = Callable[[Session, Collection[int]], Collection[tuple[int, int]]]
"""Pairs (customer id, person id) of all who own or owned one of the customers."""
Naming = Callable[[int | None, int | None, str], str]
"""The name to show, given the customer a deed is about, who did it, and what they are called."""

_owners_of: list[Owners] = []


def supply_owners(read: Owners) -> None:
    """Say who owns and owned customers; the stage that knows them does."""
    _owners_of[:] = [read]


def naming(session: Session, identity: Identity, customer_ids: Collection[int | None]) -> Naming:
    """How actors are called in front of this person. Asks the database only where owners stay unnamed."""
    if sees(identity, "customer.owner"):
        return lambda _customer_id, _person_id, name: name
    known = {pk for pk in customer_ids if pk is not None}
    owners = set(_owners_of[0](session, known)) if known else set()
    return lambda customer_id, person_id, name: VEIL if (customer_id, person_id) in owners else name
