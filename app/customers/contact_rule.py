"""The contact rule: after creation a prospect is contacted by day 1, 3 and 7 (or other days)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from app.platform.workdays import next_workday


class CheckpointState(StrEnum):
    MET = "met"
    MISSED = "missed"
    MADE_UP = "made_up"
    """Missed, and contacted afterwards: the miss counts."""
    DUE_TODAY = "due_today"
    LATER = "later"
    EXCLUDED = "excluded"
    """Won or given up before the due day: counts neither way."""


@dataclass(frozen=True)
class Checkpoint:
    """``contacted_on`` is the day of the follow-up that met it or made it up."""

    due: date
    state: CheckpointState
    contacted_on: date | None = None


def due_dates(created: date, days: Iterable[int], *, workdays_only: bool = True) -> list[date]:
    """The due day of each checkpoint, earliest first: creation plus k days, off rest days by default."""
    calendar_days = [created + timedelta(days=day) for day in sorted(set(days))]
    return [next_workday(day) for day in calendar_days] if workdays_only else calendar_days


def judge(
    created: date,
    due_dates: Sequence[date],
    followup_dates: Iterable[date],
    today: date,
    ended_on: date | None = None,
) -> list[Checkpoint]:
    """How each checkpoint stands today, in the order of the ascending due dates.

    A checkpoint is met by a follow-up after the previous due day up to its own (inclusive); the first one
    counts from the creation day on. Checkpoints moved to the same day share their time. Reassignment
    restarts the rule: hand in the day of it as ``created``. ``ended_on`` is the day of winning or giving up.
    """
    contacts = sorted(day for day in followup_dates if created <= day <= today)
    opens = _opening_days(created, due_dates)
    return [
        Checkpoint(due, CheckpointState.EXCLUDED)
        if ended_on is not None and ended_on < due
        else _judge_one(opens[due], due, contacts, today)
        for due in due_dates
    ]


def _opening_days(created: date, due_dates: Sequence[date]) -> dict[date, date]:
    """The first day that counts for each due day."""
    distinct = sorted(set(due_dates))
    following = {due: before + timedelta(days=1) for before, due in pairwise(distinct)}
    return {due: following.get(due, created) for due in distinct}


def _judge_one(opens: date, due: date, contacts: Sequence[date], today: date) -> Checkpoint:
    if in_time := [day for day in contacts if opens <= day <= due]:
        return Checkpoint(due, CheckpointState.MET, in_time[0])
    if today < due:
        return Checkpoint(due, CheckpointState.LATER)
    if today == due:
        return Checkpoint(due, CheckpointState.DUE_TODAY)
    if late := [day for day in contacts if day > due]:
        return Checkpoint(due, CheckpointState.MADE_UP, late[0])
    return Checkpoint(due, CheckpointState.MISSED)
