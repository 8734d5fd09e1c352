"""The words and rules of customers as an administrator edits them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.customers.dictionaries import offered
from app.customers.models import ContactRule, DictionaryWord, PoolRule
from app.platform.entity import Entity, Field, Section, Tab

DICTIONARIES = {
    "source": _l("Source"),
    "industry": _l("Industry"),
    "region": _l("Region"),
    "level": _l("Level"),
    "progress": _l("Progress of a prospect"),
    "give_up_reason": _l("Why given up"),
    "contact_method": _l("Contact method"),
}

DICTIONARY_WORD = Entity(
    name="dictionary_word",
    model=DictionaryWord,
    label=_l("word"),
    plural=_l("Dictionaries"),
    group=_l("Settings"),
    icon="sliders",
    title=lambda row: row.label,
    fields=(
        Field("label", _l("Word"), searchable=True, required=True, maximum=60),
        Field(
            "dictionary",
            _l("Dictionary"),
            kind="choice",
            choices=DICTIONARIES,
            required=True,
            once=True,
            filterable=True,
        ),
        Field(
            "code",
            _l("Stored as"),
            help=_l("Empty: the word itself. It cannot be changed later."),
            maximum=40,
            once=True,
        ),
        Field("position", _l("Place in the list"), kind="int", sortable=True, default=lambda: 99),
        Field("active", _l("In use"), kind="bool", filterable=True, default=lambda: True),
    ),
    list_fields=("label", "dictionary", "code", "position", "active"),
    sections=(Section(_l("Word"), ("dictionary", "label", "code", "position", "active")),),
    order="position",
    tabs=tuple(
        Tab(name, label, lambda _who, name=name: (DictionaryWord.dictionary == name,))  # type: ignore[misc]
        for name, label in DICTIONARIES.items()
    ),
)

CONTACT_RULE = Entity(
    name="contact_rule",
    model=ContactRule,
    label=_l("contact rule"),
    plural=_l("Contact rules"),
    group=_l("Settings"),
    icon="calendar-check",
    title=lambda row: row.name,
    fields=(
        Field("name", _l("Name"), required=True, maximum=60),
        Field(
            "days",
            _l("Contact days"),
            required=True,
            maximum=60,
            default=lambda: "1,3,7",
            help=_l("By which day after creation somebody must have made contact, e.g. 1,3,7"),
        ),
        Field("workdays_only", _l("Move to the next working day"), kind="bool", default=lambda: True),
        Field("source", _l("Only for the source"), kind="choice", choices=offered("source")),
        Field("level", _l("Only for the level"), kind="choice", choices=offered("level")),
        Field("active", _l("In use"), kind="bool", filterable=True, default=lambda: True),
    ),
    list_fields=("name", "days", "workdays_only", "source", "level", "active"),
    sections=(Section(_l("Contact rule"), ("name", "days", "workdays_only", "source", "level", "active")),),
)

POOL_RULE = Entity(
    name="pool_rule",
    model=PoolRule,
    label=_l("pool rule"),
    plural=_l("Pool rule"),
    group=_l("Settings"),
    icon="recycle",
    title=lambda _row: str(_l("Pool rule")),
    fields=(
        Field("claims_per_day", _l("Claims per person and day"), kind="int", required=True),
        Field(
            "cooling_days",
            _l("Cooling time"),
            kind="int",
            unit=_l("days"),
            required=True,
            help=_l("Whoever gave a prospect up may claim it back only after so many days."),
        ),
        Field(
            "recycle_after_days",
            _l("Recycle after"),
            kind="int",
            unit=_l("days"),
            required=True,
            help=_l("Untouched prospects go to the pool; 0 switches this off."),
        ),
        Field("warn_before_days", _l("Announce before"), kind="int", unit=_l("days"), required=True),
    ),
    list_fields=("claims_per_day", "cooling_days", "recycle_after_days", "warn_before_days"),
    sections=(
        Section(
            _l("Pool rule"), ("claims_per_day", "cooling_days", "recycle_after_days", "warn_before_days")
        ),
    ),
)
