"""The rows of the contact rule: laid down when an ownership begins, judged by follow-ups and each night."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.customers.contact_rule import CheckpointState, due_dates, judge
from app.customers.models import ContactObligation, ContactRule, Customer, FollowUp, Ownership
from app.customers.states import EXCLUDED, MISSED, OPEN
from app.platform import clock

_STATES = {
    CheckpointState.MET: "met",
    CheckpointState.MISSED: MISSED,
    CheckpointState.MADE_UP: "made_up",
    CheckpointState.DUE_TODAY: OPEN,
    CheckpointState.LATER: OPEN,
    CheckpointState.EXCLUDED: EXCLUDED,
}


def days_of(rule: ContactRule) -> list[int]:
    """The days of a rule, ascending, each once: "1,3,7" → [1, 3, 7]."""
    return sorted({int(part) for part in rule.days.replace("，", ",").split(",") if part.strip()})


def active_rules(session: Session) -> list[ContactRule]:
    return list(
        session.scalars(select(ContactRule).where(ContactRule.active.is_(True)).order_by(ContactRule.id))
    )


def rule_for(rules: Iterable[ContactRule], source: str | None, level: str | None) -> ContactRule | None:
    """The rule that fits a prospect best: one for its source and level, then its source, its level, any."""
    fitting = [rule for rule in rules if rule.source in (None, source) and rule.level in (None, level)]
    return min(fitting, key=lambda rule: (rule.source is None, rule.level is None, rule.id), default=None)


def checkpoints(rule: ContactRule, started_on: date) -> list[tuple[int, date]]:
    """Day numbers and due days of a rule that starts on the day."""
    days = days_of(rule)
    return list(zip(days, due_dates(started_on, days, workdays_only=rule.workdays_only), strict=True))


def lay_down(session: Session, customer: Customer) -> None:
    """Start a new round of the rule for the present owner; the last round keeps what was due by today."""
    exclude(session, customer.id)
    rule = rule_for(active_rules(session), customer.source, customer.level)
    if rule is None or customer.owner_id is None:
        return
    today = clock.today()
    last = session.scalar(
        select(func.max(ContactObligation.round)).where(ContactObligation.customer_id == customer.id)
    )
    session.add_all(
        ContactObligation(
            customer_id=customer.id,
            person_id=customer.owner_id,
            round=(last or 0) + 1,
            day=day,
            started_on=today,
            due_on=due_on,
        )
        for day, due_on in checkpoints(rule, today)
    )
    session.flush()


def exclude(session: Session, customer_id: int) -> None:
    """Won, given up or handed on: what was due later counts neither way."""
    session.execute(
        update(ContactObligation)
        .where(ContactObligation.customer_id == customer_id, ContactObligation.state == OPEN)
        .where(ContactObligation.due_on > clock.today())
        .values(state=EXCLUDED)
    )


def judge_again(session: Session, customer_id: int) -> None:
    """Bring the newest round up to date with the follow-ups written since it started."""
    rows = _newest_round(session, customer_id)
    if not rows:
        return
    contacts = _contacts_since(session, customer_id, rows[0].started_on)
    days = [day for day, _id in contacts]
    first_of = dict(reversed(contacts))
    judged = judge(rows[0].started_on, [row.due_on for row in rows], days, clock.today())
    for row, checkpoint in zip(rows, judged, strict=True):
        if row.state != EXCLUDED:
            row.state = _STATES[checkpoint.state]
            row.follow_up_id = first_of[checkpoint.contacted_on] if checkpoint.contacted_on else None
    session.flush()


def _newest_round(session: Session, customer_id: int) -> Sequence[ContactObligation]:
    rows = session.scalars(
        select(ContactObligation)
        .where(ContactObligation.customer_id == customer_id)
        .order_by(ContactObligation.due_on, ContactObligation.day)
    ).all()
    newest = max((row.round for row in rows), default=0)
    return [row for row in rows if row.round == newest]


def _contacts_since(session: Session, customer_id: int, day: date) -> list[tuple[date, int]]:
    """Days and ids of the follow-ups that count, earliest first; those of a former owner do not."""
    began_at = session.scalar(
        select(Ownership.began_at).where(Ownership.customer_id == customer_id, Ownership.ended_at.is_(None))
    )
    since = max(clock.start_of(day), began_at) if began_at else clock.start_of(day)
    rows = session.execute(
        select(FollowUp.at, FollowUp.id)
        .where(FollowUp.customer_id == customer_id, FollowUp.counts.is_(True), FollowUp.at >= since)
        .order_by(FollowUp.at, FollowUp.id)
    )
    return [(clock.local(at).date(), follow_up_id) for at, follow_up_id in rows.tuples()]


def miss_overdue(session: Session) -> int:
    """Set-based: what is open and was due before today counts as missed. Returns how many."""
    result = session.execute(
        update(ContactObligation)
        .where(ContactObligation.state == OPEN, ContactObligation.due_on < clock.today())
        .values(state=MISSED),
        execution_options={"synchronize_session": False},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
