from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.item_kinds import ItemKind
from app.contracts.pricing import (
    LinePrice,
    Superior,
    below_authority,
    check_line,
    discount_rate,
    required_authority,
)
from app.platform.money import from_fen

yuan = st.integers(0, 10_000_000).map(from_fen)


def formation(amount: str, discount: str = "0.00") -> LinePrice:
    return LinePrice(
        amount=Decimal(amount),
        discount=Decimal(discount),
        reference_price=Decimal("1500.00"),
        authority_price=Decimal("1200.00"),
    )


def bookkeeping(amount: str, paid: int, gift: int) -> LinePrice:
    return LinePrice(
        amount=Decimal(amount),
        reference_price=Decimal("300.00"),
        authority_price=Decimal("260.00"),
        recurring=True,
        paid_months=paid,
        gift_months=gift,
    )


@pytest.mark.parametrize(
    ("line", "unit_price", "below", "rate"),
    [
        (formation("1500.00"), "1500.00", "0.00", "0"),
        (formation("1200.00"), "1200.00", "0.00", "0.2"),
        (formation("1199.99"), "1199.99", "0.01", "0.20000667"),
        (formation("1500.00", discount="150.00"), "1350.00", "0.00", "0.1"),
        (formation("1800.00", discount="300.00"), "1500.00", "0.00", "0"),
        (bookkeeping("3600.00", paid=12, gift=0), "300.00", "0.00", "0"),
        (bookkeeping("3600.00", paid=12, gift=2), "257.14", "40.00", "0.14285714"),
        (bookkeeping("3120.00", paid=10, gift=2), "260.00", "0.00", "0.13333333"),
    ],
)
def test_a_line_is_held_against_its_tier(line: LinePrice, unit_price: str, below: str, rate: str) -> None:
    verdict = check_line(line)
    assert (str(verdict.unit_price), str(verdict.below_authority)) == (unit_price, below)
    assert round(verdict.discount_rate, 8) == Decimal(rate)


def test_one_fen_below_over_many_units_is_not_lost_in_rounding() -> None:
    line = LinePrice(amount=Decimal("999.99"), authority_price=Decimal("10.00"), quantity=100)
    verdict = check_line(line)
    assert verdict.unit_price == Decimal("10.00")
    assert verdict.below_authority == Decimal("0.01")


@pytest.mark.parametrize("kind", [kind for kind in ItemKind if kind is not ItemKind.SERVICE_FEE])
def test_only_service_fees_count(kind: ItemKind) -> None:
    paid_through = LinePrice(
        amount=Decimal("1.00"), reference_price=Decimal("9"), authority_price=Decimal("9"), kind=kind
    )
    verdict = check_line(paid_through)
    assert verdict.below_authority == verdict.discount_rate == 0
    assert discount_rate([paid_through, formation("1500.00")]) == 0


def test_ten_per_cent_off_the_contract_is_exactly_a_tenth() -> None:
    lines = [formation("1500.00"), bookkeeping("3120.00", paid=12, gift=0)]
    assert discount_rate([*lines[:1], bookkeeping("3090.00", paid=12, gift=0)]) == Decimal("0.1")
    assert discount_rate(lines) < Decimal("0.1")


def test_without_a_reference_price_the_discount_itself_is_measured() -> None:
    assert discount_rate([LinePrice(amount=Decimal("200"), discount=Decimal("50"))]) == Decimal("0.25")
    assert discount_rate([LinePrice(amount=Decimal("0"))]) == 0
    assert discount_rate([]) == 0


def test_the_first_superior_whose_authority_covers_every_low_line_is_asked() -> None:
    lines = [formation("1100.00"), bookkeeping("3000.00", paid=12, gift=0), formation("1500.00")]
    manager = Superior("manager", (Decimal("1000.00"), Decimal("255.00"), None))
    director = Superior("director", (Decimal("1100.00"), Decimal("250.00"), None))
    principal = Superior("principal", (Decimal("0.00"), Decimal("0.00"), Decimal("0.00")))
    assert required_authority(lines, [manager, director, principal]) == "director"
    assert required_authority(lines, [manager]) is None
    assert below_authority(lines) == Decimal("220.00")


@pytest.mark.parametrize("months", [(0, 0), (-1, 0)])
def test_a_recurring_line_lasts_at_least_a_month(months: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="month"):
        bookkeeping("100.00", paid=months[0], gift=months[1])


@given(yuan, yuan, yuan, st.integers(1, 50), st.integers(1, 24), st.integers(0, 6))
def test_a_line_is_below_exactly_when_its_net_does_not_reach_the_authority_total(
    amount: Decimal, discount: Decimal, authority: Decimal, quantity: int, paid: int, gift: int
) -> None:
    line = LinePrice(
        amount=amount,
        discount=discount,
        authority_price=authority,
        quantity=quantity,
        recurring=True,
        paid_months=paid,
        gift_months=gift,
    )
    below = check_line(line).below_authority
    assert (below > 0) == (amount - discount < authority * quantity * (paid + gift))
    assert amount - discount + below >= authority * quantity * (paid + gift)
