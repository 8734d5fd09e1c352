"""The contract form: header, lines with items, what was typed and what is wrong with it.

Lines are not WTForms fields: which items a line has depends on its business type, and typed text is kept
as it was whatever becomes of it. Names run lines-0-quantity, lines-0-price-17 (17 is the item).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.catalogue.models import BusinessType, DetailItem
from app.catalogue.queries import Price
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.models import Contract, ContractLine
from app.contracts.operations import PriceCheck
from app.contracts.pricing import check_line
from app.contracts.queries import priced
from app.platform.days import parse_day
from app.platform.entity import Field
from app.platform.money import ZERO, format_money, parse_money

HEADER = (
    Field(
        "customer_id",
        _l("Customer"),
        kind="remote",
        remote="customer",
        required=True,
        value=lambda row: row.customer.name,
    ),
    Field("signed_on", _l("Signed on"), kind="date"),
    Field("starts_on", _l("Term from"), kind="date", help=_l("Empty: from the lines")),
    Field("ends_on", _l("Term until"), kind="date"),
    Field("payer", _l("Payer"), maximum=120, help=_l("When it is not the company")),
    Field("invoice_wanted", _l("Invoice wanted"), kind="bool"),
    Field("invoice_title", _l("Invoice title"), maximum=120),
    Field("invoice_tax_number", _l("Tax number"), maximum=20),
    Field("note", _l("Note"), kind="long"),
)
LINE_FIELDS = (
    "business_type_id",
    "company_id",
    "quantity",
    "paid_months",
    "gift_months",
    "interval_months",
    "start_month",
    "promised_on",
    "reason",
)
_LABELS = {
    "business_type_id": _l("Business type"),
    "company_id": _l("Company"),
    "quantity": _l("Quantity"),
    "paid_months": _l("Paid months"),
    "gift_months": _l("Gift months"),
    "interval_months": _l("Paid every"),
    "start_month": _l("Start month"),
    "promised_on": _l("Promised for"),
    "reason": _l("Reason"),
    "items": _l("Items"),
    "price": _l("Unit price"),
    "discount": _l("Discount"),
}
_DEFAULTS = {"quantity": "1", "paid_months": "12", "gift_months": "0", "interval_months": "12"}
_LINE_NAME = re.compile(r"lines-(\d{1,3})-")


def _label(part: str) -> str:
    return str(_LABELS.get(part.partition("-")[0], part))


@dataclass
class ItemRow:
    """One item under a line. `price` is yuan per piece and month, `discount` yuan for the whole line."""

    item: DetailItem
    sold: bool
    price: str
    discount: str
    quoted: Price | None = None
    amount: Decimal | None = None


@dataclass
class LineRow:
    """One line of the form: the text in its fields, its items, its faults by field."""

    prefix: str
    texts: dict[str, str] = field(default_factory=lambda: dict(_DEFAULTS))
    kind: BusinessType | None = None
    items: list[ItemRow] = field(default_factory=list)
    errors: dict[str, list[Any]] = field(default_factory=dict)
    amount: Decimal | None = None
    warning: str = ""

    def name(self, part: str) -> str:
        return f"{self.prefix}{part}"

    def text(self, part: str) -> str:
        return self.texts.get(part, "")

    def fault(self, part: str) -> str:
        return "，".join(str(message) for message in self.errors.get(part, ()))

    def note(self, part: str, message: Any) -> None:
        """Add a fault once, however often the line is read."""
        known = self.errors.setdefault(part, [])
        if message not in known:
            known.append(message)

    def all_faults(self) -> str:
        """Every fault of the line with the field it belongs to."""
        return "；".join(f"{_label(part)}：{self.fault(part)}" for part in self.errors)

    @property
    def recurring(self) -> bool:
        return self.kind is not None and self.kind.recurring


def prefixes(typed: MultiDict[str, str]) -> list[str]:
    """The lines a posted form holds, in order; one without a business type is an empty row nobody used."""
    places = {int(found[1]) for name in typed if (found := _LINE_NAME.match(name))}
    return [f"lines-{place}-" for place in sorted(places) if typed.get(f"lines-{place}-business_type_id")]


def typed_type_ids(typed: MultiDict[str, str]) -> list[int]:
    """The business types a posted form names; text that is no number is left out."""
    texts = [typed.get(f"{prefix}business_type_id", "") for prefix in prefixes(typed)]
    return [int(text) for text in texts if text.isdecimal() and len(text) < 10]


def typed_lines(typed: MultiDict[str, str], kinds: Mapping[int, BusinessType]) -> list[LineRow]:
    """The lines as they were typed."""
    return [_typed_line(typed, prefix, place, kinds) for place, prefix in enumerate(prefixes(typed))]


def _typed_line(
    typed: MultiDict[str, str], prefix: str, place: int, kinds: Mapping[int, BusinessType]
) -> LineRow:
    """Numbered anew, so that a removed line leaves no hole."""
    texts = {part: typed.get(prefix + part, "").strip() for part in LINE_FIELDS}
    row = LineRow(f"lines-{place}-", texts)
    text = row.text("business_type_id")
    row.kind = kinds.get(int(text)) if text.isdecimal() and len(text) < 10 else None
    row.items = [_typed_item(typed, prefix, item) for item in row.kind.items] if row.kind else []
    return row


def _typed_item(typed: MultiDict[str, str], prefix: str, item: DetailItem) -> ItemRow:
    return ItemRow(
        item,
        sold=bool(typed.get(f"{prefix}sold-{item.id}")),
        price=typed.get(f"{prefix}price-{item.id}", "").strip(),
        discount=typed.get(f"{prefix}discount-{item.id}", "").strip(),
    )


def fresh_line(prefix: str, kind: BusinessType | None, prices: Mapping[int, Price]) -> LineRow:
    """A new line at the reference prices; optional items are offered, not sold."""
    row = LineRow(prefix, kind=kind)
    if kind is not None:
        row.texts["business_type_id"] = str(kind.id)
        row.items = [_fresh_item(item, prices.get(item.id)) for item in kind.items if item.active]
    return row


def _fresh_item(item: DetailItem, price: Price | None) -> ItemRow:
    reference = price.reference if price else ZERO
    return ItemRow(item, not item.optional, format_money(reference), "", price)


def stored_lines(contract: Contract) -> list[LineRow]:
    """The lines of a draft, ready to be changed."""
    return [_stored_line(f"lines-{place}-", line) for place, line in enumerate(contract.lines)]


def _stored_line(prefix: str, line: ContractLine) -> LineRow:
    texts = {part: _as_text(getattr(line, part)) for part in LINE_FIELDS}
    texts["start_month"] = f"{line.start_month:%Y-%m}" if line.start_month else ""
    sold = {item.item_id: item for item in line.items}
    units = line.quantity * (line.paid_months or 1)
    items = []
    for item in line.business_type.items:
        known = sold.get(item.id)
        if known is None and not item.active:
            continue
        price = format_money(known.amount / units) if known else ""
        discount = format_money(known.discount) if known and known.discount else ""
        items.append(ItemRow(item, known is not None, price, discount))
    warning = warning_of(line, _names(line.business_type))
    return LineRow(prefix, texts, line.business_type, items, amount=line.amount, warning=warning)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def quote(rows: Sequence[LineRow], prices: Mapping[int, Price]) -> None:
    """Put the prices of the day beside the items."""
    for row in rows:
        for item in row.items:
            item.quoted = prices.get(item.item.id)


def read_lines(rows: Sequence[LineRow]) -> tuple[LineInput, ...]:
    """The lines as values; faults stay on the rows, and what could not be read counts as nothing."""
    return tuple(_read_line(row) for row in rows)


def _read_line(row: LineRow) -> LineInput:
    recurring = row.recurring
    quantity = _whole(row, "quantity", 1)
    paid = _whole(row, "paid_months", 12) if recurring else 12
    units = quantity * (paid if recurring else 1)
    return LineInput(
        business_type_id=row.kind.id if row.kind else 0,
        company_id=_whole(row, "company_id", 0) or None,
        quantity=quantity,
        paid_months=paid,
        gift_months=_whole(row, "gift_months", 0) if recurring else 0,
        interval_months=_whole(row, "interval_months", 12) if recurring else 12,
        start_month=_month(row) if recurring else None,
        promised_on=_day(row, "promised_on"),
        reason=row.text("reason")[:300],
        items=tuple(_read_item(row, item, units) for item in row.items if item.sold),
    )


def _read_item(row: LineRow, item: ItemRow, units: int) -> ItemInput:
    price = _money(row, f"price-{item.item.id}", item.price)
    discount = _money(row, f"discount-{item.item.id}", item.discount)
    item.amount = price * units
    return ItemInput(item.item.id, item.amount, discount)


def _whole(row: LineRow, part: str, default: int) -> int:
    text = row.text(part)
    if not text:
        return default
    if not text.isdecimal() or len(text) > 9:
        row.note(part, _("“%(text)s” is not a whole number.", text=text[:30]))
        return default
    return int(text)


def _money(row: LineRow, part: str, text: str) -> Decimal:
    try:
        return parse_money(text) if text else ZERO
    except ValueError:
        message = _("“%(text)s” is not an amount. Write it like 1,234.00.", text=text[:30])
        row.note(part, message)
        return ZERO


def _day(row: LineRow, part: str) -> date | None:
    try:
        return parse_day(row.text(part)) if row.text(part) else None
    except ValueError:
        message = _("“%(text)s” is not a date. Write it like 2026-04-14.", text=row.text(part)[:30])
        row.note(part, message)
        return None


def _month(row: LineRow) -> date | None:
    """The first day of a month typed as 2026-05 (also 2026/5, 2026年5月)."""
    text = row.text("start_month").rstrip("月").replace("年", "-").replace("/", "-").replace(".", "-")
    try:
        return parse_day(f"{text}-1" if text.count("-") == 1 else text).replace(day=1) if text else None
    except ValueError:
        message = _("“%(text)s” is not a month. Write it like 2026-05.", text=text[:30])
        row.note("start_month", message)
        return None


def lay_check(rows: Sequence[LineRow], check: PriceCheck) -> None:
    """Put amounts and warnings of a price check beside the lines it could read."""
    for place, line in zip(check.places, check.contract.lines, strict=True):
        rows[place].amount = line.amount
        rows[place].warning = warning_of(line, _names(rows[place].kind))


def ask_for_reasons(rows: Sequence[LineRow]) -> None:
    """A submission was refused: lines below the authority price say where the reason belongs."""
    for row in rows:
        if row.warning and not row.text("reason"):
            row.note("reason", _l("Say why the price is that low."))


def sold_names(line: ContractLine) -> dict[int, str]:
    """The names of the items of a stored line, by item."""
    return {item.item_id: item.item.name for item in line.items}


def _names(kind: BusinessType | None) -> dict[int, str]:
    return {item.id: item.name for item in kind.items} if kind else {}


def warning_of(line: ContractLine, names: Mapping[int, str]) -> str:
    """Which items of the line are below the authority price, and what that comes to; empty when none is."""
    below = []
    for item in line.items:
        verdict = check_line(priced(line, item))
        if verdict.below_authority:
            below.append(
                _(
                    "%(item)s comes to %(price)s, the authority price is %(authority)s",
                    item=names.get(item.item_id, ""),
                    price=format_money(verdict.unit_price),
                    authority=format_money(item.authority_price or ZERO),
                )
            )
    if not below:
        return ""
    lacking = format_money(line.below_authority)
    return _("%(items)s: ¥%(lacking)s below in all.", items="；".join(below), lacking=lacking)


def input_from(
    header: Mapping[str, Any], company_id: int | None, lines: tuple[LineInput, ...]
) -> ContractInput:
    """Header values and lines as one input; what a person may not type is missing, and empty."""
    return ContractInput(
        customer_id=header["customer_id"] or 0,
        company_id=company_id,
        signed_on=header.get("signed_on"),
        starts_on=header.get("starts_on"),
        ends_on=header.get("ends_on"),
        payer=header.get("payer") or None,
        invoice_wanted=bool(header.get("invoice_wanted")),
        invoice_title=header.get("invoice_title") or None,
        invoice_tax_number=header.get("invoice_tax_number") or None,
        note=header.get("note") or None,
        lines=lines,
    )


def lay_faults(form: Any, rows: Sequence[LineRow], faults: Mapping[str, Sequence[Any]]) -> list[Any]:
    """Put faults beside their fields; returns those that belong to none."""
    left: list[Any] = []
    by_prefix = {row.prefix: row for row in rows}
    for name, messages in faults.items():
        found = _LINE_NAME.match(name)
        row = by_prefix.get(found[0]) if found else None
        if row is not None:
            row.errors.setdefault(name[len(row.prefix) :], []).extend(messages)
        elif name in form:
            form[name].errors = [*form[name].errors, *messages]
        else:
            left.extend(messages)
    return left


def faults_shown(form: Any, rows: Sequence[LineRow]) -> list[tuple[str, str, str]]:
    """Every fault for the foot of the form: id of the field, its words, what is wrong."""
    shown = [(f.id, str(f.label.text), str(f.errors[0])) for f in form if f.errors]
    for place, row in enumerate(rows, start=1):
        for part in row.errors:
            words = _("Line %(number)s, %(field)s", number=place, field=_label(part))
            shown.append((row.name(part), words, row.fault(part)))
    return shown
