"""Changes to the words and rules of customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.customers import dictionaries
from app.customers.models import ContactRule, DictionaryWord, PoolRule
from app.platform.errors import FieldErrors

_LAST_DAY = 365


def save_word(session: Session, word: DictionaryWord | None, data: Mapping[str, Any]) -> DictionaryWord:
    """Create or change a word. Its code is given once: rows store it."""
    given = dict(data)
    row = word or DictionaryWord(code=given.get("code") or given["label"][:40])
    given.pop("code", None)
    for name, value in given.items():
        setattr(row, name, value)
    row.position = row.position or 0
    session.add(row)
    session.flush()
    dictionaries.forget(session)
    return row


def save_contact_rule(session: Session, rule: ContactRule | None, data: Mapping[str, Any]) -> ContactRule:
    """Create or change a contact rule; running obligations keep the days they were laid down with."""
    row = rule or ContactRule()
    for name, value in data.items():
        setattr(row, name, value)
    row.days = ",".join(str(day) for day in _days(data["days"]))
    session.add(row)
    session.flush()
    return row


def _days(text: str) -> list[int]:
    parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and 0 < int(part) <= _LAST_DAY for part in parts):
        raise FieldErrors(
            _l("The rule was not saved."), {"days": [_l("Write days from 1 to 365 with commas: 1,3,7")]}
        )
    return sorted({int(part) for part in parts})


def save_pool_rule(session: Session, rule: PoolRule, data: Mapping[str, Any]) -> PoolRule:
    """Change the pool rule. The announcement must come before the recycling."""
    if data["recycle_after_days"] and data["warn_before_days"] >= data["recycle_after_days"]:
        raise FieldErrors(
            _l("The rule was not saved."),
            {"warn_before_days": [_l("This must be less than the days after which prospects are recycled.")]},
        )
    for name, value in data.items():
        setattr(rule, name, value)
    session.flush()
    return rule
