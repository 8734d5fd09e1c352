from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contracts.instalments import (
    INTERVALS,
    PaymentOrder,
    PlanLine,
    Recurrence,
    split_by_line,
    standard_plan,
)
from app.platform.money import from_fen

ON_BEHALF, ONE_OFF, RECURRING = PaymentOrder
ACTIVATED = date(2026, 3, 20)


def year_of_books(interval: int, *, gift: int = 0, amount: str = "3600.00") -> PlanLine:
    return PlanLine(3, Decimal(amount), RECURRING, Recurrence(date(2026, 4, 1), 12, gift, interval))


seal = PlanLine(1, Decimal("300.00"), ON_BEHALF)
formation = PlanLine(2, Decimal("1000.00"), ONE_OFF)


def test_one_off_work_is_due_seven_days_after_activation_and_periods_on_their_first_day() -> None:
    plan = standard_plan([year_of_books(3), formation, seal], activated_on=ACTIVATED, one_off_days=7)
    assert [(each.due, each.amount) for each in plan] == [
        (date(2026, 3, 27), Decimal("1300.00")),
        (date(2026, 4, 1), Decimal("900.00")),
        (date(2026, 7, 1), Decimal("900.00")),
        (date(2026, 10, 1), Decimal("900.00")),
        (date(2027, 1, 1), Decimal("900.00")),
    ]
    assert [part.line_id for part in plan[0].parts] == [1, 2]


@pytest.mark.parametrize(("interval", "count"), [(1, 12), (3, 4), (6, 2), (12, 1)])
def test_gift_months_lengthen_the_last_period_and_cost_nothing(interval: int, count: int) -> None:
    plan = standard_plan([year_of_books(interval, gift=2)], activated_on=ACTIVATED, one_off_days=7)
    assert len(plan) == count
    assert plan[-1].parts[0].covers is not None
    assert plan[-1].parts[0].covers[1] == date(2027, 5, 31)
    assert {each.amount for each in plan} == {Decimal(3600) / count}


def test_a_last_short_period_costs_its_months_only() -> None:
    line = PlanLine(3, Decimal("2100.00"), RECURRING, Recurrence(date(2026, 1, 1), 7, 0, 3))
    plan = standard_plan([line], activated_on=ACTIVATED, one_off_days=7)
    assert [each.amount for each in plan] == [Decimal("900"), Decimal("900"), Decimal("300")]
    assert plan[-1].parts[0].covers == (date(2026, 7, 1), date(2026, 7, 31))


def test_lines_due_on_the_same_day_make_one_instalment_in_payment_order() -> None:
    other = PlanLine(4, Decimal("600.00"), RECURRING, Recurrence(date(2026, 4, 1), 12, 0, 12))
    plan = standard_plan([year_of_books(12), seal, other], activated_on=date(2026, 3, 25), one_off_days=7)
    assert [[part.line_id for part in each.parts] for each in plan] == [[1, 3, 4]]


def test_free_lines_ask_for_nothing() -> None:
    assert (
        standard_plan([PlanLine(1, Decimal("0.00"), ONE_OFF)], activated_on=ACTIVATED, one_off_days=7) == []
    )


def test_agreed_amounts_pay_on_behalf_first_then_one_off_then_recurring() -> None:
    dated = [(date(2026, 5, 1), Decimal("3600.00")), (date(2026, 4, 1), Decimal("1300.00"))]
    plan = split_by_line(dated, [year_of_books(12), formation, seal])
    assert [[(part.line_id, part.amount) for part in each.parts] for each in plan] == [
        [(1, Decimal("300.00")), (2, Decimal("1000.00"))],
        [(3, Decimal("3600.00"))],
    ]


@pytest.mark.parametrize(
    "amounts", [["1299.99"], ["1300.01"], ["1400.00", "-100.00"], ["1300.00", "0.00"], []]
)
def test_agreed_amounts_that_do_not_fit_the_lines_are_refused(amounts: list[str]) -> None:
    with pytest.raises(ValueError, match="instalment"):
        split_by_line([(ACTIVATED, Decimal(amount)) for amount in amounts], [formation, seal])


@pytest.mark.parametrize("months", [(12, 0, 2), (0, 3, 1), (12, -1, 1)])
def test_impossible_recurrences_are_refused(months: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="recurring"):
        Recurrence(ACTIVATED, *months)


amounts = st.integers(1, 10_000_000).map(from_fen)
recurrences = st.builds(
    Recurrence,
    st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    st.integers(1, 40),
    st.integers(0, 6),
    st.sampled_from(INTERVALS),
)
line_lists = st.lists(
    st.one_of(
        st.builds(PlanLine, st.just(0), amounts, st.sampled_from([ON_BEHALF, ONE_OFF])),
        st.builds(PlanLine, st.just(0), amounts, st.just(RECURRING), recurrences),
    ),
    min_size=1,
    max_size=6,
).map(lambda lines: [PlanLine(n, each.amount, each.order, each.recurrence) for n, each in enumerate(lines)])


@given(line_lists, st.lists(st.integers(1, 99), min_size=1, max_size=8))
def test_every_plan_adds_up_to_each_line_exactly(lines: list[PlanLine], cuts: list[int]) -> None:
    standard = standard_plan(lines, activated_on=ACTIVATED, one_off_days=7)
    total = sum((line.amount for line in lines), Decimal(0))
    fen = int(total * 100)
    inner = sorted({fen * cut // 100 for cut in cuts} - {0})
    agreed = [(ACTIVATED, from_fen(b - a)) for a, b in zip([0, *inner], [*inner, fen], strict=True) if b > a]
    for plan in (standard, split_by_line(agreed, lines)):
        assert [each.due for each in plan] == sorted(each.due for each in plan)
        for line in lines:
            parts = [part for each in plan for part in each.parts if part.line_id == line.line_id]
            assert sum(part.amount for part in parts) == line.amount
            assert all(part.amount > 0 for part in parts)
