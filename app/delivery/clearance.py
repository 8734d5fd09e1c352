"""The word of a later stage that an item may be closed. Delivery demands it; closing gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.platform.errors import BusinessError


@dataclass(frozen=True)
class Clearance:
    """Closing looked at this item now: every check is met, or (`forced`) somebody takes it upon them."""

    work_item_id: int
    forced: bool = False


Clearing = Callable[[Session, int, bool], Clearance]
_clearing: list[Clearing] = []


def supply(clearing: Clearing) -> None:
    """Say who gives clearances, asked with session, item id and forced; raises with all reasons."""
    _clearing[:] = [clearing]


def demand(session: Session, item_id: int, *, forced: bool) -> Clearance:
    """Ask for the clearance of an item. Raises BusinessError listing what is missing."""
    if not _clearing:
        raise BusinessError(_l("Nobody checks closings here, so nothing can be closed."), code="no_closing")
    return _clearing[0](session, item_id, forced)
