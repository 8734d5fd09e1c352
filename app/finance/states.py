"""The words rows of this stage store: states, kinds, ways to pay."""

from enum import StrEnum


class ReceiptState(StrEnum):
    PENDING = "pending"
    BOOKED = "booked"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


class WaiverState(StrEnum):
    PENDING = "pending"
    BOOKED = "booked"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ReceiptKind(StrEnum):
    RECEIPT = "receipt"
    REVERSAL = "reversal"


class AccountKind(StrEnum):
    BANK = "bank"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CASH = "cash"


class PaymentMethod(StrEnum):
    BANK = "bank"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CASH = "cash"
    OTHER = "other"


class Rest(StrEnum):
    """What happens to money beyond the receivables somebody named."""

    OLDEST = "oldest"
    ADVANCE = "advance"


OWED_STATES = ("active", "ending", "closed", "terminated")
"""States of contracts whose receivables stand; what a terminated one left open stays a debt."""
