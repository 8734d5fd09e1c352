"""Business types and price tiers as the screens show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue.models import BusinessType, PriceTier
from app.catalogue.queries import tiers_of
from app.org.roles import PRESET_ROLES
from app.platform.access import supply_criterion
from app.platform.entity import Entity, Field, Section, Tab

supply_criterion("price_tier", tiers_of)

BILLINGS = {
    "once": _l("once"),
    "per_case": _l("per case"),
    "month": _l("per month"),
    "year": _l("per year"),
}


def _whole_type() -> Sequence[Any]:
    return selectinload(BusinessType.items), selectinload(BusinessType.steps)


def _whole_tier() -> Sequence[Any]:
    return (
        joinedload(PriceTier.department),
        joinedload(PriceTier.person),
        selectinload(PriceTier.versions),
    )


BUSINESS_TYPE = Entity(
    name="business_type",
    model=BusinessType,
    label=_l("Business type"),
    plural=_l("Business types"),
    group=_l("Settings"),
    icon="layer-group",
    fields=(
        Field("name", _l("Name"), searchable=True, sortable=True, required=True, maximum=60),
        Field("code", _l("Code"), searchable=True, sortable=True, required=True, maximum=20),
        Field(
            "group",
            _l("Group"),
            searchable=True,
            filterable=True,
            sortable=True,
            required=True,
            maximum=40,
        ),
        Field("recurring", _l("Recurring"), kind="bool", filterable=True),
        Field("bookkeeping", _l("Opens bookkeeping"), kind="bool", filterable=True),
        Field("billing", _l("Charged"), kind="choice", choices=BILLINGS, filterable=True, required=True),
        Field("duration_days", _l("Takes"), kind="int", sortable=True, required=True, unit=_l("workdays")),
        Field("difficulty", _l("Difficulty"), kind="int", sortable=True, required=True),
        Field("note", _l("Note"), kind="long", maximum=300),
        Field("active", _l("Offered"), kind="bool", filterable=True, default=lambda: True),
    ),
    list_fields=("name", "code", "group", "recurring", "billing", "duration_days", "difficulty", "active"),
    sections=(
        Section(
            _l("Business type"),
            ("name", "code", "group", "billing", "duration_days", "difficulty", "note"),
        ),
        Section(_l("Treatment"), ("recurring", "bookkeeping", "active")),
    ),
    order="code",
    tabs=(
        Tab("offered", _l("Offered"), lambda _i: [BusinessType.active.is_(True)]),
        Tab("all", _l("All"), lambda _i: []),
    ),
    detail_loads=_whole_type,
    title=lambda row: row.name,
    note=lambda row: row.group,
)


def _for_whom(tier: PriceTier) -> str:
    if tier.person is not None:
        return tier.person.name
    if tier.department is not None:
        return tier.department.name
    return str(PRESET_ROLES.get(tier.role, tier.role)) if tier.role else str(_l("Everybody"))


PRICE_TIER = Entity(
    name="price_tier",
    model=PriceTier,
    label=_l("Price tier"),
    plural=_l("Price tiers"),
    group=_l("Settings"),
    icon="tags",
    fields=(
        Field("name", _l("Name"), searchable=True, sortable=True),
        Field("for_whom", _l("For whom"), value=_for_whom),
        Field("region", _l("Region"), value=lambda tier: tier.region or ""),
        Field(
            "valid_from",
            _l("Valid from"),
            kind="date",
            value=lambda tier: tier.versions[-1].valid_from if tier.versions else None,
        ),
        Field("active", _l("In use"), kind="bool", filterable=True),
    ),
    list_fields=("name", "for_whom", "region", "valid_from", "active"),
    sections=(Section(_l("Price tier"), ("name", "for_whom", "region", "valid_from", "active")),),
    order="name",
    loads=_whole_tier,
    detail_loads=_whole_tier,
    title=lambda row: row.name,
)
