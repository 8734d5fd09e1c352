from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, func, insert, literal, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import StatementError

from app.platform.half_width import half_width
from app.platform.money import (
    LARGEST,
    Money,
    MoneyInvalid,
    format_money,
    from_fen,
    parse_money,
    parse_signed_money,
    quantise,
    share,
    to_fen,
)

amounts = st.integers(-to_fen(LARGEST), to_fen(LARGEST)).map(from_fen)
entries = Table("entries", MetaData(), Column("id", Integer, primary_key=True), Column("amount", Money))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234", "1234.00"),
        ("1,234.5", "1234.50"),
        ("¥ 1,234.56", "1234.56"),
        ("￥１，２３４．５６", "1234.56"),
        (" 300元 ", "300.00"),
        ("0", "0.00"),
        ("007", "7.00"),
        ("9,999,999,999.99", "9999999999.99"),
        ("-0", "0.00"),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, amount: str) -> None:
    assert str(parse_money(text)) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("　", "empty"),
        ("¥", "empty"),
        ("()", "empty"),
        ("-5", "negative"),
        ("(5.00)", "negative"),
        ("1.005", "too_many_digits"),
        ("10000000000", "too_large"),
        ("9" * 4000, "too_large"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("1e5", "not_a_number"),
        ("1,23,4", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x10", "not_a_number"),
        ("10²", "not_a_number"),
        ("٣", "not_a_number"),
        ("--5", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("12 34", "not_a_number"),
        ("三百", "not_a_number"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(MoneyInvalid) as refused:
        parse_money(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text", ["-1,234.50", "−1234.5", "－1234.50", "(1,234.50)", "（¥1,234.50）", "¥-1234.5"]
)
def test_statements_may_be_negative(text: str) -> None:
    assert parse_signed_money(text) == Decimal("-1234.50")


@given(st.text(max_size=40))
def test_any_text_gives_an_amount_in_range_or_a_reason(text: str) -> None:
    try:
        amount = parse_money(text)
    except MoneyInvalid as refused:
        assert refused.code
    else:
        assert 0 <= amount <= LARGEST
        assert amount.as_tuple().exponent == -2


@given(amounts)
def test_what_is_shown_can_be_typed_again(amount: Decimal) -> None:
    assert parse_signed_money(format_money(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("1234", "1,234.00"), ("-1234567.5", "−1,234,567.50"), ("-0.001", "0.00"), ("0.005", "0.01")],
)
def test_amounts_are_shown_with_thousands_and_a_true_minus(amount: str, shown: str) -> None:
    assert format_money(Decimal(amount)) == shown


def test_rounding_is_half_up_to_the_fen() -> None:
    assert [quantise(Decimal(text)) for text in ("2.675", "2.665", "-2.675")] == [
        Decimal("2.68"),
        Decimal("2.67"),
        Decimal("-2.68"),
    ]


@given(amounts, st.lists(st.integers(0, 10_000), min_size=1, max_size=30).filter(any))
def test_shares_add_up_exactly_and_are_fair_to_the_fen(total: Decimal, weights: list[int]) -> None:
    shares = share(total, weights)
    assert sum(shares) == total
    for part, weight in zip(shares, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < Decimal("0.010001")
        assert weight or part == 0


def test_left_over_fen_go_to_the_first_of_equals() -> None:
    assert share(Decimal("100.00"), [1, 1, 1]) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert share(Decimal("0"), [0, 0]) == [Decimal("0.00")] * 2
    with pytest.raises(ValueError, match="weights"):
        share(Decimal("1"), [0, 0])


def test_full_width_becomes_plain_and_nothing_else_is_folded() -> None:
    assert half_width("　ＡＢ１２３－￥\u200b ") == "AB123-¥"
    assert half_width("10²①") == "10²①"


@pytest.fixture
def connection() -> Any:
    with create_engine("sqlite://").connect() as connection:
        entries.metadata.create_all(connection)
        yield connection


def store(connection: Connection, *values: Any) -> None:
    connection.execute(insert(entries), [{"amount": value} for value in values])


def test_money_is_stored_as_whole_fen_and_sums_are_exact(connection: Connection) -> None:
    store(connection, *[Decimal("0.10")] * 1000, Decimal("9999999999.99"), None)
    total, highest = connection.execute(select(func.sum(entries.c.amount), func.max(entries.c.amount))).one()
    assert str(total) == "10000000099.99"
    assert str(highest) == "9999999999.99"
    assert connection.exec_driver_sql("SELECT max(amount) FROM entries").scalar_one() == 999999999999


def test_money_compares_adds_and_scales_in_yuan(connection: Connection) -> None:
    store(connection, Decimal("10.50"))
    store(connection, Decimal("1.00"))
    amount, number = entries.c.amount, entries.c.id
    found = [
        (amount + Decimal("1.00"), "11.50"),
        (amount - amount, "0.00"),
        (amount * 3, "31.50"),
        (3 * amount, "31.50"),
        (amount * number, "10.50"),
        (amount / 4, "2.63"),
        (Decimal("20.00") - amount, "9.50"),
        (-amount, "-10.50"),
        (func.coalesce(amount, 0), "10.50"),
        (func.sum(amount - 1).over(), "9.50"),
    ]
    above = (amount > 10, amount == Decimal("10.50"), amount < literal(Decimal("10.51"), Money))
    row = connection.execute(select(*[expression for expression, _ in found]).where(*above)).one()
    assert [str(value) for value in row] == [expected for _, expected in found]


def test_money_divided_by_money_is_a_plain_ratio(connection: Connection) -> None:
    store(connection, Decimal("10.50"))
    ratio = connection.execute(select(entries.c.amount / func.sum(entries.c.amount))).scalar_one()
    assert ratio == 1


@pytest.mark.parametrize("value", [1.5, "1.50", True, Decimal("1.005"), Decimal("NaN")])
def test_money_refuses_floats_and_parts_of_a_fen(connection: Connection, value: Any) -> None:
    with pytest.raises((StatementError, TypeError, ValueError)):
        store(connection, value)
