"""The business types an agency starts with, read from ``presets/business_types.csv``.

How the file writes things down: items are separated by ``;``, ``(选)`` marks an optional one and its name
tells its kind (代垫, 第三方, 押金 …). Steps are separated by ``→``; ``[item]`` ties a step to an item and
``[]`` to none, ``*`` makes it a milestone the salesperson hears of. Prices, difficulty and durations are
placeholders for an agency to replace.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from app.catalogue.item_kinds import ItemKind
from app.platform.money import ZERO, quantise

_PRESET = Path(__file__).with_name("presets") / "business_types.csv"
_OPTIONAL = "(选)"
_STEP = re.compile(r"(?P<name>[^\[*]+)(?P<tie>\[(?P<item>[^\]]*)\])?(?P<milestone>\*?)")
_WORDS_OF_KINDS = (
    (ItemKind.THIRD_PARTY, ("第三方",)),
    (ItemKind.DEPOSIT, ("押金",)),
    # 代收代付 is money passed on (social insurance): revenue would be wrong.
    (ItemKind.PAID_ON_BEHALF, ("代垫", "官费", "规费", "工本", "代收代付")),
)
_DIFFICULTY_UP_TO_DAYS = (5, 10, 30, 70)


class Billing(StrEnum):
    ONCE = "once"
    PER_CASE = "per_case"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class ItemPreset:
    """A detail item; prices in yuan, per month or year when the type is billed so."""

    code: str
    name: str
    kind: ItemKind
    optional: bool
    standard_price: Decimal
    authority_price: Decimal


@dataclass(frozen=True)
class StepPreset:
    """A step of the work item.

    An optional step applies only when the item of ``item_code`` was sold; without an item code only when
    somebody adds it by hand.
    """

    code: str
    name: str
    optional: bool
    item_code: str | None
    milestone: bool


@dataclass(frozen=True)
class BusinessTypePreset:
    """``duration_days`` is the upper end in working days; difficulty runs from 1 to 5 by duration.

    ``note`` keeps duration, price range and billing as the source words them.
    """

    code: str
    group: str
    name: str
    recurring: bool
    billing: Billing
    items: tuple[ItemPreset, ...]
    steps: tuple[StepPreset, ...]
    difficulty: int
    duration_days: int
    note: str


@cache
def business_type_presets() -> tuple[BusinessTypePreset, ...]:
    """All presets in the order of the list. Their codes are stable: SL01, item SL01-I1, step SL01-S2."""
    with _PRESET.open(encoding="utf-8", newline="") as file:
        return tuple(_business_type(row) for row in csv.DictReader(file))


def _business_type(row: Mapping[str, str]) -> BusinessTypePreset:
    items = _items(row)
    return BusinessTypePreset(
        code=row["code"],
        group=row["group"],
        name=row["name"],
        recurring=row["recurring"] == "yes",
        billing=Billing(row["billing"]),
        items=items,
        steps=_steps(row, {item.name: item.code for item in items}),
        difficulty=1 + sum(int(row["workdays"]) > limit for limit in _DIFFICULTY_UP_TO_DAYS),
        duration_days=int(row["workdays"]),
        note=f"周期 {row['duration']}；价格 {row['price']}；收费 {row['billing_note']}",
    )


def _items(row: Mapping[str, str]) -> tuple[ItemPreset, ...]:
    """The items; the price range belongs to the first one, the others start at zero."""
    low, high = Decimal(row["price_low"]), Decimal(row["price_high"])
    first = (quantise(high), quantise((low + high) / 2))
    return tuple(
        _item(f"{row['code']}-I{place}", text, first if place == 1 else (ZERO, ZERO))
        for place, text in enumerate(row["items"].split(";"), start=1)
    )


def _item(code: str, text: str, prices: tuple[Decimal, Decimal]) -> ItemPreset:
    name = text.removesuffix(_OPTIONAL)
    return ItemPreset(code, name, _kind(name), name != text, *prices)


def _kind(name: str) -> ItemKind:
    found = (kind for kind, words in _WORDS_OF_KINDS if any(word in name for word in words))
    return next(found, ItemKind.SERVICE_FEE)


def _steps(row: Mapping[str, str], item_codes: Mapping[str, str]) -> tuple[StepPreset, ...]:
    return tuple(
        _step(f"{row['code']}-S{place}", text, item_codes)
        for place, text in enumerate(row["steps"].split("→"), start=1)
    )


def _step(code: str, text: str, item_codes: Mapping[str, str]) -> StepPreset:
    found = _STEP.fullmatch(text)
    if not found:
        raise ValueError(f"{code} is no step: {text}")
    item_code = item_codes[found["item"]] if found["item"] else None
    return StepPreset(code, found["name"], found["tie"] is not None, item_code, bool(found["milestone"]))
