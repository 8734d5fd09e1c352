"""The words for kinds of items."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.catalogue.item_kinds import ItemKind

ITEM_KIND_LABELS: Mapping[ItemKind, LazyString] = {
    ItemKind.SERVICE_FEE: _l("Service fee"),
    ItemKind.PAID_ON_BEHALF: _l("Paid on behalf"),
    ItemKind.THIRD_PARTY: _l("Third party"),
    ItemKind.DEPOSIT: _l("Deposit"),
}
