"""What is reminded of, when and whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Group, Plain, Rows
from app.configuration.places import Place
from app.configuration.section import Section, Work, turns
from app.configuration.shapes import Flag, Many, OneOf, Shape, Text, Whole, one_text, quoted
from app.org.roles import PRESET_ROLES
from app.reminders.models import ReminderRule
from app.reminders.planning import offsets_of
from app.reminders.rule_editing import RECEIVERS, save_rule, words_of
from app.reminders.sources import SOURCES

_LONGEST = {"offsets": 80, "receivers": 120}


@dataclass(frozen=True)
class Receiver(Shape):
    """owner, accountant, superior or role:NAME of a role there is."""

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None or text in RECEIVERS:
            return text
        role = text.removeprefix("role:")
        if role == text or not re.fullmatch("[^,，]+", role):
            return place.fault(
                _l("%(given)s is nobody: owner, accountant, superior or role:NAME", given=quoted(text))
            )
        place.refer("role", role)
        return text

    def words(self, value: Any) -> str:
        role = value.removeprefix("role:")
        return str(RECEIVERS.get(value) or PRESET_ROLES.get(role, role))


def _shape() -> Rows:
    return Rows(
        Group(
            {
                "code": Entry(Text(30), _l("Code")),
                "name": Entry(Text(60), _l("Name")),
                "source": Entry(OneOf({name: one.label for name, one in SOURCES.items()}), _l("About")),
                "offsets": Entry(Many(Whole(-999, 999), 1, 30, rank=int), _l("Days")),
                "receivers": Entry(Many(Receiver(), 1, 20, rank=str), _l("Who gets it")),
                "active": Entry(Flag(), _l("In use"), True),
            }
        ),
        key=("code",),
        archives=True,
        title=lambda rule: str(rule["name"]),
    )


def _read(session: Session) -> list[Plain]:
    rows = [
        {
            "code": rule.code,
            "name": rule.name,
            "source": rule.source,
            "offsets": offsets_of(rule),
            "receivers": sorted(set(words_of(rule.receivers))),
            "active": rule.active,
        }
        for rule in session.scalars(select(ReminderRule))
    ]
    return sorted(rows, key=lambda rule: str(rule["code"]))


def _joined(values: list[Any]) -> str:
    return ",".join(str(value) for value in values)


def _check(_before: list[Plain], after: list[Plain], place: Place) -> None:
    for rule in after:
        for name, longest in _LONGEST.items():
            if len(_joined(rule[name])) > longest:
                place.row(rule["code"]).under(name).fault(
                    _l("together at most %(maximum)s characters", maximum=longest)
                )


def _write(work: Work, before: list[Plain], after: list[Plain]) -> None:
    known = {rule.code: rule for rule in work.session.scalars(select(ReminderRule))}
    for turn in turns(_shape(), before, after):
        with work.at(f"reminder_rules[{turn.key}]"):
            save_rule(
                work.session,
                known.get(turn.key),
                {**turn.new, **{name: _joined(turn.new[name]) for name in _LONGEST}},
            )


SECTION = Section(
    "reminder_rules", _l("Reminder rules"), "reminder_rule", _shape, _read, _write, check=_check
)
