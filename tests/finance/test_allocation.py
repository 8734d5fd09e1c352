from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.finance.allocation import OpenItem, allocate
from app.platform.money import from_fen

JUNE = OpenItem(1, date(2026, 6, 1), Decimal("300.00"))
APRIL = OpenItem(2, date(2026, 4, 1), Decimal("200.00"))
ALSO_APRIL = OpenItem(3, date(2026, 4, 1), Decimal("100.00"))
ITEMS = [JUNE, ALSO_APRIL, APRIL]


@pytest.mark.parametrize(
    ("amount", "named", "parts", "advance"),
    [
        ("150.00", (), [(2, "150.00")], "0.00"),
        ("250.00", (), [(2, "200.00"), (3, "50.00")], "0.00"),
        ("700.00", (), [(2, "200.00"), (3, "100.00"), (1, "300.00")], "100.00"),
        ("350.00", (1,), [(1, "300.00"), (2, "50.00")], "0.00"),
        ("320.00", (3, 1, 3), [(3, "100.00"), (1, "220.00")], "0.00"),
    ],
)
def test_named_items_first_then_the_oldest_and_the_rest_is_an_advance(
    amount: str, named: tuple[int, ...], parts: list[tuple[int, str]], advance: str
) -> None:
    found = allocate(Decimal(amount), ITEMS, named=named)
    assert [(item_id, str(paid)) for item_id, paid in found.parts] == parts
    assert str(found.advance) == advance


def test_without_open_items_all_is_an_advance() -> None:
    paid_up = OpenItem(4, date(2026, 1, 1), Decimal("0.00"))
    assert allocate(Decimal("10.00"), [paid_up]).advance == Decimal("10.00")


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001"])
def test_amounts_that_are_no_receipt_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"positive|digits"):
        allocate(Decimal(amount), ITEMS)


def test_naming_what_is_not_open_is_refused() -> None:
    with pytest.raises(ValueError, match="not open"):
        allocate(Decimal("10.00"), ITEMS, named=(99,))


amounts = st.integers(1, 1_000_000).map(from_fen)


@given(
    amounts,
    st.lists(st.tuples(st.integers(0, 400), amounts), max_size=12),
    st.sets(st.integers(0, 11), max_size=4),
)
def test_nothing_is_lost_nothing_overpaid_and_nothing_younger_paid_before_an_older(
    amount: Decimal, rows: list[tuple[int, Decimal]], wanted: set[int]
) -> None:
    items = [
        OpenItem(number, date(2025, 1, 1) + timedelta(days=days), open_amount)
        for number, (days, open_amount) in enumerate(rows)
    ]
    named = [number for number in sorted(wanted) if number < len(items)]
    found = allocate(amount, items, named=named)
    paid = dict(found.parts)
    assert found.allocated + found.advance == amount
    assert all(0 < part <= items[number].open for number, part in paid.items())
    if found.advance:
        assert found.allocated == sum(item.open for item in items)
    for item in items:
        is_short = paid.get(item.item_id, 0) < item.open
        younger_paid = any(
            other.due > item.due and other.item_id in paid and other.item_id not in named for other in items
        )
        assert not (is_short and younger_paid)
