"""The words for kinds of items and of need fields."""

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

NEED_KIND_LABELS: Mapping[str, LazyString] = {
    "text": _l("A line of text"),
    "long": _l("Long text"),
    "int": _l("A whole number"),
    "money": _l("An amount"),
    "date": _l("Date"),
    "choice": _l("Choice"),
    "bool": _l("Yes or no"),
}
