"""The taxes and filings an agency handles, and which of them a company files by default."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from app.companies.states import (
    PAYS_INCOME_TAX_AS_A_PERSON,
    CollectionMethod,
    EntityType,
    TaxpayerKind,
)

_PRESET = Path(__file__).with_name("presets") / "tax_types.csv"


class Frequency(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def months(self) -> int:
        return {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[self.value]


class DueRule(StrEnum):
    """When a period is due: by the monthly filing calendar, on its last day, or on a day of the next year."""

    FILING_CALENDAR = "filing_calendar"
    PERIOD_END = "period_end"
    YEAR_DAY = "year_day"


class EndsAt(StrEnum):
    """The last state of a filing: statements and reports end when filed."""

    FILED = "filed"
    PAID = "paid"


@dataclass(frozen=True)
class YearDay:
    """A day of the following year; it moves off rest days unless it never does."""

    month: int
    day: int
    moves: bool


@dataclass(frozen=True)
class TaxType:
    """One tax or filing. ``frequencies`` starts with the usual one; ``regional`` dates differ by place."""

    code: str
    name: str
    applies_to: str
    frequencies: tuple[Frequency, ...]
    due_rule: DueRule
    year_day: YearDay | None
    regional: bool
    ends_at: EndsAt
    basis: str
    verified: bool

    def due_rule_for(self, frequency: Frequency) -> DueRule:
        """The rule of a period of that length. Raises ValueError when the tax is not filed so often."""
        if frequency not in self.frequencies:
            raise ValueError(f"{self.code} is not filed by {frequency.value}")
        return DueRule.YEAR_DAY if frequency is Frequency.YEAR and self.year_day else self.due_rule


@cache
def tax_types() -> Mapping[str, TaxType]:
    """The preset taxes by code, in the order they are shown."""
    with _PRESET.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: _tax_type(row) for row in csv.DictReader(file)})


def default_profile(
    entity_type: EntityType, taxpayer_kind: TaxpayerKind | None, collection_method: CollectionMethod
) -> list[tuple[str, Frequency]]:
    """The taxes a company files as long as nobody says otherwise; none before its taxpayer kind is known.

    Business income assessed by the bureau has no annual settlement (IIT_BY).
    """
    if taxpayer_kind is None:
        return []
    is_general = taxpayer_kind is TaxpayerKind.GENERAL
    vat = Frequency.MONTH if is_general else Frequency.QUARTER
    profile = [("VAT_G" if is_general else "VAT_S", vat)]
    profile += [(surcharge, vat) for surcharge in ("UCT", "EDU", "LEDU")]
    profile += [("IIT_W", Frequency.MONTH)]
    profile += _income_tax(entity_type, collection_method)
    return [*profile, ("AIC_Y", Frequency.YEAR)]


def _income_tax(entity_type: EntityType, collection_method: CollectionMethod) -> list[tuple[str, Frequency]]:
    if entity_type not in PAYS_INCOME_TAX_AS_A_PERSON:
        return [("CIT_Q", Frequency.QUARTER), ("FIN", Frequency.QUARTER), ("CIT_Y", Frequency.YEAR)]
    settlement = [("IIT_BY", Frequency.YEAR)] if collection_method is CollectionMethod.BY_BOOKS else []
    return [("IIT_B", Frequency.QUARTER), *settlement]


def _tax_type(row: Mapping[str, str]) -> TaxType:
    return TaxType(
        code=row["code"],
        name=row["name"],
        applies_to=row["applies_to"],
        frequencies=tuple(Frequency(each) for each in row["frequencies"].split()),
        due_rule=DueRule(row["due_rule"] or DueRule.YEAR_DAY),
        year_day=_year_day(row["year_due"], row["year_due_moves"]),
        regional=row["regional"] == "yes",
        ends_at=EndsAt(row["ends_at"]),
        basis=row["basis"],
        verified=row["status"] == "verified",
    )


def _year_day(day: str, moves: str) -> YearDay | None:
    if not day:
        return None
    month, day_of_month = map(int, day.split("-"))
    return YearDay(month, day_of_month, moves == "moved")


ENDS_FILED = frozenset(code for code, tax in tax_types().items() if tax.ends_at is EndsAt.FILED)
"""Statements and reports: nothing is paid on them."""
