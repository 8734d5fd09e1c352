"""Obligations: what has to happen at a moment, kept as rows, so that nothing is lost or done twice.

due_items.py   the table; laying down, moving, voiding; who handles which kind
slots.py       what repeats by the clock becomes rows as well
claims.py      handing due rows out under a lease, counting attempts, declaring dead
heartbeats.py  which process was last seen when

The recipe and what it survived: docs/decisions/0003-obligations.md.
"""

# All of them, so that whoever knows one table knows all of them to the database.
from app.platform.obligations import claims, due_items, heartbeats, slots

__all__ = ["claims", "due_items", "heartbeats", "slots"]
