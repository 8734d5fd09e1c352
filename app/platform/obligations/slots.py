"""What repeats by the clock: each slot of a schedule is a row, so catching up after a stop comes free.

The schedule itself is the table in `app/schedule.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import audit, clock
from app.platform.database import Table, UtcDateTime
from app.platform.obligations.due_items import Handler, Obligation, handles, lay_down_many
from app.platform.obligations.upsert import inserting

HORIZON = timedelta(minutes=10)
"""How far ahead rows are laid down; short, so that a changed schedule is in force soon."""


class ScheduleMark(Table):
    """Until when the slots of a job are laid down, that moment included."""

    __tablename__ = "schedule_mark"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    planned_until: Mapped[datetime] = mapped_column(UtcDateTime)


audit.leave_out("schedule_mark")


class Rhythm(Protocol):
    """When something repeats."""

    def slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments after the first and up to the second, that one included, in order."""

    def missed(self, slots: Sequence[datetime]) -> Sequence[datetime]:
        """Which of several slots that went by unplanned still have to run."""


@dataclass(frozen=True)
class At:
    """Each day at a time of the agency's wall clock, or only on a weekday (0 = Monday) or a day of the month.

    Every missed one runs: each stands for its own day.
    """

    clock_time: str
    weekday: int | None = None
    day: int | None = None

    def slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        day = clock.local(after).date()
        while (moment := self._moment(day)) <= until:
            if moment > after and self._falls_on(day):
                yield moment
            day += timedelta(days=1)

    def _moment(self, day: date) -> datetime:
        wall = time.fromisoformat(self.clock_time)
        return datetime.combine(day, wall, tzinfo=clock.AGENCY_ZONE).astimezone(UTC)

    def _falls_on(self, day: date) -> bool:
        return self.weekday in (None, day.weekday()) and self.day in (None, day.day)

    def missed(self, slots: Sequence[datetime]) -> Sequence[datetime]:
        return slots


@dataclass(frozen=True)
class Every:
    """Every so many minutes. Of several missed ones only the last runs: it does the work of all."""

    minutes: int

    def slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        step = self.minutes * 60
        second = int(after.timestamp()) // step * step + step
        while second <= until.timestamp():
            yield datetime.fromtimestamp(second, UTC)
            second += step

    def missed(self, slots: Sequence[datetime]) -> Sequence[datetime]:
        return slots[-1:]


@dataclass(frozen=True)
class Slot:
    """A line of the schedule: a name, when, and the handler of its rows (kind "slot:NAME", subject 0)."""

    name: str
    rhythm: Rhythm
    job: Handler

    @property
    def kind(self) -> str:
        return f"slot:{self.name}"


def register(schedule: Sequence[Slot]) -> None:
    """Make the handlers of the schedule known. A name given twice raises ValueError."""
    for slot in schedule:
        handles(slot.kind)(slot.job)


def plan(session: Session, schedule: Sequence[Slot]) -> int:
    """Lay down every slot between what is planned and the horizon; returns how many rows are new.

    A job seen for the first time starts with the last slot before now, so that a fresh installation does at
    once what its first day needs.
    """
    now = clock.now()
    marks = {mark.name: mark.planned_until for mark in session.scalars(select(ScheduleMark))}
    laid = 0
    for slot in schedule:
        moments = _moments(slot.rhythm, marks.get(slot.name), now)
        laid += lay_down_many(session, (_obligation(slot, moment) for moment in moments))
        _mark(session, slot.name, now + HORIZON)
    return laid


def _moments(rhythm: Rhythm, planned_until: datetime | None, now: datetime) -> list[datetime]:
    horizon = now + HORIZON
    if planned_until is None:
        past = list(rhythm.slots(now - timedelta(days=32), now))[-1:]
        return [*past, *rhythm.slots(now, horizon)]
    missed = rhythm.missed(list(rhythm.slots(planned_until, now)))
    return [*missed, *rhythm.slots(max(planned_until, now), horizon)]


def _obligation(slot: Slot, moment: datetime) -> Obligation:
    return Obligation(slot.kind, 0, clock.local(moment).strftime("%Y-%m-%dT%H:%M"), moment)


def _mark(session: Session, name: str, until: datetime) -> None:
    statement = inserting(session, ScheduleMark).values(name=name, planned_until=until)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"planned_until": statement.excluded.planned_until},
            where=ScheduleMark.planned_until < statement.excluded.planned_until,
        )
    )


def is_planned(session: Session, schedule: Sequence[Slot]) -> bool:
    """Whether the rows reach far enough ahead for now. Reads only."""
    enough = clock.now() + HORIZON / 2
    names = [slot.name for slot in schedule]
    reached = session.scalars(
        select(ScheduleMark.name).where(ScheduleMark.name.in_(names), ScheduleMark.planned_until >= enough)
    )
    return len(reached.all()) == len(names)
