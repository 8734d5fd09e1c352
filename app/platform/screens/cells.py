"""Values as people read them: dates near and far, money, states, masked numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.platform import clock
from app.platform.entity import Entity, Field
from app.platform.money import format_money
from app.platform.translations import speaks_chinese

_PLAIN = frozenset({"text", "money", "int", "number", "date", "moment", "bool", "choice", "remote"})


@dataclass(slots=True)
class Cell:
    """One shown value: its field, text, optional tone (a state or choice), link, and the raw value."""

    field: Field
    text: str
    tone: str = ""
    href: str | None = None
    value: Any = None


def cell_html(cell: Cell) -> Markup:
    """The cell as a list draws it. Most are their text alone; the others are drawn once for equal values.

    A list has hundreds of cells and few different ones: the same colleagues, levels, tags and states.
    """
    field = cell.field
    if field.kind in _PLAIN and not (field.cell or cell.tone or cell.href or field.unit) and cell.text:
        return escape(cell.text)
    memo: dict[Any, Markup] = g.setdefault("drawn_cells", {})
    key = (field.name, cell.text, cell.tone, cell.href, _frozen(cell.value))
    if key not in memo:
        macro = current_app.jinja_env.get_template("parts/cells.html").module.cell  # type: ignore[attr-defined]
        memo[key] = macro(cell)
    return memo[key]


def _frozen(value: Any) -> Any:
    return str(value) if isinstance(value, (list, dict, set)) else value if _hashable(value) else id(value)


def cell_of(entity: Entity, name: str, row: Any) -> Cell:
    """The value of a field on a row, ready for a template."""
    field = entity.field(name)
    value = field.of(row)
    href = field.link(row) if field.link else None
    if field.revealable and value and f"{entity.detail_of}.reveal_field" in current_app.view_functions:
        href = url_for(f"{entity.detail_of}.reveal_field", pk=row.id, name=name)
    text = words_of(entity, field, value)
    if field.kind == "state" and entity.lifecycle is not None:
        return Cell(field, text, entity.lifecycle.tone(value), href, value)
    return Cell(field, text, _tone(field, row, value), href, value)


def words_of(entity: Entity, field: Field, value: Any) -> str:
    """A value of the field in words, a state as its lifecycle calls it. Needs no request."""
    if field.kind == "state" and entity.lifecycle is not None:
        return str(entity.lifecycle.label(value))
    return text_of(field, value)


def _tone(field: Field, row: Any, value: Any) -> str:
    if field.tone is not None:
        return field.tone(row)
    return field.tones.get(value, "") if _hashable(value) else ""


def _hashable(value: Any) -> bool:
    return not isinstance(value, (list, dict, set))


def text_of(field: Field, value: Any) -> str:
    """The value in words; empty text for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(field.choices, Mapping) and _hashable(value) and value in field.choices:
        return str(field.choices[value])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return format_money(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return day_text(value)
    return str(value)


def day_text(day: date, *, deadline: bool = False) -> str:
    """今天, 昨天, 4月14日, 2025年4月14日; a deadline that passed says by how many days."""
    days = (day - clock.today()).days
    if deadline and days < 0:
        return _("%(days)s days overdue", days=-days)
    if days in (-1, 0, 1):
        return (_("yesterday"), _("today"), _("tomorrow"))[days + 1]
    if not speaks_chinese():
        return day.strftime("%-d %b %Y") if day.year != clock.today().year else day.strftime("%-d %b")
    return (
        f"{day.month}月{day.day}日"
        if day.year == clock.today().year
        else f"{day.year}年{day.month}月{day.day}日"
    )


def deadline_text(day: date) -> str:
    """A day something is due: overdue by how many days, else as `day_text`."""
    return day_text(day, deadline=True)


def weekday_text(day: date) -> str:
    """4月14日 周二."""
    if speaks_chinese():
        return f"{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"
    return day.strftime("%A, %-d %B")


def moment_text(moment: datetime) -> str:
    """The day as `day_text`, with the time of day for today and yesterday."""
    local = clock.local(moment)
    text = day_text(local.date())
    near = abs((local.date() - clock.today()).days) <= 1
    return f"{text} {local:%H:%M}" if near else text
