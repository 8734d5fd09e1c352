"""Values of custom fields: between a form, the JSON column `extra`, and SQL.

In JSON an amount is whole fen, a number its digits as text, a day ISO text, a colleague the person's id, a
file the id and name of the stored file. What is not there is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ColumnElement, Dialect, Float, String, TypeDecorator, cast, type_coerce

from app.platform.custom_fields import Definition
from app.platform.days import parse_day
from app.platform.half_width import half_width
from app.platform.money import Money, from_fen, parse_money, to_fen

LARGEST_NUMBER = Decimal(10) ** 12
_DIGITS_AFTER_POINT = 6


class IsoDay(TypeDecorator[date]):
    """A day kept as ISO text inside JSON."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return value.isoformat() if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if value else None

    @property
    def python_type(self) -> type[Any]:
        return date


def parse_number(text: str) -> Decimal:
    """The number a person wrote: a sign, thousands and six digits after the point at most.

    Raises ValueError for anything else, and for a million millions and more.
    """
    plain = half_width(text).replace(",", "").replace(" ", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise ValueError(text) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number) >= LARGEST_NUMBER or -exponent > _DIGITS_AFTER_POINT:
        raise ValueError(text)
    return number


def number_text(number: Decimal) -> str:
    """The number without an exponent and without zeros nobody typed a point for."""
    return format(number.normalize() + 0, "f")


def to_json(kind: str, value: Any) -> Any:
    """A checked value as `extra` keeps it; None for nothing."""
    if value in (None, "", [], ()):
        return None
    match kind:
        case "money":
            return to_fen(value)
        case "number":
            return number_text(value)
        case "date":
            return value.isoformat()
        case "person":
            return int(value)
    return list(value) if kind == "choices" else value


def from_json(kind: str, kept: Any) -> Any:
    """The value again: Decimal for amounts and numbers, a day, text, a list of codes, an id."""
    if kept is None:
        return None
    if kind == "money":
        return from_fen(int(kept))
    if kind == "number":
        return Decimal(kept)
    return date.fromisoformat(kept) if kind == "date" else kept


def kept_of(row: Any, name: str) -> Any:
    return (row.extra or {}).get(name)


def put(row: Any, values: Mapping[str, Any]) -> None:
    """Give the row these values (as JSON keeps them); None takes one away, others stay."""
    before = row.extra or {}
    after = {name: value for name, value in {**before, **values}.items() if value is not None}
    if after != before:
        row.extra = after


def column_of(model: type[Any], field: Definition) -> ColumnElement[Any]:
    """The value in SQL, typed so that it sorts and compares as a person expects."""
    text = model.extra[field.name].as_string()
    if field.kind == "money":
        return type_coerce(cast(text, BigInteger), Money)
    if field.kind == "number":
        return cast(text, Float)
    if field.kind == "date":
        return type_coerce(text, IsoDay)
    return cast(text, BigInteger) if field.kind == "person" else text


def parse(field: Definition, text: str, people: Mapping[int, str]) -> Any:
    """The value a cell of a sheet or a preset says, as `extra` keeps it. Raises ValueError in words."""
    text = text.strip()
    if not text:
        return None
    try:
        return _parse(field, text, people)
    except (ValueError, KeyError):
        raise ValueError(
            _l("“%(text)s” does not fit “%(field)s”.", text=text[:30], field=field.label)
        ) from None


def _parse(field: Definition, text: str, people: Mapping[int, str]) -> Any:
    codes = {label: code for code, label in field.choices} | {code: code for code, _label in field.choices}
    match field.kind:
        case "money":
            return to_fen(parse_money(text))
        case "number":
            return number_text(parse_number(text))
        case "date":
            return parse_day(text).isoformat()
        case "choice":
            return codes[text]
        case "choices":
            parts = text.replace("，", "、").replace(",", "、").split("、")
            return list(dict.fromkeys(codes[part.strip()] for part in parts))
        case "person":
            (pk,) = (pk for pk, name in people.items() if name == text)
            return pk
        case "file":
            raise ValueError(text)
    if len(text) > (4000 if field.kind == "long" else 200):
        raise ValueError(text)
    return text
