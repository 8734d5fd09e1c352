"""Facts. A stage publishes what happened; later stages react inside the same transaction.

Which reaction answers which fact is the table in `app/reactions.py`. An error in a reaction undoes all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.platform.access import elevated

Reaction = Callable[[Session, Any], None]


@dataclass(frozen=True)
class Fact:
    """Something that happened. Subclasses are frozen dataclasses that carry ids, never rows."""


_reactions: dict[type[Fact], tuple[Reaction, ...]] = {}


def subscribe(table: dict[type[Fact], tuple[Reaction, ...]]) -> None:
    """Replace the table of reactions. Called once, by the factory."""
    _reactions.clear()
    _reactions.update(table)


def publish(session: Session, fact: Fact) -> None:
    """Run every reaction to the fact now, for all rows: reactions act for the agency, not for the person."""
    session.flush()
    with elevated(session):
        for reaction in _reactions.get(type(fact), ()):
            reaction(session, fact)
        session.flush()
