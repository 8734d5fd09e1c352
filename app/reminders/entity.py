"""Reminders and their rules as generated screens."""

from __future__ import annotations

import re
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import object_session

from app.org.roles import PRESET_ROLES
from app.platform import clock
from app.platform.access import SYSTEM, identity_of
from app.platform.entity import Entity, Field, Section, Tab
from app.platform.masking import details_as_seen
from app.reminders.models import Reminder, ReminderRule
from app.reminders.rule_editing import RECEIVERS, receiver_choices, words_of
from app.reminders.sources import SOURCES


def words(row: Reminder) -> str:
    """The reminder as a person reads it, as far as they may see the fields of the record it is about."""
    session = object_session(row)
    reader = identity_of(session) if session is not None else SYSTEM
    about = row.url.partition(".")[0]
    return str(_(row.title, **details_as_seen(reader, about, row.details)))


def page_of(row: Reminder) -> str | None:
    """The page the reminder is about."""
    endpoint, _sep, key = row.url.partition("?pk=")
    return url_for(endpoint, pk=int(key)) if re.fullmatch(r"\d+", key) else None


def _open(_who: Any) -> tuple[Any, ...]:
    today = clock.today()
    return (Reminder.done_at.is_(None), Reminder.snoozed_until.is_(None) | (Reminder.snoozed_until <= today))


REMINDER = Entity(
    name="reminder",
    model=Reminder,
    label=_l("reminder"),
    plural=_l("Reminders"),
    icon="bell",
    title=words,
    order="due_on",
    fields=(
        Field("title", _l("What"), value=words, link=page_of),
        Field("due_on", _l("Due"), kind="date", sortable=True, filterable=True),
        Field("rule", _l("Rule"), filterable=True),
        Field("created_at", _l("Reminded"), kind="moment"),
        Field("done_at", _l("Done"), kind="moment"),
        Field("snoozed_until", _l("Snoozed until"), kind="date"),
    ),
    list_fields=("title", "due_on", "created_at", "done_at", "snoozed_until"),
    tabs=(
        Tab("open", _l("Still to do"), _open),
        Tab("late", _l("Overdue"), lambda who: (*_open(who), Reminder.due_on < clock.today())),
        Tab(
            "snoozed",
            _l("Snoozed"),
            lambda _who: (Reminder.snoozed_until > clock.today(), Reminder.done_at.is_(None)),
        ),
        Tab("done", _l("Done"), lambda _who: (Reminder.done_at.is_not(None),)),
    ),
    empty_hint=_l("Nothing is due. New reminders come by themselves."),
)


def _receivers(rule: ReminderRule) -> list[str]:
    roles = {f"role:{name}": words for name, words in PRESET_ROLES.items()}
    words = {**roles, **RECEIVERS}
    return [str(words.get(one, one.removeprefix("role:"))) for one in words_of(rule.receivers)]


REMINDER_RULE = Entity(
    name="reminder_rule",
    model=ReminderRule,
    label=_l("reminder rule"),
    plural=_l("Reminder rules"),
    group=_l("Settings"),
    icon="bell",
    title=lambda row: row.name,
    order="code",
    fields=(
        Field("name", _l("Name"), searchable=True, required=True, maximum=60),
        Field("code", _l("Code"), searchable=True, sortable=True, required=True, maximum=30),
        Field(
            "source",
            _l("About"),
            kind="choice",
            choices={name: source.label for name, source in SOURCES.items()},
            required=True,
        ),
        Field(
            "offsets",
            _l("Days"),
            required=True,
            maximum=80,
            help=_l(
                "Days from the due day, separated by commas: -7 is a week before, 3 is three days after."
            ),
        ),
        Field(
            "receivers",
            _l("Who gets it"),
            kind="tags",
            choices=receiver_choices,
            value=_receivers,
            typed=lambda rule: words_of(rule.receivers),
            required=True,
        ),
        Field("active", _l("In use"), kind="bool", filterable=True, default=lambda: True),
    ),
    list_fields=("name", "code", "source", "offsets", "receivers", "active"),
    sections=(Section(_l("Rule"), ("name", "code", "source", "offsets", "receivers", "active")),),
)
