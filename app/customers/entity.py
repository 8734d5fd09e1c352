"""Customers as lists, one per stage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.customers.columns import FIELDS
from app.customers.models import ContactObligation, Customer, Need
from app.customers.settings import IDLE_DAYS
from app.customers.states import MISSED, OPEN, PROSPECT, PUBLIC, RETAINED, SIGNED
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.org.models import Person
from app.platform import clock
from app.platform.access import Identity
from app.platform.entity import Entity, Section, Tab

_obligation = ContactObligation.__table__.c


def _due_today() -> ColumnElement[bool]:
    today = clock.today()
    # Open duties that are due are few, the night turns them into missed ones: so they are collected.
    owed = select(_obligation.customer_id).where(_obligation.state == OPEN, _obligation.due_on <= today)
    return or_(Customer.next_contact_on <= today, Customer.id.in_(owed))


def _rule_missed() -> ColumnElement[bool]:
    late = (_obligation.state == OPEN) & (_obligation.due_on < clock.today())
    return (
        exists()
        .where(
            _obligation.customer_id == Customer.id,
            _obligation.person_id == Customer.owner_id,
            or_(_obligation.state.in_((MISSED, "made_up")), late),
        )
        .correlate(Customer)
    )


def _idle(who: Identity) -> tuple[ColumnElement[bool], ...]:
    before = clock.now() - timedelta(days=IDLE_DAYS.under(who.version))
    return (
        Customer.created_at < before,
        or_(Customer.last_contact_at.is_(None), Customer.last_contact_at < before),
    )


def _mine(who: Identity) -> tuple[ColumnElement[bool], ...]:
    return (Customer.owner_id == who.person_id,)


_ALL = Tab("all", _l("All"), lambda _who: ())
_MINE = Tab("mine", _l("Mine"), _mine)
_A_LEVEL = Tab("level_a", _l("Level A"), lambda _who: (Customer.level == "A",))


def _whole() -> tuple[Any, ...]:
    return (
        joinedload(Customer.owner).joinedload(Person.department),
        joinedload(Customer.former_owner),
        selectinload(Customer.contact_points),
        selectinload(Customer.needs).joinedload(Need.business_type),
        selectinload(Customer.obligations),
    )


def _customers(name: str, label: Any, plural: Any, **more: Any) -> Entity:
    return Entity(
        name=name,
        model=Customer,
        label=label,
        plural=plural,
        fields=FIELDS,
        group=_l("Customers"),
        title=lambda row: row.name,
        note="number",
        lifecycle=CUSTOMER_LIFECYCLE,
        access="customer",
        detail="customer",
        **more,
    )


CUSTOMER = _customers(
    "customer",
    _l("customer"),
    _l("All customers"),
    list_fields=("name", "number", "stage", "level", "source", "owner", "last_contact_at", "created_at"),
    sections=(
        Section(
            _l("Customer"),
            (
                "source",
                "introducer",
                "industry",
                "region",
                "level",
                "last_contact_at",
                "give_up_reason",
                "note",
            ),
        ),
    ),
    form_sections=(
        Section(
            _l("Customer"),
            ("name", "source", "introducer", "industry", "region", "level", "progress", "note"),
        ),
        Section(_l("Owner and contact"), ("next_contact_on", "next_contact_note")),
    ),
    tabs=(_ALL, _MINE),
    icon="users",
    detail_loads=_whole,
    where=lambda: (Customer.stage != PUBLIC,),
)

PROSPECT_LIST = _customers(
    "prospect",
    _l("customer"),
    _l("Prospect customers"),
    list_fields=(
        "name",
        "level",
        "progress",
        "needs",
        "source",
        "owner",
        "rule",
        "last_contact_at",
        "next_contact_on",
        "newest_comment",
    ),
    tabs=(
        _ALL,
        _MINE,
        Tab("today", _l("To contact today"), lambda _who: (_due_today(),)),
        Tab("missed", _l("1-3-7 missed"), lambda _who: (_rule_missed(),)),
        _A_LEVEL,
        Tab("idle", _l("Untouched for long"), _idle),
    ),
    icon="user-plus",
    where=lambda: (Customer.stage == PROSPECT,),
    empty_hint=_l("Write down the first prospect, or import a sheet of them."),
)

SIGNED_LIST = _customers(
    "signed_customer",
    _l("customer"),
    _l("Signed customers"),
    list_fields=(
        "name",
        "level",
        "needs",
        "source",
        "owner",
        "signed_at",
        "last_contact_at",
        "next_contact_on",
        "newest_comment",
    ),
    tabs=(_ALL, _MINE, _A_LEVEL),
    icon="handshake",
    where=lambda: (Customer.stage == SIGNED,),
    empty_hint=_l("A prospect becomes a signed customer when its contract is approved."),
)

RETAINED_LIST = _customers(
    "retained_customer",
    _l("customer"),
    _l("Retained customers"),
    list_fields=(
        "name",
        "stage",
        "level",
        "industry",
        "owner",
        "retained_at",
        "last_contact_at",
        "next_contact_on",
        "newest_comment",
    ),
    tabs=(_ALL, _MINE, _A_LEVEL),
    icon="building-user",
    # Nobody in the pool was ever retained; saying so spares looking for one.
    where=lambda: (
        Customer.stage != PUBLIC,
        or_(Customer.stage == RETAINED, Customer.retained_at.is_not(None)),
    ),
    empty_hint=_l("A customer is retained from the first closing on."),
)

PUBLIC_LIST = _customers(
    "public_customer",
    _l("customer"),
    _l("Public customers"),
    list_fields=(
        "name",
        "level",
        "contact",
        "needs",
        "source",
        "region",
        "former_owner",
        "give_up_reason",
        "released_at",
        "last_contact_at",
    ),
    order="-released_at",
    tabs=(_ALL, Tab("mine", _l("Given up by me"), lambda who: (Customer.former_owner_id == who.person_id,))),
    icon="users",
    where=lambda: (Customer.stage == PUBLIC,),
    empty_hint=_l("Nobody has given a prospect up."),
)
