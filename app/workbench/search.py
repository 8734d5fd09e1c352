"""One question to every kind of record (WB-6): what fits, within scope and rights; what lies out of sight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload

from app.companies.models import Company, ContactPerson
from app.contracts.models import Contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.collisions import Collision, collisions, normalise
from app.customers.company_names import core_name
from app.customers.contact_keys import ContactPointInvalid, guess_kind
from app.customers.models import ContactPoint, Customer
from app.customers.queries import led_by
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.finance.models import Receipt
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.platform.access import Identity
from app.platform.money import format_money
from app.platform.screens.listing import escape_like

MOST_TEXT = 60
MOST_ROWS = 8
"""Rows of one kind on the page of results; who looks for more types more."""
QUICK_ROWS = 4
"""Rows of one kind in the dialog."""
_SHORTEST_TELLING_NAME = 2


@dataclass(frozen=True)
class Hit:
    """One record that fits: a line of the answer."""

    text: str
    url: str
    icon: str
    note: str = ""
    stage: str = ""
    stage_label: str = ""
    state: str = ""
    tone: str = ""
    end: str = ""
    follow_up: str = ""
    """Address of the box that writes a contact down, where this person may."""


@dataclass(frozen=True)
class Group:
    """Hits of related kinds under one heading."""

    label: str
    hits: list[Hit]


@dataclass(frozen=True)
class Elsewhere:
    """Records that exist out of sight: how many, and with whom. Never a name or a number."""

    count: int
    is_name: bool
    owner: str
    department: str

    @property
    def sentence(self) -> str:
        owner = self.owner or _("nobody")
        who = f"{owner}（{self.department}）" if self.department else owner
        if self.is_name:
            return str(_("%(count)s more of a similar name, owned by %(who)s", count=self.count, who=who))
        return str(_("This number exists, owned by %(who)s", who=who))


@dataclass(frozen=True)
class Found:
    """What a search answers."""

    groups: list[Group] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)


def search(session: Session, identity: Identity, text: str, *, most: int = MOST_ROWS) -> Found:
    """Records of every kind that fit, at most so many each: kinds the person may list, rows they may see."""
    kinds: Iterable[tuple[Any, tuple[Callable[..., Iterator[Hit]], ...]]] = (
        (_l("Customers and companies"), (_customers, _companies)),
        (_l("Contacts of companies"), (_contacts,)),
        (_l("Contracts and receipts"), (_contracts, _receipts)),
    )
    groups = [
        Group(str(label), [hit for find in finders for hit in islice(find(session, identity, text), most)])
        for label, finders in kinds
    ]
    return Found([group for group in groups if group.hits], _elsewhere(session, identity, text))


def _like(column: Any, text: str) -> ColumnElement[bool]:
    matches: ColumnElement[bool] = column.ilike(f"%{escape_like(text)}%", escape="\\")
    return matches


def _newest(statement: Select[Any], model: Any) -> Select[Any]:
    return statement.order_by(model.id.desc()).limit(MOST_ROWS)


def _customers(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "customer"):
        return
    fits = [_like(Customer.name, text), _like(Customer.number, text), *_by_contact(text, identity)]
    statement = select(Customer).where(or_(*fits)).options(joinedload(Customer.owner))
    follows_up = identity.can("can_follow_up", "customer")
    for row in session.scalars(_newest(statement, Customer)):
        page = url_for("customer.show", pk=row.id)
        yield Hit(
            row.name,
            page,
            "user",
            note=row.owner.name if row.owner else "",
            stage=row.stage,
            stage_label=str(CUSTOMER_LIFECYCLE.label(row.stage)),
            end=row.number or "",
            follow_up=f"{url_for('customer.show', pk=row.id, tab='follow_up')}#follow-up"
            if follows_up
            else "",
        )


def _by_contact(text: str, identity: Identity) -> Iterator[ColumnElement[bool]]:
    """By the person's name; by a whole number; by the last four digits, which every mask shows.

    Any other part of a number counts only where the reader sees it whole; otherwise the search would tell
    a masked number digit by digit.
    """
    yield Customer.id.in_(select(ContactPoint.customer_id).where(_like(ContactPoint.person_name, text)))
    kind = guess_kind(text)
    if kind is not None:
        with suppress(ContactPointInvalid):
            whole = ContactPoint.key == normalise(kind.value, text).key
            yield Customer.id.in_(select(ContactPoint.customer_id).where(whole))
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) < 4:
        return
    part = select(ContactPoint.customer_id).where(ContactPoint.key.contains(digits, autoescape=True))
    in_sight = Customer.stage != "public"
    yield Customer.id.in_(part) & Customer.id.in_(led_by(identity.person_id)) & in_sight
    if len(digits) == 4 and digits == text:
        tail = or_(*(ContactPoint.key.like(f"{kind}:%{digits}") for kind in ("mobile", "landline")))
        yield Customer.id.in_(select(ContactPoint.customer_id).where(tail))


def _companies(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "company"):
        return
    statement = select(Company).where(or_(_like(Company.name, text), _like(Company.uscc, text)))
    for row in session.scalars(_newest(statement, Company)):
        yield Hit(row.name, url_for("company.show", pk=row.id), "building", end=row.uscc or "")


def _contacts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "company"):
        return
    statement = (
        select(ContactPerson)
        .where(_like(ContactPerson.name, text))
        .options(joinedload(ContactPerson.company))
    )
    for row in session.scalars(_newest(statement, ContactPerson)):
        note = "，".join(part for part in (row.company.name, row.role) if part)
        yield Hit(row.name, url_for("company.show", pk=row.company_id), "address-card", note=note)


def _contracts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "contract"):
        return
    for row in session.scalars(_documents(Contract, text)):
        yield _document(row, "contract", "file-signature", CONTRACT_LIFECYCLE)


def _receipts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "receipt"):
        return
    for row in session.scalars(_documents(Receipt, text)):
        yield _document(row, "receipt", "coins", RECEIPT_LIFECYCLE)


def _documents(model: Any, text: str) -> Select[Any]:
    """By their own number, and by the name of a customer who is in sight."""
    theirs = select(Customer.id).where(_like(Customer.name, text))
    fits = or_(_like(model.number, text), model.customer_id.in_(theirs))
    return _newest(select(model).where(fits).options(joinedload(model.customer)), model)


def _document(row: Any, name: str, icon: str, lifecycle: Any) -> Hit:
    state = lifecycle.state_of(row)
    return Hit(
        row.number or _("no number yet"),
        url_for(f"{name}.show", pk=row.id),
        icon,
        note=row.customer.name if row.customer else "",
        state=str(lifecycle.label(state)),
        tone=lifecycle.tone(state),
        end=f"¥{format_money(row.amount)}",
    )


def _elsewhere(session: Session, identity: Identity, text: str) -> list[Elsewhere]:
    """Collisions out of sight: of a whole number for who may list customers, of a name for who may add."""
    kind = guess_kind(text)
    asked: list[tuple[str, str]] = []
    if kind is not None and identity.can("can_list", "customer"):
        asked.append((kind.value, text))
    if identity.can("can_add", "customer") and len(core_name(text)) >= _SHORTEST_TELLING_NAME:
        asked.append(("name", text))
    hidden = [match for match in collisions(session, asked) if match.customer_id is None] if asked else []
    counted = Counter(_whose(match) for match in hidden)
    return [Elsewhere(count, *whose) for whose, count in counted.items()]


def _whose(match: Collision) -> tuple[bool, str, str]:
    return match.kind == "name", match.owner, match.department
