"""What somebody wrote into a contract, before it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.platform.money import ZERO


@dataclass(frozen=True)
class ItemInput:
    """One sold item: the whole amount in yuan before discount."""

    item_id: int
    amount: Decimal
    discount: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class LineInput:
    """One business type for one company. Months and interval matter to recurring types only.

    `company_id` None means the contract's company. `start_month` is any day of the first month.
    """

    business_type_id: int
    items: tuple[ItemInput, ...] = ()
    company_id: int | None = None
    quantity: int = 1
    paid_months: int = 12
    gift_months: int = 0
    interval_months: int = 12
    start_month: date | None = None
    promised_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ContractInput:
    """Header and lines. Term ends are days, included; empty ones follow from the lines at submission."""

    customer_id: int
    company_id: int | None = None
    signed_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    payer: str | None = None
    invoice_wanted: bool = False
    invoice_title: str | None = None
    invoice_tax_number: str | None = None
    reason: str | None = None
    note: str | None = None
    renewal_only: bool = False
    lines: tuple[LineInput, ...] = ()
