"""Business types with items and steps, and the price tiers with their prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.entity import BUSINESS_TYPE, PRICE_TIER
from app.catalogue.labels import ITEM_KIND_LABELS
from app.catalogue.queries import prices_of_version
from app.platform.access import Identity
from app.platform.screens.view import EntityView


class BusinessTypeView(EntityView):
    entity = BUSINESS_TYPE
    detail_template = "catalogue/business_type.html"

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        return {"kind_labels": ITEM_KIND_LABELS, "items_of": {item.id: item.name for item in row.items}}


class PriceTierView(EntityView):
    """Read only: the editor of tier versions is a screen of its own."""

    entity = PRICE_TIER
    detail_template = "catalogue/price_tier.html"
    creates = False
    edits = False

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        version = row.versions[-1] if row.versions else None
        return {"version": version, "prices": prices_of_version(session, version.id) if version else []}
