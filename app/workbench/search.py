"""One question to every kind of record (WB-6): what fits, within scope and rights; what lies out of sight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ScalarResult, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.companies.models import Company, ContactPerson
from app.contracts.models import Contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.collisions import Collision, collisions, normalise
from app.customers.company_names import core_name
from app.customers.contact_keys import ContactPointInvalid, guess_kind
from app.customers.finding import by_contact_point, by_key, by_last_digits, ways_by_number
from app.customers.models import ContactPoint, Customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.finance.models import Receipt
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.platform.access import Identity
from app.platform.fragment_search import Way, by_other_text, by_text, found
from app.platform.masking import as_seen, sees
from app.platform.money import format_money

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


def _newest(
    session: Session, model: Any, ways: Sequence[Way], *relations: InstrumentedAttribute[Any]
) -> ScalarResult[Any]:
    statement = select(model).options(*(joinedload(relation) for relation in relations))
    statement = found(session, statement, model, ways)
    return session.scalars(statement.order_by(model.id.desc()).limit(MOST_ROWS))


def _customers(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "customer"):
        return
    numbered = sees(identity, "customer", "number")
    columns = [Customer.name, Customer.number] if numbered else [Customer.name]
    ways = [by_text(columns, text), *_by_contact(text, identity)]
    follows_up = identity.can("can_follow_up", "customer")
    for row in _newest(session, Customer, ways, Customer.owner):
        page = url_for("customer.show", pk=row.id)
        yield Hit(
            row.name,
            page,
            "user",
            note=row.owner.name if row.owner else "",
            stage=row.stage,
            stage_label=str(CUSTOMER_LIFECYCLE.label(row.stage)),
            end=row.number or "" if numbered else "",
            follow_up=f"{url_for('customer.show', pk=row.id, tab='follow_up')}#follow-up"
            if follows_up
            else "",
        )


def _by_contact(text: str, identity: Identity) -> Iterator[Way]:
    """By the person's name; by a whole number; by the last four digits, which every mask shows.

    Any other part of a number counts only where the reader sees it whole; otherwise the search would tell
    a masked number digit by digit.
    """
    yield by_contact_point([ContactPoint.person_name], text)
    kind = guess_kind(text)
    if kind is not None:
        with suppress(ContactPointInvalid):
            yield by_key(ContactPoint.key == normalise(kind.value, text).key)
    yield from ways_by_number(text, identity)
    if len(text) == 4 and text.isdecimal() and text.isascii():
        yield by_last_digits(text)


def _companies(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "company"):
        return
    coded = sees(identity, "company", "uscc")
    columns = [Company.name, Company.uscc] if coded else [Company.name]
    for row in _newest(session, Company, [by_text(columns, text)]):
        end = row.uscc or "" if coded else ""
        yield Hit(row.name, url_for("company.show", pk=row.id), "building", end=end)


def _contacts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "company"):
        return
    ways = [by_text([ContactPerson.name], text)]
    for row in _newest(session, ContactPerson, ways, ContactPerson.company):
        note = "，".join(part for part in (row.company.name, row.role) if part)
        yield Hit(row.name, url_for("company.show", pk=row.company_id), "address-card", note=note)


def _contracts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "contract"):
        return
    for row in _documents(session, Contract, text):
        yield _document(row, "contract", "file-signature", CONTRACT_LIFECYCLE, identity)


def _receipts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if not identity.can("can_list", "receipt"):
        return
    for row in _documents(session, Receipt, text):
        yield _document(row, "receipt", "coins", RECEIPT_LIFECYCLE, identity)


def _documents(session: Session, model: Any, text: str) -> ScalarResult[Any]:
    """By their own number, and by the name of a customer who is in sight."""
    ways = [by_text([model.number], text), by_other_text(model.customer_id, [Customer.name], text)]
    return _newest(session, model, ways, model.customer)


def _document(row: Any, name: str, icon: str, lifecycle: Any, identity: Identity) -> Hit:
    state = lifecycle.state_of(row)
    return Hit(
        row.number or _("no number yet"),
        url_for(f"{name}.show", pk=row.id),
        icon,
        note=row.customer.name if row.customer else "",
        state=str(lifecycle.label(state)),
        tone=lifecycle.tone(state),
        end=as_seen(identity, f"{name}.amount", f"¥{format_money(row.amount)}"),
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
