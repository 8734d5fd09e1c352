from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookkeeping.periods import Month, due_date, period_ending_in, periods_due_in
from app.bookkeeping.tax_types import Frequency, tax_types
from app.platform.filing_deadlines import Deadline, Source, filing_deadline

M, Q, H, Y = Frequency
LONG_AGO = (2000, 1)


@pytest.mark.parametrize(
    ("month", "code", "frequency", "label", "due"),
    [
        ((2026, 4), "VAT_G", M, "2026-03", date(2026, 4, 20)),
        ((2026, 1), "VAT_G", M, "2025-12", date(2026, 1, 20)),
        ((2026, 4), "VAT_S", Q, "2026Q1", date(2026, 4, 20)),
        ((2026, 1), "CIT_Q", Q, "2025Q4", date(2026, 1, 20)),
        ((2026, 5), "VAT_S", Q, None, None),
        ((2026, 7), "HOUSE", H, "2026H1", date(2026, 7, 15)),
        ((2026, 1), "STAMP_C", Y, "2025", date(2026, 1, 20)),
        ((2026, 3), "IIT_BY", Y, "2025", date(2026, 3, 31)),
        ((2025, 5), "CIT_Y", Y, "2024", date(2025, 6, 3)),
        ((2026, 5), "CIT_Y", Y, "2025", date(2026, 6, 1)),
        ((2026, 6), "CIT_Y", Y, None, None),
        ((2026, 5), "FIN", Y, "2025", date(2026, 6, 1)),
        ((2026, 4), "FIN", Q, "2026Q1", date(2026, 4, 20)),
        ((2024, 6), "AIC_Y", Y, "2023", date(2024, 6, 30)),  # a Sunday, and never moved
        ((2026, 4), "SOC", M, "2026-04", date(2026, 4, 30)),
        ((2026, 12), "VEH", Y, "2026", date(2026, 12, 31)),
    ],
)
def test_what_is_due_in_a_month(
    month: Month, code: str, frequency: Frequency, label: str | None, due: date | None
) -> None:
    period = periods_due_in(month, code, frequency, LONG_AGO)
    assert (period and period.label) == label
    if period:
        assert due_date(code, frequency, period, filing_deadline).day == due


@pytest.mark.parametrize(
    ("start_month", "month", "code", "frequency", "label"),
    [
        ((2026, 3), (2026, 3), "VAT_G", M, None),
        ((2026, 3), (2026, 4), "VAT_G", M, "2026-03"),
        ((2026, 3), (2026, 4), "VAT_S", Q, "2026Q1"),
        ((2026, 4), (2026, 4), "VAT_S", Q, None),
        ((2025, 12), (2026, 5), "CIT_Y", Y, "2025"),
        ((2026, 1), (2026, 5), "CIT_Y", Y, None),
    ],
)
def test_the_first_period_ends_in_or_after_the_start_month(
    start_month: Month, month: Month, code: str, frequency: Frequency, label: str | None
) -> None:
    period = periods_due_in(month, code, frequency, start_month)
    assert (period and period.label) == label


def test_the_filing_calendar_in_force_is_asked() -> None:
    period = period_ending_in((2026, 3), M)
    assert period is not None
    extended = due_date(
        "VAT_G", M, period, lambda year, month: Deadline(date(year, month, 28), Source.NOTICE)
    )
    assert extended == Deadline(date(2026, 4, 28), Source.NOTICE)


def test_regional_dates_are_estimates() -> None:
    period = period_ending_in((2025, 12), Y)
    assert period is not None
    assert due_date("DISAB", Y, period, filing_deadline).source is Source.ESTIMATE
    assert due_date("CIT_Y", Y, period, filing_deadline).source is Source.RULE


rhythms = st.sampled_from([(code, each) for code, tax in tax_types().items() for each in tax.frequencies])


@given(rhythms, st.integers(2020, 2035))
def test_a_year_of_months_lays_down_each_period_once_and_none_due_before_its_month(
    rhythm: tuple[str, Frequency], year: int
) -> None:
    code, frequency = rhythm
    labels = []
    for month in range(1, 13):
        if period := periods_due_in((year, month), code, frequency, LONG_AGO):
            labels.append(period.label)
            assert due_date(code, frequency, period, filing_deadline).day >= date(year, month, 1)
    assert len(set(labels)) == len(labels) == 12 // frequency.months
