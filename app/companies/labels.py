"""The words for the states and kinds of companies."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.companies.states import (
    CollectionMethod,
    CompanyFlag,
    EntityType,
    RegistrationState,
    TaxpayerKind,
)

REGISTRATION_STATE_LABELS: Mapping[RegistrationState, LazyString] = {
    RegistrationState.IN_FORMATION: _l("In formation"),
    RegistrationState.EXISTING: _l("Existing"),
    RegistrationState.DORMANT: _l("Dormant"),
    RegistrationState.REVOKED: _l("Revoked"),
    RegistrationState.DEREGISTERING: _l("Deregistering"),
    RegistrationState.CANCELLED: _l("Deregistered"),
    RegistrationState.MOVED_AWAY: _l("Moved away"),
}
COMPANY_FLAG_LABELS: Mapping[CompanyFlag, LazyString] = {
    CompanyFlag.ABNORMAL_OPERATION: _l("Abnormal operation"),
    CompanyFlag.SERIOUS_BREACH: _l("Serious breach"),
    CompanyFlag.TAX_ABNORMAL: _l("Tax abnormal"),
}
ENTITY_TYPE_LABELS: Mapping[EntityType, LazyString] = {
    EntityType.LIMITED_COMPANY: _l("Limited company"),
    EntityType.SOLE_TRADER: _l("Sole trader"),
    EntityType.SOLE_PROPRIETORSHIP: _l("Sole proprietorship"),
    EntityType.PARTNERSHIP: _l("Partnership"),
    EntityType.BRANCH: _l("Branch"),
    EntityType.FOREIGN: _l("Foreign-invested company"),
    EntityType.OTHER: _l("Other entity"),
}
TAXPAYER_KIND_LABELS: Mapping[TaxpayerKind, LazyString] = {
    TaxpayerKind.SMALL_SCALE: _l("Small-scale taxpayer"),
    TaxpayerKind.GENERAL: _l("General taxpayer"),
}
COLLECTION_METHOD_LABELS: Mapping[CollectionMethod, LazyString] = {
    CollectionMethod.BY_BOOKS: _l("By books"),
    CollectionMethod.BY_ASSESSMENT: _l("By assessment"),
}
