"""Values as people read them: dates near and far, money, states, masked numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.database import remembered
from app.platform.entity import Entity, Field
from app.platform.money import format_money
from app.platform.translations import speaks_chinese

_PLAIN = frozenset({"text", "money", "int", "number", "date", "moment", "bool", "choice", "remote"})
_MOST_KEPT = 5_000


@dataclass(slots=True)
class Cell:
    """One shown value: its field, text, optional tone (a state or choice), link, and the raw value."""

    field: Field
    text: str
    tone: str = ""
    href: str | None = None
    value: Any = None


def column_html(session: Session, entity: Entity, name: str, rows: Sequence[Any]) -> list[Markup]:
    """One column of a list, drawn. Most cells are their text alone."""
    field = entity.field(name)
    values = field.of_all(session, rows)
    special = field.cell or field.tone or field.tones or field.link or field.unit or field.revealable
    if field.kind in _PLAIN and not special:
        texts = [text_of(field, value) for value in values]
        nothing = Markup() if all(texts) else _drawn(field, [Cell(field, "")])[0]
        return [escape(text) if text else nothing for text in texts]
    return _drawn(field, [_cell(entity, field, row, value) for row, value in zip(rows, values, strict=True)])


def _drawn(field: Field, cells: Sequence[Cell]) -> list[Markup]:
    """The cells by their macro, which is asked once for equal ones: the same colleagues, levels, tags and
    states stand in all lists. What leads somewhere is drawn each time, since no two lead to the same.
    """
    macro = current_app.jinja_env.get_template("parts/cells.html").module.cell  # type: ignore[attr-defined]
    way = (speaks_chinese(), field.cell, field.kind, str(field.unit))
    kept = remembered("drawn cells").setdefault(way, {})
    if len(kept) > _MOST_KEPT:
        kept.clear()
    found: list[Markup] = []
    for cell in cells:
        key = (cell.text, cell.tone, _frozen(cell.value))
        drawn = None if cell.href else kept.get(key)
        if drawn is None:
            drawn = macro(cell)
            if not cell.href:
                kept[key] = drawn
        found.append(drawn)
    return found


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value if _hashable(value) else str(value)


def cell_of(entity: Entity, name: str, row: Any) -> Cell:
    """The value of a field on a row, ready for a template."""
    field = entity.field(name)
    return _cell(entity, field, row, field.of(row))


def _cell(entity: Entity, field: Field, row: Any, value: Any) -> Cell:
    href = field.link(row) if field.link else None
    if field.revealable and value and f"{entity.detail_of}.reveal_field" in current_app.view_functions:
        href = url_for(f"{entity.detail_of}.reveal_field", pk=row.id, name=field.name)
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
    return _day_words(day, clock.today(), deadline, speaks_chinese())


@lru_cache(maxsize=4096)
def _day_words(day: date, today: date, deadline: bool, chinese: bool) -> str:
    """Lists say the same days over and over."""
    days = (day - today).days
    if deadline and days < 0:
        return _("%(days)s days overdue", days=-days)
    if days in (-1, 0, 1):
        return (_("yesterday"), _("today"), _("tomorrow"))[days + 1]
    this_year = day.year == today.year
    if not chinese:
        return day.strftime("%-d %b" if this_year else "%-d %b %Y")
    return f"{day.month}月{day.day}日" if this_year else f"{day.year}年{day.month}月{day.day}日"


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
