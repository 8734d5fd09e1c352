"""Amounts of yuan: ``Decimal`` with two digits in Python, whole fen in the database.

Binary floats are refused everywhere. Whole fen make sums exact on SQLite and PostgreSQL alike.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Float, Integer, type_coerce
from sqlalchemy.sql import operators
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.platform.half_width import half_width

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("9999999999.99")

_AMOUNT = re.compile(r"(?P<whole>\d+|\d{1,3}(?:,\d{3})+)(?:\.(?P<part>\d+))?", re.ASCII)
_DECORATION = re.compile(
    r"^(?P<minus>-?)\s*(?:¥|CNY|RMB)?\s*(?P<inner_minus>-?)\s*(?P<figure>\S*?)\s*元?$", re.I
)
_SCALING = {operators.mul, operators.truediv, operators.floordiv, operators.mod}
_KEEPS_UNIT = {operators.add, operators.sub, operators.mul, operators.truediv, operators.neg}


class MoneyInvalid(ValueError):
    """Text that is no amount: empty, not_a_number, too_many_digits, negative or too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def quantise(amount: Decimal) -> Decimal:
    """The amount rounded half up (away from zero) to the fen."""
    rounded = amount.quantize(FEN, ROUND_HALF_UP)
    return rounded if rounded else ZERO


def to_fen(amount: Decimal | int) -> int:
    """The exact number of fen. Raises TypeError for a float, ValueError for parts of a fen."""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise TypeError(f"money is a Decimal, not {type(amount).__name__}")
    fen = Decimal(amount) * 100
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError(f"money has at most two digits: {amount}")
    return int(fen)


def from_fen(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def parse_money(text: str) -> Decimal:
    """The amount a person typed, zero or more. Raises MoneyInvalid."""
    amount = parse_signed_money(text)
    if amount < 0:
        raise MoneyInvalid("negative")
    return amount


def parse_signed_money(text: str) -> Decimal:
    """The amount of a statement or sheet: a leading minus or brackets make it negative."""
    plain = half_width(text)
    bracketed = len(plain) > 1 and plain[0] == "(" and plain[-1] == ")"
    found = _DECORATION.match(plain[1:-1].strip() if bracketed else plain)
    if not plain or (found and not found["figure"]):
        raise MoneyInvalid("empty")
    minuses = bracketed + bool(found and found["minus"]) + bool(found and found["inner_minus"])
    if not found or minuses > 1:
        raise MoneyInvalid("not_a_number")
    size = _parse_figure(found["figure"])
    return -size if minuses and size else size


def format_money(amount: Decimal) -> str:
    """``1,234.00``, with a true minus sign: ``−5.00``."""
    rounded = quantise(amount)
    return f"{'−' if rounded < 0 else ''}{abs(rounded):,.2f}"


def share(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """The total split in proportion to the weights, to the fen, adding up exactly.

    Left-over fen go to the largest remainders, earlier ones first. Weights are not negative and not all
    zero (ValueError), except that a total of zero may be shared over anything.
    """
    parts = [Fraction(weight) for weight in weights]
    whole, fen = sum(parts, Fraction()), to_fen(total)
    if any(part < 0 for part in parts) or (not whole and fen):
        raise ValueError("weights must be positive to share an amount")
    if not fen:
        return [ZERO] * len(parts)
    sign = -1 if fen < 0 else 1
    exact = [abs(fen) * part / whole for part in parts]
    shares = [int(each) for each in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: abs(fen) - sum(shares)]:
        shares[place] += 1
    return [from_fen(sign * each) for each in shares]


class _MoneyComparator(TypeDecorator.Comparator[Decimal]):
    """Sums, differences and multiples of money are money; money by money is a plain ratio."""

    def operate(self, op: OperatorType, *other: Any, **options: Any) -> ColumnElement[Any]:
        result = super().operate(op, *other, **options)
        if op is operators.truediv and isinstance(getattr(other[0], "type", None), Money):
            return type_coerce(result, Float())
        return type_coerce(result, Money()) if op in _KEEPS_UNIT else result

    def reverse_operate(self, op: OperatorType, other: Any, **options: Any) -> ColumnElement[Any]:
        result = super().reverse_operate(op, other, **options)
        return type_coerce(result, Money()) if op in _KEEPS_UNIT else result


class Money(TypeDecorator[Decimal]):
    """A column of yuan, kept as whole fen; sum, min, max and coalesce of it come back as yuan.

    So do sums and differences of such columns, and multiples and fractions by whole numbers. Money divided
    by money is a plain ratio (a float). ``func.avg`` is not typed by SQLAlchemy: divide a sum by a count.
    """

    impl = BigInteger
    cache_ok = True
    comparator_factory = _MoneyComparator

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_fen(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return from_fen(int(Decimal(value).to_integral_value(ROUND_HALF_UP)))

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        if op in _SCALING and isinstance(value, int):
            return Integer()
        return self


def _parse_figure(figure: str) -> Decimal:
    found = _AMOUNT.fullmatch(figure)
    if not found:
        raise MoneyInvalid("not_a_number")
    if len(found["part"] or "") > 2:
        raise MoneyInvalid("too_many_digits")
    amount = Decimal(figure.replace(",", "")).quantize(FEN) if len(figure) < 25 else Decimal("Infinity")
    if amount > LARGEST:
        raise MoneyInvalid("too_large")
    return amount
