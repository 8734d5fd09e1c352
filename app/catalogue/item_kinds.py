"""Kinds of detail items."""

from enum import StrEnum


class ItemKind(StrEnum):
    """Only service fees count for revenue, discount, authority price and commission."""

    SERVICE_FEE = "service_fee"
    PAID_ON_BEHALF = "paid_on_behalf"
    THIRD_PARTY = "third_party"
    DEPOSIT = "deposit"
