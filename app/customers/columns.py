"""What lists, filters and pages know about a customer: one field each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

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

_duty = ContactObligation.__table__.c
_need = Need.__table__.c
_type = BusinessType.__table__.c
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_DUTIES = (
    select(_duty.customer_id, _duty.round, _duty.day, _duty.state, _duty.due_on)
    .where(_duty.customer_id.in_(_IDS))
    .order_by(_duty.round, _duty.due_on, _duty.day)
)
_NEEDS = (
    select(_need.customer_id, _type.name)
    .where(_need.business_type_id == _type.id, _need.customer_id.in_(_IDS))
    .order_by(_need.id)
)


class Checkpoint(NamedTuple):
    """One mark of 1-3-7, as `d137` draws it."""

    day: int
    state: str
    title: str

    def __str__(self) -> str:
        return self.title


def checkpoints(customer: Customer) -> Sequence[Checkpoint]:
    """The newest round of the contact rule."""
    return _newest_round(customer.obligations)


def _checkpoints_of_all(session: Session, ids: Sequence[int]) -> dict[int, Sequence[Checkpoint]]:
    return {pk: _newest_round(duties) for pk, duties in _by_customer(session, _DUTIES, ids).items()}


def _by_customer(session: Session, statement: Select[Any], ids: Sequence[int]) -> dict[int, list[Any]]:
    """What the statement says of customers in sight, by customer, the first column."""
    found: dict[int, list[Any]] = {}
    for row in session.connection().execute(statement, {"ids": ids}):
        found.setdefault(row[0], []).append(row)
    return found


def _newest_round(duties: Sequence[Any]) -> Sequence[Checkpoint]:
    newest = max((duty.round for duty in duties), default=0)
    today, chinese = clock.today(), speaks_chinese()
    return tuple(
        _checkpoint(duty.day, duty.state, duty.due_on, today, chinese)
        for duty in duties
        if duty.round == newest
    )


_STATE_WORDS = {
    "met": _l("met"),
    MISSED: _l("missed"),
    "made_up": _l("missed, made up later"),
    EXCLUDED: _l("does not count"),
}


@lru_cache(maxsize=4096)
def _checkpoint(day: int, state: str, due_on: date, today: date, _chinese: bool) -> Checkpoint:
    """One mark of 1-3-7: hundreds stand on a page and most say the same. Languages are kept apart."""
    shown = _CELL_STATES.get(state) or ("missed" if due_on < today else "due" if due_on == today else "later")
    words = str(_STATE_WORDS.get(state) or _("not contacted yet"))
    title = _("Day %(day)s, due %(due)s: %(state)s", day=day, due=day_text(due_on), state=words)
    return Checkpoint(day, shown, title)


def _word(name: str) -> Any:
    return lambda row: label_of(row, name, getattr(row, name))


def _choice(name: str, label: Any, **more: Any) -> Field:
    return Field(
        name, label, kind="choice", choices=offered(name), value=_word(name), filterable=True, **more
    )


def _names_of_needs() -> ColumnElement[Any]:
    return (
        select(func.aggregate_strings(_type.name, " "))
        .where(_need.customer_id == Customer.id, _need.business_type_id == _type.id)
        .correlate(Customer)
        .scalar_subquery()
    )


def _needs_of_all(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    found = _by_customer(session, _NEEDS, ids)
    return {pk: [name for _pk, name in needs] for pk, needs in found.items()}


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
        together=_needs_of_all,
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
        together=_checkpoints_of_all,
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
