"""Prices of contract lines against the price tier: what is below authority, how much is given away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from app.catalogue.item_kinds import ItemKind
from app.platform.money import ZERO, quantise

Person = TypeVar("Person")


@dataclass(frozen=True, kw_only=True)
class LinePrice:
    """One priced item of a contract line.

    ``amount`` is the whole amount of the line in yuan before ``discount``. Prices are per unit, and per
    month when the line recurs; None where the tier has no price.
    """

    amount: Decimal
    discount: Decimal = ZERO
    reference_price: Decimal | None = None
    authority_price: Decimal | None = None
    quantity: int = 1
    recurring: bool = False
    paid_months: int = 0
    gift_months: int = 0
    kind: ItemKind = ItemKind.SERVICE_FEE

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.units < 1:
            raise ValueError("a line has at least one unit and, when it recurs, one month")

    @property
    def units(self) -> int:
        """What a price is multiplied by: pieces, times paid and gift months of a recurring line."""
        return self.quantity * (self.paid_months + self.gift_months if self.recurring else 1)

    @property
    def net(self) -> Decimal:
        return self.amount - self.discount

    @property
    def counts(self) -> bool:
        return self.kind is ItemKind.SERVICE_FEE


@dataclass(frozen=True)
class PriceVerdict:
    """``unit_price`` is the net price per unit (and month), rounded, as shown beside the authority price.

    ``below_authority`` is what the whole line lacks to its authority price, zero when it does not;
    ``discount_rate`` is a fraction: 0.1 means ten per cent off.
    """

    unit_price: Decimal
    below_authority: Decimal
    discount_rate: Decimal
    reference_total: Decimal


@dataclass(frozen=True)
class Superior(Generic[Person]):
    """A superior with the own authority price for each line, in the order of the lines."""

    person: Person
    authority_prices: tuple[Decimal | None, ...]


def check_line(line: LinePrice) -> PriceVerdict:
    """How the line stands to its tier. What is no service fee is never below and never discounted."""
    return PriceVerdict(
        unit_price=quantise(line.net / line.units),
        below_authority=_shortfall(line, line.authority_price),
        discount_rate=discount_rate([line]),
        reference_total=_reference_total(line),
    )


def discount_rate(lines: Iterable[LinePrice]) -> Decimal:
    """The part of the reference total of all service fees that is given away, 0 to 1.

    Gift months count as given away. A line without a reference price is held against its own amount.
    """
    counted = [line for line in lines if line.counts]
    asked = sum((_reference_total(line) or line.amount for line in counted), ZERO)
    given_away = asked - sum((line.net for line in counted), ZERO)
    return given_away / asked if asked > 0 and given_away > 0 else Decimal(0)


def below_authority(lines: Iterable[LinePrice]) -> Decimal:
    """What the lines below their authority price lack, together; lines above it make up for nothing."""
    return sum((_shortfall(line, line.authority_price) for line in lines), ZERO)


def required_authority(lines: Sequence[LinePrice], superiors: Iterable[Superior[Person]]) -> Person | None:
    """The first superior whose authority prices cover every line that lies below the author's.

    None when nobody does; whoever has no price for such a line does not cover it.
    """
    return next((superior.person for superior in superiors if _covers(superior, lines)), None)


def _covers(superior: Superior[Person], lines: Sequence[LinePrice]) -> bool:
    return all(
        price is not None and not _shortfall(line, price)
        for line, price in zip(lines, superior.authority_prices, strict=True)
        if _shortfall(line, line.authority_price)
    )


def _shortfall(line: LinePrice, authority_price: Decimal | None) -> Decimal:
    if authority_price is None or not line.counts:
        return ZERO
    return max(authority_price * line.units - line.net, ZERO)


def _reference_total(line: LinePrice) -> Decimal:
    return quantise((line.reference_price or ZERO) * line.units)
