"""What an agency starts with: the business types of the preset list and a price tier for each sales role.

Safe to run again: what is there by code or name is left as somebody edited it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval.models import ApprovalRule
from app.catalogue.effects import KIND, publish
from app.catalogue.models import (
    BusinessType,
    DetailItem,
    PriceTier,
    PriceTierVersion,
    StepTemplate,
    TierPrice,
)
from app.catalogue.presets import Billing, BusinessTypePreset, ItemPreset, business_type_presets
from app.catalogue.states import DRAFT
from app.catalogue.transitions import PRICE_VERSION_LIFECYCLE
from app.platform.money import ZERO, quantise

BOOKKEEPING = frozenset({"JZ01", "JZ02", "JZ03", "JZ04", "JZ05"})

# name, role, share of the authority price of the list: the further up, the lower one may sell.
TIERS = (
    ("业务员标准价", "salesperson", Decimal(1)),
    ("销售主管价", "sales_manager", Decimal("0.85")),
    ("总经理价", "principal", Decimal(0)),
)
FIRST_DAY = date(2020, 1, 1)
RULE = "改价格体系"

_REQUIRED_FIELDS = {
    "公司设立": ["uscc", "legal_person", "address", "founded_on"],
    "代理记账": ["uscc", "legal_person", "taxpayer_kind"],
}
_USUAL_FIELDS = ["uscc", "legal_person"]

_NEEDS: dict[str, list[dict[str, Any]]] = {
    "公司设立": [
        {"name": "planned_name", "label": "拟用名称", "kind": "text"},
        {"name": "registered_address", "label": "注册地址", "kind": "text"},
        {"name": "registered_capital", "label": "注册资本", "kind": "money"},
        {"name": "quote", "label": "报价", "kind": "money"},
    ],
    "代理记账": [
        {
            "name": "taxpayer_kind",
            "label": "纳税人类型",
            "kind": "choice",
            "choices": [["small_scale", "小规模纳税人"], ["general", "一般纳税人"]],
        },
        {"name": "monthly_papers", "label": "月票量", "kind": "int"},
        {"name": "start_month", "label": "起记月份", "kind": "text"},
        {"name": "quote", "label": "报价", "kind": "money"},
    ],
}


def lay_down(session: Session) -> None:
    """Create business types and tiers that are not there yet."""
    known = set(session.scalars(select(BusinessType.code)))
    fresh = {
        preset.code: _business_type(preset) for preset in business_type_presets() if preset.code not in known
    }
    session.add_all(fresh.values())
    session.flush()
    for preset in business_type_presets():
        if preset.code in fresh:
            _tie_steps(preset, fresh[preset.code])
    session.flush()
    _lay_down_tiers(session)
    _lay_down_rule(session)


def _business_type(preset: BusinessTypePreset) -> BusinessType:
    return BusinessType(
        code=preset.code,
        group=preset.group,
        name=preset.name,
        recurring=preset.recurring,
        bookkeeping=preset.code in BOOKKEEPING,
        billing=preset.billing.value,
        duration_days=preset.duration_days,
        difficulty=preset.difficulty,
        note=preset.note,
        closing_checks=closing_checks(preset),
        need_fields=_NEEDS.get(preset.group, []) if preset.group != "代理记账" or preset.recurring else [],
        items=[
            DetailItem(
                code=item.code,
                name=item.name,
                kind=item.kind.value,
                optional=item.optional,
                position=place,
            )
            for place, item in enumerate(preset.items, start=1)
        ],
        steps=[
            StepTemplate(
                code=step.code,
                name=step.name,
                position=place,
                optional=step.optional,
                milestone=step.milestone,
            )
            for place, step in enumerate(preset.steps, start=1)
        ],
    )


def closing_checks(preset: BusinessTypePreset) -> list[list[Any]]:
    """The three conditions of closing, or of opening when the type recurs (spec 2-lifecycle, Closing)."""
    paid = "first_instalment_booked" if preset.recurring else "paid_in_full"
    fields = (
        _REQUIRED_FIELDS["代理记账"]
        if preset.code in BOOKKEEPING
        else _REQUIRED_FIELDS["公司设立"]
        if preset.group == "公司设立"
        else _USUAL_FIELDS
    )
    return [[paid, {}], ["company_data_complete", {"fields": fields}], ["steps_finished", {}]]


def _tie_steps(preset: BusinessTypePreset, row: BusinessType) -> None:
    """Say which item a step waits for; items have no number before they are saved."""
    item_ids = {item.code: item.id for item in row.items}
    waits_for = {step.code: step.item_code for step in preset.steps}
    for step in row.steps:
        item_code = waits_for[step.code]
        step.item_id = item_ids[item_code] if item_code else None


def _lay_down_tiers(session: Session) -> None:
    known = set(session.scalars(select(PriceTier.name)))
    items = dict(session.execute(select(DetailItem.code, DetailItem.id)).tuples().all())
    for name, role, share in TIERS:
        if name in known:
            continue
        version = PriceTierVersion(valid_from=FIRST_DAY)
        version.prices = [
            _price(preset, item, share, items[item.code])
            for preset in business_type_presets()
            for item in preset.items
            if item.code in items
        ]
        version.tier = PriceTier(name=name, role=role)
        PRICE_VERSION_LIFECYCLE.begin(session, version, DRAFT, title="drafted prices")
        publish(session, version)


def _lay_down_rule(session: Session) -> None:
    """New prices are for the principal to approve; what somebody edited or switched off stays so."""
    if session.scalar(select(ApprovalRule.id).where(ApprovalRule.kind == KIND)) is None:
        session.add(
            ApprovalRule(
                name=RULE,
                kind=KIND,
                fact="rows",
                comparison=">",
                threshold=ZERO,
                approver="role",
                role="principal",
            )
        )
        session.flush()


def _price(preset: BusinessTypePreset, item: ItemPreset, share: Decimal, item_id: int) -> TierPrice:
    """Tiers hold recurring prices per month; the list words some per year."""
    months = 12 if preset.recurring and preset.billing is Billing.YEAR else 1
    return TierPrice(
        item_id=item_id,
        reference_price=quantise(item.standard_price / months),
        authority_price=quantise(item.authority_price * share / months) if share else ZERO,
    )
