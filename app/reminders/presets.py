"""The rules an agency starts with."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.reminders.models import ReminderRule

# code, name, source, offsets in days, receivers
RULES = (
    ("contact_rule", "1-3-7 联系", "contact_rule", "0", "owner"),
    ("contact_missed", "1-3-7 逾期未联系", "contact_rule", "1", "owner,superior"),
    ("next_contact", "约好的联系", "next_contact", "0", "owner"),
    ("filing_due", "申报截止", "filing", "-3,0", "accountant"),
    ("filing_late", "逾期未报", "filing", "1", "accountant,role:accounting_manager"),
    ("arrears", "应收到期与欠款", "arrears", "-7,0,3,7,15,30,60", "owner"),
    ("renewal", "服务到期续费", "renewal", "-60,-30,-7", "owner,accountant"),
)


def lay_down(session: Session) -> None:
    """Create the rules that are not there by code."""
    known = set(session.scalars(select(ReminderRule.code)))
    for code, name, source, offsets, receivers in RULES:
        if code not in known:
            session.add(
                ReminderRule(code=code, name=name, source=source, offsets=offsets, receivers=receivers)
            )
