"""Lays reminders down as obligations, and proves that nothing was missed and nothing doubled.

The planner runs daily and looks at every day since it last ran, so downtime leaves no hole. An obligation
is keyed by rule, subject, occurrence and offset: laid down twice it is there once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.org.models import Person
from app.org.queries import role_holders
from app.platform import clock
from app.platform.obligations.due_items import DueItem, Obligation, lay_down_many
from app.reminders.models import Reminder, ReminderRule
from app.reminders.settings import DAY_BEGINS
from app.reminders.sources import SOURCES, due_between

KIND = "reminder"
CATCH_UP = timedelta(days=30)


@dataclass(frozen=True)
class Planned:
    """One reminder that must exist: which rule, about what, which occurrence, on which day."""

    rule_id: int
    rule: str
    subject_id: int
    occurrence: str
    on: date


def offsets_of(rule: ReminderRule) -> list[int]:
    """Days from the subject's day: negative before, positive after."""
    return sorted({int(part) for part in rule.offsets.replace("，", ",").split(",") if part.strip()})


def expected(session: Session, first: date, last: date, rule: ReminderRule) -> Iterator[Planned]:
    """What the rule must produce from `first` to `last`, both included."""
    source = SOURCES[rule.source]
    for offset in offsets_of(rule):
        shift = timedelta(days=offset)
        for row in session.execute(due_between(source, first - shift, last - shift)):
            yield Planned(
                rule.id,
                rule.code,
                row.subject_id,
                f"{rule.code}:{row.occurrence}:{offset:+d}",
                row.day + shift,
            )


def plan(session: Session, first: date, last: date) -> int:
    """Lay down every reminder of the interval; returns how many are new."""
    laid, begins = 0, timedelta(hours=DAY_BEGINS.of(session))
    for rule in active_rules(session):
        rows = [
            Obligation(
                KIND,
                p.subject_id,
                p.occurrence,
                clock.start_of(p.on) + begins,
                {"rule": p.rule_id, "on": p.on.isoformat()},
            )
            for p in expected(session, first, last, rule)
        ]
        laid += lay_down_many(session, rows)
    return laid


def active_rules(session: Session) -> list[ReminderRule]:
    return list(
        session.scalars(select(ReminderRule).where(ReminderRule.active.is_(True)).order_by(ReminderRule.id))
    )


@dataclass(frozen=True)
class Proof:
    """Expected against produced for one rule; the gap names the first few that are missing."""

    rule: str
    expected: int
    produced: int
    gap: list[str]


def prove(session: Session, first: date, last: date) -> list[Proof]:
    """For every active rule and day of the interval: is each expected reminder laid down exactly once?"""
    proofs = []
    for rule in active_rules(session):
        wanted = {(p.subject_id, p.occurrence) for p in expected(session, first, last, rule)}
        laid = set(
            session.execute(
                select(DueItem.subject_id, DueItem.occurrence).where(
                    DueItem.kind == KIND, DueItem.occurrence.startswith(f"{rule.code}:", autoescape=True)
                )
            ).tuples()
        )
        missing = sorted(wanted - laid)
        proofs.append(
            Proof(rule.code, len(wanted), len(wanted & laid), [f"{s} {o}" for s, o in missing[:20]])
        )
    return proofs


def receivers(session: Session, rule: ReminderRule, row: Any) -> set[int]:
    """The people the rule names for this subject; nobody active falls out, and the superior steps in."""
    people: set[int] = set()
    for word in rule.receivers.replace("，", ",").split(","):
        word = word.strip()
        if word == "owner" and row.owner_id:
            people.add(row.owner_id)
        elif word == "accountant" and row.accountant_id:
            people.add(row.accountant_id)
        elif word == "superior" and row.owner_id:
            superior = session.scalar(select(Person.superior_id).where(Person.id == row.owner_id))
            people |= {superior} if superior else set()
        elif word.startswith("role:"):
            people |= {person.id for person in role_holders(session, word.removeprefix("role:"))}
    return {_active_or_superior(session, person) for person in people} - {0}


def _active_or_superior(session: Session, person_id: int) -> int:
    seen: set[int] = set()
    current: int | None = person_id
    while current is not None and current not in seen:
        seen.add(current)
        person = session.get(Person, current)
        if person is None:
            return 0
        if person.active:
            return int(person.id)
        current = person.superior_id
    return 0


def open_count(session: Session, person_id: int) -> int:
    """How many reminders of the person are open today."""
    today = clock.today()
    return (
        session.scalar(
            select(func.count())
            .select_from(Reminder)
            .where(
                Reminder.person_id == person_id,
                Reminder.done_at.is_(None),
                (Reminder.snoozed_until.is_(None)) | (Reminder.snoozed_until <= today),
            )
        )
        or 0
    )
