"""What runs by the clock: plan what falls due, and write the reminder once its moment has come."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.obligations.due_items import VOID, Answer, DueItem, handles
from app.platform.obligations.upsert import inserting
from app.reminders.models import Reminder, ReminderRule
from app.reminders.planning import CATCH_UP, KIND, plan, receivers
from app.reminders.sources import SOURCES, still_due


def plan_reminders(session: Session, _item: DueItem) -> None:
    """Lay down everything from a month ago to tomorrow: what is there already stays as it is."""
    today = clock.today()
    plan(session, today - CATCH_UP, today.fromordinal(today.toordinal() + 1))


@handles(KIND)
def remind(session: Session, item: DueItem) -> Answer | None:
    """Write one reminder per receiver; void when the subject was done meanwhile or the rule is off."""
    rule = session.get(ReminderRule, int(item.payload["rule"]))
    if rule is None or not rule.active:
        return VOID
    source = SOURCES[rule.source]
    row = session.execute(still_due(source, item.subject_id)).first()
    if row is None:
        return VOID
    people = receivers(session, rule, row)
    if not people:
        return VOID
    statement = inserting(session, Reminder).values(
        [
            {
                "person_id": person_id,
                "rule": rule.code,
                "subject_id": item.subject_id,
                "occurrence": item.occurrence,
                "customer_id": row.customer_id,
                "title": source.title,
                "details": {"name": row.name, "day": row.day.isoformat()},
                "url": f"{source.endpoint}?pk={getattr(row, source.key)}",
                "due_on": date.fromisoformat(item.payload["on"]),
                "created_at": clock.now(),
                "version": 1,
            }
            for person_id in sorted(people)
        ]
    )
    session.execute(
        statement.on_conflict_do_nothing(index_elements=["person_id", "rule", "subject_id", "occurrence"])
    )
    return None
