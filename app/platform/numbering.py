"""Document numbers without gaps: a counter row, counted up in the transaction that uses the number."""

from __future__ import annotations

from sqlalchemy import Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import audit, clock
from app.platform.database import Table
from app.platform.obligations.upsert import inserting


class NumberFormat(Table):
    """How numbers of one kind look, e.g. HT-{year}-{number:04d}. Edited by the administrator."""

    __tablename__ = "number_format"

    kind: Mapped[str] = mapped_column(String(40), unique=True)
    pattern: Mapped[str] = mapped_column(String(60))


class NumberCounter(Table):
    """The last number given out for a kind in a year."""

    __tablename__ = "number_counter"
    __table_args__ = (UniqueConstraint("kind", "year", name="uq_number_counter_kind"),)

    kind: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column(Integer)
    last: Mapped[int] = mapped_column(Integer, default=0)


# The documents themselves are audited, number and all.
audit.leave_out("number_counter")


def draw(session: Session, kind: str) -> str:
    """The next number of the kind for the present year. Undone with the transaction, so none is lost."""
    year = clock.today().year
    fresh = inserting(session, NumberCounter).values(kind=kind, year=year, last=0)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["kind", "year"]))
    counter = session.scalars(
        select(NumberCounter)
        .where(NumberCounter.kind == kind, NumberCounter.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    counter.last += 1
    session.flush()
    pattern = session.scalar(select(NumberFormat.pattern).where(NumberFormat.kind == kind))
    return (pattern or f"{kind}-{{year}}-{{number:04d}}").format(year=year, number=counter.last)
