"""Questions about contracts: prices of their lines, who covers them, what keeps a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.catalogue.item_kinds import ItemKind
from app.catalogue.models import BusinessType
from app.catalogue.queries import Price, prices_for
from app.contracts.models import Contract, ContractLine, ContractLineItem
from app.contracts.pricing import LinePrice, Superior, below_authority, required_authority
from app.contracts.states import OPEN_STATES
from app.org.models import Person
from app.org.queries import superiors
from app.platform.errors import NotFound
from app.platform.row_locks import hold_row


def whole(session: Session, contract: Contract) -> Contract:
    """The contract with lines, items and business types read in a fixed number of statements."""
    session.scalars(
        select(Contract)
        .where(Contract.id == contract.id)
        .options(
            selectinload(Contract.lines).selectinload(ContractLine.items).joinedload(ContractLineItem.item),
            selectinload(Contract.lines).joinedload(ContractLine.business_type),
        )
    ).one()
    return contract


def hold(session: Session, contract_id: int) -> Contract:
    """Lock the contract and read it anew: lines read earlier would hide what a colleague ended meanwhile."""
    return hold_row(session, Contract, contract_id)


def draft_for_form(session: Session, pk: int) -> Contract:
    """A contract with what its form shows. Raises NotFound for foreign and absent ones."""
    lines = joinedload(Contract.lines)
    found = session.scalars(
        select(Contract)
        .where(Contract.id == pk)
        .options(
            joinedload(Contract.customer),
            lines.joinedload(ContractLine.business_type).selectinload(BusinessType.items),
            lines.selectinload(ContractLine.items),
        )
    )
    contract = found.unique().first()
    if contract is None:
        raise NotFound()
    return contract


def line_prices(line: ContractLine) -> list[LinePrice]:
    """What the items of a line cost, as the rules of pricing read them."""
    return [priced(line, item) for item in line.items]


def priced(line: ContractLine, item: ContractLineItem) -> LinePrice:
    return LinePrice(
        amount=item.amount,
        discount=item.discount,
        reference_price=item.reference_price,
        authority_price=item.authority_price,
        quantity=line.quantity,
        recurring=line.recurring,
        paid_months=line.paid_months,
        gift_months=line.gift_months,
        kind=ItemKind(item.kind),
    )


def covering_superior(session: Session, author: Person, contract: Contract, day: date) -> Person | None:
    """The first superior of the author whose authority covers every line below it; None when nobody does."""
    lines = [price for line in contract.lines for price in line_prices(line)]
    if not below_authority(lines):
        return None
    item_ids = [item.item_id for line in contract.lines for item in line.items]
    region = contract.customer.region if contract.customer else None

    def with_prices() -> Iterator[Superior[Person]]:
        for person in superiors(session, author):
            prices: Mapping[int, Price] = prices_for(session, person, item_ids, day, region)
            authority = tuple(prices[i].authority if i in prices else None for i in item_ids)
            yield Superior(person, authority)

    return required_authority(lines, with_prices())


def open_contracts_of(session: Session, customer_id: int) -> Sequence[Contract]:
    """The pending and active contracts of a customer, at most twenty."""
    return session.scalars(
        select(Contract)
        .where(Contract.customer_id == customer_id, Contract.state.in_(OPEN_STATES))
        .order_by(Contract.id)
        .limit(20)
    ).all()
