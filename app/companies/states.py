"""What a company can be. The values are stored; their words are in ``labels``."""

from enum import StrEnum


class RegistrationState(StrEnum):
    """State in the company register."""

    IN_FORMATION = "in_formation"
    EXISTING = "existing"
    DORMANT = "dormant"
    REVOKED = "revoked"
    DEREGISTERING = "deregistering"
    CANCELLED = "cancelled"
    MOVED_AWAY = "moved_away"


class CompanyFlag(StrEnum):
    """Blemishes beside the registration state; several may hold at once."""

    ABNORMAL_OPERATION = "abnormal_operation"
    SERIOUS_BREACH = "serious_breach"
    TAX_ABNORMAL = "tax_abnormal"


class EntityType(StrEnum):
    LIMITED_COMPANY = "limited_company"
    SOLE_TRADER = "sole_trader"
    SOLE_PROPRIETORSHIP = "sole_proprietorship"
    PARTNERSHIP = "partnership"
    BRANCH = "branch"
    FOREIGN = "foreign"
    OTHER = "other"


class TaxpayerKind(StrEnum):
    """Kind of VAT payer."""

    SMALL_SCALE = "small_scale"
    GENERAL = "general"


class CollectionMethod(StrEnum):
    """How income tax is assessed: by the books or by a rate the bureau sets."""

    BY_BOOKS = "by_books"
    BY_ASSESSMENT = "by_assessment"


PAYS_INCOME_TAX_AS_A_PERSON = frozenset(
    {EntityType.SOLE_TRADER, EntityType.SOLE_PROPRIETORSHIP, EntityType.PARTNERSHIP}
)
"""Their owners pay individual income tax on business income; they never pay corporate income tax."""
