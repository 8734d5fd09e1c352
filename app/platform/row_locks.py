"""Locking one row before it is judged. In which order rows are locked: docs/decisions/0013-lock-order.md."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform.access import elevated
from app.platform.database import Table
from app.platform.errors import NotFound

Row = TypeVar("Row", bound=Table)


def hold_row(session: Session, model: type[Row], row_id: int) -> Row:
    """Lock the row whoever may see it, and read it anew. Raises NotFound."""
    statement = (
        select(model)
        .where(model.id == row_id)
        .with_for_update(of=model, key_share=True)
        .execution_options(populate_existing=True)
    )
    with elevated(session):
        row = session.scalars(statement).first()
    if row is None:
        raise NotFound()
    return row
