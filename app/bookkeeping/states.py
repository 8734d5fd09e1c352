"""What periodic services and filings can be. The values are stored."""

from enum import StrEnum


class ServiceState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class ServiceKind(StrEnum):
    """What comes back. Bookkeeping is the kind with an engagement: tax profile, filings, accountant."""

    BOOKKEEPING = "bookkeeping"
    ADDRESS = "address"
    SOCIAL_SECURITY = "social_security"
    OTHER = "other"


class FilingState(StrEnum):
    TO_FILE = "to_file"
    FILED = "filed"
    PAID = "paid"
    NO_TAX = "no_tax"
    PAYMENT_FAILED = "payment_failed"
    NOT_REQUIRED = "not_required"
