"""Business types and price tiers as the screens show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.approval.models import ApprovalRequest, ApprovalStep
from app.catalogue.models import BusinessType, PriceTier, PriceTierVersion
from app.catalogue.queries import tiers_of
from app.catalogue.states import PUBLISHED
from app.catalogue.transitions import PRICE_VERSION_LIFECYCLE
from app.org.roles import PRESET_ROLES
from app.platform import clock
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


def _version_with_tier() -> Sequence[Any]:
    return (
        joinedload(PriceTierVersion.tier).options(
            joinedload(PriceTier.department), joinedload(PriceTier.person)
        ),
        selectinload(PriceTierVersion.open_requests)
        .selectinload(ApprovalRequest.steps)
        .joinedload(ApprovalStep.approver),
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
        Field("code", _l("Code"), searchable=True, sortable=True, required=True, maximum=20, once=True),
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


def for_whom(tier: PriceTier) -> str:
    """The staff of a tier in words, its region with them."""
    return f"{_staff(tier)}，{tier.region}" if tier.region else _staff(tier)


def _valid_from(tier: PriceTier) -> date | None:
    """The first day of the version that speaks today, else of the next one published."""
    published = [version for version in tier.versions if version.state == PUBLISHED]
    started = [version for version in published if version.valid_from <= clock.today()]
    shown = started[-1] if started else published[0] if published else None
    return shown.valid_from if shown else None


def _staff(tier: PriceTier) -> str:
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
        Field("name", _l("Name"), searchable=True, sortable=True, required=True, maximum=60),
        Field("for_whom", _l("For whom"), value=_staff),
        Field("region", _l("Region"), value=lambda tier: tier.region or ""),
        Field(
            "valid_from",
            _l("Valid from"),
            kind="date",
            value=_valid_from,
        ),
        Field("active", _l("In use"), kind="bool", filterable=True),
    ),
    list_fields=("name", "for_whom", "region", "valid_from", "active"),
    sections=(Section(_l("Price tier"), ("name", "for_whom", "region", "valid_from", "active")),),
    form_sections=(Section(_l("Price tier"), ("name", "active")),),
    order="name",
    loads=_whole_tier,
    detail_loads=_whole_tier,
    title=lambda row: row.name,
)

PRICE_VERSION = Entity(
    name="price_tier_version",
    model=PriceTierVersion,
    label=_l("Price version"),
    plural=_l("Price versions"),
    group=_l("Settings"),
    icon="tags",
    fields=(
        Field("tier", _l("Price tier"), value=lambda version: version.tier.name),
        Field("for_whom", _l("For whom"), value=lambda version: for_whom(version.tier)),
        Field("valid_from", _l("Valid from"), kind="date", sortable=True, filterable=True),
        Field("valid_until", _l("Valid until"), kind="date"),
        Field(
            "state",
            _l("State"),
            kind="state",
            choices={state: words for state, (words, _tone) in PRICE_VERSION_LIFECYCLE.states.items()},
            filterable=True,
        ),
    ),
    list_fields=("tier", "for_whom", "valid_from", "valid_until", "state"),
    order="-valid_from",
    loads=_version_with_tier,
    where=lambda: [PriceTierVersion.tier_id.in_(select(PriceTier.id))],
    title=lambda row: row.name,
    lifecycle=PRICE_VERSION_LIFECYCLE,
)
