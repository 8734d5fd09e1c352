"""What the dialogs of an engagement ask for."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.bookkeeping.models import TaxKind
from app.bookkeeping.tax_types import Frequency, tax_types
from app.companies.labels import COLLECTION_METHOD_LABELS, ENTITY_TYPE_LABELS, TAXPAYER_KIND_LABELS
from app.platform.entity import Field

FREQUENCY_LABELS = {
    Frequency.MONTH: _l("monthly"),
    Frequency.QUARTER: _l("quarterly"),
    Frequency.HALF_YEAR: _l("half-yearly"),
    Frequency.YEAR: _l("yearly"),
}
DETERMINE_FIELDS = (
    Field("entity_type", _l("Legal form"), kind="choice", choices=ENTITY_TYPE_LABELS, required=True),
    Field("taxpayer_kind", _l("Taxpayer kind"), kind="choice", choices=TAXPAYER_KIND_LABELS, required=True),
    Field(
        "collection_method",
        _l("Income tax assessed"),
        kind="choice",
        choices=COLLECTION_METHOD_LABELS,
        required=True,
    ),
    Field(
        "since",
        _l("Holds from the month of"),
        kind="date",
        help=_l("Empty: from the start of the service the first time, later from this month."),
    ),
)
RENEWAL_FIELDS = (
    Field("months", _l("Paid months"), kind="int", required=True, default=lambda: 12),
    Field("gift_months", _l("Gift months"), kind="int", default=lambda: 0),
)


def profile_rows(kinds: Mapping[str, TaxKind]) -> list[Field]:
    """One choice per tax in use: how often it is filed, or not at all."""
    types = tax_types()
    return [
        Field(
            code,
            types[code].name,
            kind="choice",
            choices={each: FREQUENCY_LABELS[each] for each in types[code].frequencies},
        )
        for code, kind in kinds.items()
        if kind.active and code in types
    ]
