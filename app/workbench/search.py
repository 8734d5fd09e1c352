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
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.companies.models import Company, ContactPerson
from app.customers.collisions import Collision, collisions, normalise
from app.customers.company_names import core_name
from app.customers.contact_keys import ContactPointInvalid, guess_kind
from app.customers.finding import by_contact_point, by_key, by_last_digits
from app.customers.models import ContactPoint, Customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform.access import Identity, identity_of
from app.platform.entity import Entity, entity_named
from app.platform.fragment_search import Way, asking_once, by_text, candidates, one_of, only, ways_to
from app.platform.masking import as_seen, sees
from app.platform.money import format_money
from app.platform.reach import ids_in_reach
from app.platform.shaping import shaped

MOST_TEXT = 60
MOST_ROWS = 8
"""Rows of one kind on the page of results; who looks for more types more."""
QUICK_ROWS = 4
"""Rows of one kind in the dialog."""
_SHORTEST_TELLING_NAME = 2
_NEARBY = 100
"""Proposed rows looked at first: most fit, so the newest few are among them."""


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
    with asking_once(session):
        groups = [
            Group(
                str(label), [hit for find in finders for hit in islice(find(session, identity, text), most)]
            )
            for label, finders in kinds
        ]
    return Found([group for group in groups if group.hits], _elsewhere(session, identity, text))


def _newest(
    session: Session, model: Any, ways: Sequence[Way], *relations: InstrumentedAttribute[Any]
) -> Sequence[Any]:
    """The newest rows that fit. Of those an index proposes, or this person sees, the newest come first."""
    statement = select(model).options(*(joinedload(relation) for relation in relations))
    statement = statement.where(one_of(ways)).order_by(model.id.desc())
    ids = candidates(session, ways)
    if ids is None:
        ids = ids_in_reach(session, model, identity_of(session))
    if ids is None:
        return session.scalars(statement.limit(MOST_ROWS)).all()
    rows: list[Any] = []
    ids = sorted(ids)
    for part in (ids[-_NEARBY:], ids[:-_NEARBY]):
        if part and len(rows) < MOST_ROWS:
            proposed = only(session, statement, model, part)
            rows += session.scalars(proposed.limit(MOST_ROWS - len(rows)))
    return rows


def _shape(session: Session, identity: Identity, name: str) -> Entity | None:
    """The entity as this person sees it, so that what they may not see neither finds nor shows a row."""
    entity = entity_named(name)
    return shaped(session, entity, identity) if identity.can("can_list", entity.grants_of) else None


def _customers(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    shape = _shape(session, identity, "customer")
    if shape is None:
        return
    ways = [*ways_to(shape, text, identity), *_by_contact(text, identity)]
    follows_up = identity.can("can_follow_up", "customer")
    for row in _newest(session, Customer, ways, Customer.owner):
        page = url_for("customer.show", pk=row.id)
        yield Hit(
            row.name,
            page,
            "user",
            note=as_seen(identity, "customer.owner", row.owner.name if row.owner else ""),
            stage=row.stage,
            stage_label=str(CUSTOMER_LIFECYCLE.label(row.stage)),
            end=row.number or "" if sees(identity, "customer.number") else "",
            follow_up=f"{url_for('customer.show', pk=row.id, tab='follow_up')}#follow-up"
            if follows_up
            else "",
        )


def _by_contact(text: str, identity: Identity) -> Iterator[Way]:
    """By the person's name; by a whole number; by the last four digits, which every mask shows.

    Any other part of a number counts only where the reader sees it whole, which is a way of the list, too;
    otherwise the search would tell a masked number digit by digit.
    """
    yield by_contact_point([ContactPoint.person_name], text)
    kind = guess_kind(text)
    if kind is not None:
        with suppress(ContactPointInvalid):
            yield by_key(ContactPoint.key == normalise(kind.value, text).key)
    if len(text) == 4 and text.isdecimal() and text.isascii():
        yield by_last_digits(text)


def _companies(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    shape = _shape(session, identity, "company")
    if shape is None:
        return
    for row in _newest(session, Company, ways_to(shape, text, identity)):
        end = row.uscc or "" if sees(identity, "company.uscc") else ""
        yield Hit(row.name, url_for("company.show", pk=row.id), "building", end=end)


def _contacts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    if _shape(session, identity, "company") is None:
        return
    ways = [by_text([ContactPerson.name], text)]
    for row in _newest(session, ContactPerson, ways, ContactPerson.company):
        note = "，".join(part for part in (row.company.name, row.role) if part)
        yield Hit(row.name, url_for("company.show", pk=row.company_id), "address-card", note=note)


def _contracts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    return _documents(session, identity, text, "contract")


def _receipts(session: Session, identity: Identity, text: str) -> Iterator[Hit]:
    return _documents(session, identity, text, "receipt")


_ICONS = {"contract": "file-signature", "receipt": "coins"}


def _documents(session: Session, identity: Identity, text: str, name: str) -> Iterator[Hit]:
    """By what their lists find them by: their own number, and the name of a customer who is in sight."""
    shape = _shape(session, identity, name)
    if shape is None:
        return
    for row in _newest(session, shape.model, ways_to(shape, text, identity), shape.model.customer):
        yield _document(row, shape, identity)


def _document(row: Any, shape: Entity, identity: Identity) -> Hit:
    lifecycle: Any = shape.lifecycle
    state = lifecycle.state_of(row)
    return Hit(
        row.number or _("no number yet"),
        url_for(f"{shape.name}.show", pk=row.id),
        _ICONS[shape.name],
        note=row.customer.name if row.customer else "",
        state=str(lifecycle.label(state)),
        tone=lifecycle.tone(state),
        end=as_seen(identity, f"{shape.name}.amount", f"¥{format_money(row.amount)}"),
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
    counted = Counter(_whose(match, identity) for match in hidden)
    return [Elsewhere(count, *whose) for whose, count in counted.items()]


def _whose(match: Collision, identity: Identity) -> tuple[bool, str, str]:
    """Whether a name matched, and with whom; the department tells who it is nearly as well as the name."""
    owner = as_seen(identity, "customer.owner", match.owner)
    return match.kind == "name", owner, match.department if owner == match.owner else ""
