"""What a price draft would do to draft contracts and to those of last quarter (PRC-4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.catalogue.draft_effects import Affected, DraftEffects
from app.catalogue.item_kinds import ItemKind
from app.catalogue.models import BusinessType, DetailItem, PriceTierVersion
from app.catalogue.price_book import PriceBook, read_price_book
from app.contracts import states
from app.contracts.models import Contract, ContractLine, ContractLineItem
from app.contracts.pricing import LinePrice, below_authority, check_line
from app.contracts.queries import priced
from app.customers.models import Customer
from app.platform import clock
from app.platform.access import Identity
from app.platform.money import ZERO, quantise

LOOKED_AT = 20_000
SOLD_STATES = (states.PENDING, states.ACTIVE, states.CLOSED, states.TERMINATED)


@dataclass(frozen=True)
class Sold:
    """One sold service fee, as priced when it was sold and as the draft would price it."""

    name: str
    before: LinePrice
    after: LinePrice

    @property
    def lacking(self) -> Decimal:
        return below_authority([self.after])

    @property
    def revenue(self) -> Decimal:
        """Yuan more (or less) when sold at the same share of the new reference price."""
        old, new = self.before.reference_price, self.after.reference_price
        return quantise(self.before.net * new / old) - self.before.net if old and new is not None else ZERO


def last_quarter(today: date) -> tuple[date, date]:
    """First and last day of the calendar quarter before the one of the day."""
    this = date(today.year, today.month - (today.month - 1) % 3, 1)
    last = this - timedelta(days=1)
    return date(last.year, last.month - 2, 1), last


def effects_of_draft(session: Session, version: PriceTierVersion, identity: Identity) -> DraftEffects | None:
    """Prices of contracts the person may see, sold by the tier, held against the draft.

    Only the price approval (below authority) is foreseen. The newest `LOOKED_AT` sold items are read.
    """
    if not identity.can("can_list", "contract"):
        return None
    first, last = last_quarter(clock.today())
    rows = _rows(session, first, last)
    documents = _sold_by_the_tier(session, version, rows)
    judged = [(contract, customer, sold) for contract, customer, sold in documents.values()]
    affected = [_affected(*each) for each in judged if _needs(each[2]) and not _needed(each[2])]
    return DraftEffects(
        first=first,
        last=last,
        looked_at=len(judged),
        affected=sorted(affected, key=lambda each: (each.is_draft, -each.lacking)),
        freed=sum(_needed(sold) and not _needs(sold) for _contract, _customer, sold in judged),
        revenue=sum(
            (one.revenue for contract, _c, sold in judged if contract.state != states.DRAFT for one in sold),
            ZERO,
        ),
        by_item=_by_item(judged),
        complete=len(rows) < LOOKED_AT,
    )


_Row = tuple[ContractLineItem, ContractLine, Contract, Customer, str, str]
_Document = tuple[Contract, Customer, list[Sold]]


def _rows(session: Session, first: date, last: date) -> Sequence[_Row]:
    in_quarter = and_(Contract.state.in_(SOLD_STATES), Contract.signed_on.between(first, last))
    statement = (
        select(ContractLineItem, ContractLine, Contract, Customer, BusinessType.name, DetailItem.name)
        .join(ContractLine, ContractLineItem.line_id == ContractLine.id)
        .join(Contract, ContractLine.contract_id == Contract.id)
        .join(Customer, Contract.customer_id == Customer.id)
        .join(DetailItem, ContractLineItem.item_id == DetailItem.id)
        .join(BusinessType, DetailItem.business_type_id == BusinessType.id)
        .where(
            ContractLineItem.kind == ItemKind.SERVICE_FEE.value,
            or_(Contract.state == states.DRAFT, in_quarter),
        )
        .order_by(Contract.id.desc(), ContractLineItem.id)
        .limit(LOOKED_AT)
    )
    return session.execute(statement).tuples().all()


def _sold_by_the_tier(
    session: Session, version: PriceTierVersion, rows: Sequence[_Row]
) -> dict[int, _Document]:
    """The documents with at least one item whose author would sell it by the draft."""
    book = read_price_book(
        session,
        {contract.author_id for _i, _l, contract, _c, _t, _n in rows},
        {item.item_id for item, *_rest in rows},
        day=version.valid_from,
        draft=version,
    )
    found: dict[int, _Document] = {}
    touched: set[int] = set()
    for item, line, contract, customer, type_name, item_name in rows:
        before = priced(line, item)
        after, by_draft = _repriced(book, version, before, item.item_id, contract, customer)
        if by_draft:
            touched.add(contract.id)
        document = found.setdefault(contract.id, (contract, customer, []))
        document[2].append(Sold(f"{type_name} {item_name}", before, after))
    return {key: document for key, document in found.items() if key in touched}


def _repriced(
    book: PriceBook,
    version: PriceTierVersion,
    before: LinePrice,
    item_id: int,
    contract: Contract,
    customer: Customer,
) -> tuple[LinePrice, bool]:
    price = book.price(contract.author_id, item_id, customer.region)
    if price is None or price.tier_version_id != version.id:
        return before, False
    new = replace(before, reference_price=price.reference_price, authority_price=price.authority_price)
    return new, True


def _needed(sold: Iterable[Sold]) -> bool:
    return below_authority(one.before for one in sold) > 0


def _needs(sold: Iterable[Sold]) -> bool:
    return below_authority(one.after for one in sold) > 0


def _affected(contract: Contract, customer: Customer, sold: Sequence[Sold]) -> Affected:
    worst = max(sold, key=lambda one: one.lacking)
    return Affected(
        subject="contract",
        id=contract.id,
        number=contract.number or f"#{contract.id}",
        customer=customer.name,
        item=worst.name,
        unit_price=check_line(worst.after).unit_price,
        lacking=sum((one.lacking for one in sold), ZERO),
        is_draft=contract.state == states.DRAFT,
    )


def _by_item(judged: Iterable[_Document]) -> list[tuple[str, int]]:
    """How many of the newly affected documents each item weighs on, most first."""
    documents: dict[str, set[int]] = defaultdict(set)
    for contract, _customer, sold in judged:
        if _needs(sold) and not _needed(sold):
            for one in sold:
                if one.lacking:
                    documents[one.name].add(contract.id)
    return Counter({name: len(ids) for name, ids in documents.items()}).most_common()
