"""By which days prospects must have been contacted: 1-3-7 and its like."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Group, Plain, Rows
from app.configuration.section import Section, Work, turns
from app.configuration.shapes import Flag, Many, Maybe, NameOf, Text, Whole
from app.customers.models import ContactRule
from app.customers.rule_operations import save_contact_rule

_RULES = Rows(
    Group(
        {
            "name": Entry(Text(60), _l("Name")),
            "days": Entry(Many(Whole(1, 365), 1, 15, rank=int), _l("Contact days")),
            "workdays_only": Entry(Flag(), _l("Move to the next working day"), True),
            "source": Entry(Maybe(NameOf("source")), _l("Only for the source"), None),
            "level": Entry(Maybe(NameOf("level")), _l("Only for the level"), None),
            "active": Entry(Flag(), _l("In use"), True),
        }
    ),
    key=("name",),
    archives=True,
)


def _read(session: Session) -> list[Plain]:
    rows = [
        {
            "name": rule.name,
            "days": [int(day) for day in rule.days.split(",")],
            "workdays_only": rule.workdays_only,
            "source": rule.source,
            "level": rule.level,
            "active": rule.active,
        }
        for rule in session.scalars(select(ContactRule))
    ]
    return sorted(rows, key=_RULES.key_of)


def _write(work: Work, before: list[Plain], after: list[Plain]) -> None:
    known = {rule.name: rule for rule in work.session.scalars(select(ContactRule))}
    for turn in turns(_RULES, before, after):
        with work.at(f"contact_rules[{turn.key}]"):
            data = {**turn.new, "days": ",".join(str(day) for day in turn.new["days"])}
            save_contact_rule(work.session, known.get(turn.key), data)


SECTION = Section("contact_rules", _l("Contact rules"), "contact_rule", lambda: _RULES, _read, _write)
