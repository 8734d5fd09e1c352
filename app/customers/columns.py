"""What lists, filters and pages know about a customer: one field each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue.models import BusinessType
from app.customers.contact_keys import mask
from app.customers.dictionaries import label_of, offered
from app.customers.models import ContactObligation, Customer, Need
from app.customers.states import (
    CONTACTED,
    EXCLUDED,
    MISSED,
    NEGOTIATING,
    NEW_LEAD,
    QUOTED,
)
from app.org.models import Person
from app.platform import clock
from app.platform.entity import Field
from app.platform.screens.cells import day_text
from app.platform.translations import speaks_chinese

_COMMENT_SHOWN = 8
_CELL_STATES = {"met": "met", MISSED: "missed", "made_up": "missed", EXCLUDED: "later"}

_obligation = ContactObligation.__table__.c


def checkpoints(customer: Customer) -> Sequence[Mapping[str, Any]]:
    """The newest round of the contact rule, as `d137` draws it."""
    newest = max((row.round for row in customer.obligations), default=0)
    return [_checkpoint(row) for row in customer.obligations if row.round == newest]


_STATE_WORDS = {
    "met": _l("met"),
    MISSED: _l("missed"),
    "made_up": _l("missed, made up later"),
    EXCLUDED: _l("does not count"),
}


def _checkpoint(row: ContactObligation) -> Mapping[str, Any]:
    return _shown_checkpoint(row.day, row.state, row.due_on, clock.today(), speaks_chinese())


@lru_cache(maxsize=4096)
def _shown_checkpoint(day: int, state: str, due_on: date, today: date, _chinese: bool) -> Mapping[str, Any]:
    """One mark of 1-3-7: hundreds stand on a page and most say the same. Languages are kept apart."""
    shown = _CELL_STATES.get(state) or ("missed" if due_on < today else "due" if due_on == today else "later")
    words = str(_STATE_WORDS.get(state) or _("not contacted yet"))
    title = _("Day %(day)s, due %(due)s: %(state)s", day=day, due=day_text(due_on), state=words)
    return {"day": day, "state": shown, "title": title}


def _word(name: str) -> Any:
    return lambda row: label_of(row, name, getattr(row, name))


def _choice(name: str, label: Any, **more: Any) -> Field:
    return Field(
        name, label, kind="choice", choices=offered(name), value=_word(name), filterable=True, **more
    )


def _names_of_needs() -> ColumnElement[Any]:
    need, kind = Need.__table__.c, BusinessType.__table__.c
    return (
        select(func.aggregate_strings(kind.name, " "))
        .where(need.customer_id == Customer.id, need.business_type_id == kind.id)
        .correlate(Customer)
        .scalar_subquery()
    )


def _name_of(person_id: Any) -> ColumnElement[Any]:
    people = Person.__table__.c
    return (
        select(people.first_name + people.last_name)
        .where(people.id == person_id)
        .correlate(Customer)
        .scalar_subquery()
    )


def _next_contact_tone(row: Customer) -> str:
    if row.next_contact_on is None or row.next_contact_on > clock.today():
        return ""
    return "bad" if row.next_contact_on < clock.today() else "warn"


def _newest_comment(row: Customer) -> str:
    text = row.newest_comment or ""
    short = f"{text[:_COMMENT_SHOWN]}…" if len(text) > _COMMENT_SHOWN else text
    return f"{row.newest_comment_by}：{short}" if text else ""


def first_number(row: Customer) -> str:
    """The first contact point, masked: 138****8000."""
    return mask(row.contact_points[0].value) if row.contact_points else ""


FIELDS = (
    Field("name", _l("Customer name"), searchable=True, sortable=True, required=True, maximum=120),
    Field("number", _l("Number"), searchable=True, sortable=True, filterable=True),
    Field("stage", _l("Stage"), kind="state", cell="stage", filterable=True),
    Field(
        "level",
        _l("Level"),
        kind="choice",
        choices=offered("level"),
        cell="level",
        filterable=True,
        sortable=True,
    ),
    _choice(
        "progress",
        _l("Progress of a prospect"),
        tones={NEW_LEAD: "plain", CONTACTED: "info", QUOTED: "violet", NEGOTIATING: "primary"},
    ),
    Field(
        "needs",
        _l("Wanted business"),
        kind="tags",
        value=lambda row: [need.business_type.name for need in row.needs],
        expression=_names_of_needs,
        loads=lambda: (selectinload(Customer.needs).joinedload(Need.business_type),),
        filterable=True,
    ),
    _choice("source", _l("Source")),
    _choice("industry", _l("Industry")),
    _choice("region", _l("Region")),
    Field("introducer", _l("Introducer"), maximum=120, filterable=True),
    Field(
        "owner",
        _l("Owner"),
        cell="person",
        value=lambda row: row.owner.name if row.owner else "",
        expression=lambda: _name_of(Customer.owner_id),
        loads=lambda: (joinedload(Customer.owner),),
        filterable=True,
    ),
    Field(
        "former_owner",
        _l("Former owner"),
        cell="person",
        value=lambda row: row.former_owner.name if row.former_owner else "",
        expression=lambda: _name_of(Customer.former_owner_id),
        loads=lambda: (joinedload(Customer.former_owner),),
        filterable=True,
    ),
    Field(
        "rule",
        _l("1-3-7"),
        cell="d137",
        value=checkpoints,
        loads=lambda: (selectinload(Customer.obligations),),
    ),
    Field(
        "last_contact_at",
        _l("Last contact"),
        kind="moment",
        value=lambda row: row.last_contact_at or str(_l("not contacted")),
        sortable=True,
        filterable=True,
    ),
    Field(
        "next_contact_on",
        _l("Next contact"),
        kind="date",
        value=lambda row: day_text(row.next_contact_on, deadline=True) if row.next_contact_on else "",
        tone=_next_contact_tone,
        cell="deadline",
        sortable=True,
        filterable=True,
    ),
    Field("next_contact_note", _l("What about"), maximum=200),
    Field("newest_comment", _l("Superior's comment"), value=_newest_comment),
    Field(
        "contact",
        _l("Contact point"),
        kind="masked",
        value=first_number,
        loads=lambda: (selectinload(Customer.contact_points),),
    ),
    Field(
        "give_up_reason",
        _l("Why given up"),
        kind="choice",
        choices=offered("give_up_reason"),
        value=_word("give_up_reason"),
        filterable=True,
    ),
    Field("released_at", _l("In the pool since"), kind="moment", sortable=True, filterable=True),
    Field("signed_at", _l("Signed since"), kind="moment", sortable=True, filterable=True),
    Field("retained_at", _l("Retained since"), kind="moment", sortable=True, filterable=True),
    Field("created_at", _l("Created on"), kind="moment", sortable=True, filterable=True),
    Field("note", _l("Note"), kind="long"),
)
