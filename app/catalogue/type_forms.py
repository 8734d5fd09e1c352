"""What the editors of a business type post, read into rows; and what they show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.catalogue.item_kinds import ItemKind
from app.catalogue.type_editing import ItemRow, NeedRow, StepRow
from app.platform.entity import entities
from app.platform.errors import BusinessError

# Declared by later stages, so known by name alone; an unknown name is shown as it is.
CHECK_LABELS = {
    "paid_in_full": _l("Paid in full"),
    "first_instalment_booked": _l("First instalment booked"),
    "company_data_complete": _l("Company data complete"),
    "steps_finished": _l("All steps finished"),
}
PARAMETER_LABELS = {"fields": _l("Required company fields")}
# Which parameters of a check are lists somebody may edit.
CHECK_LISTS: Mapping[str, Sequence[str]] = {"company_data_complete": ("fields",)}

NAME_LIMIT, ROW_LIMIT = 60, 200
UNIT_LIMIT, HELP_LIMIT = 10, 200
_SEPARATORS = re.compile(r"[、,，;；\n]+")

Row = Mapping[str, str]


@dataclass(frozen=True)
class CheckRow:
    """A closing check in words, asked of this type or not; `lists` are its parameters that can be edited."""

    name: str
    label: Any
    asked: bool
    lists: Sequence[tuple[str, Any, Sequence[str]]]


def check_rows(checks: Sequence[Any]) -> list[CheckRow]:
    """The closing checks of a type in their order, then those it does not ask for."""
    asked = {name: given for name, *rest in checks for given in (rest or [{}])}
    return [_check_row(name, name in asked, asked.get(name, {})) for name in {**asked, **CHECK_LABELS}]


def _check_row(name: str, asked: bool, given: Mapping[str, Any]) -> CheckRow:
    keys = [*(key for key, value in given.items() if isinstance(value, list)), *CHECK_LISTS.get(name, ())]
    lists = [(key, PARAMETER_LABELS.get(key, key), given.get(key, ())) for key in dict.fromkeys(keys)]
    return CheckRow(name, CHECK_LABELS.get(name, name), asked, lists)


def parameter_choices() -> list[tuple[str, Any]]:
    """The fields of a company that a check may require: those its page lets people type."""
    company = entities().get("company")
    if company is None:
        return []
    typed = {name for section in company.edited_sections for name in section.fields}
    return [(field.name, field.label) for field in company.fields if field.name in typed]


def read_items(form: MultiDict[str, str]) -> list[ItemRow]:
    """Raises BusinessError for a kind that does not exist."""
    rows = _rows(form, "items")
    if not {row.get("kind", "") for row in rows} <= set(ItemKind):
        raise BusinessError(_l("There is no such kind of item."), code="kind")
    return [
        ItemRow(
            id=_number(row.get("id")),
            name=_name(row.get("name")),
            kind=ItemKind(row["kind"]),
            optional="optional" in row,
            active="active" in row,
            position=_number(row.get("position")) or len(rows),
        )
        for row in rows
    ]


def read_steps(form: MultiDict[str, str]) -> list[StepRow]:
    """The steps as typed."""
    rows = _rows(form, "steps")
    return [
        StepRow(
            id=_number(row.get("id")),
            name=_name(row.get("name")),
            optional="optional" in row,
            item_id=_number(row.get("item_id")),
            milestone="milestone" in row,
            in_order="in_order" in row,
            position=_number(row.get("position")) or len(rows),
        )
        for row in rows
    ]


def read_needs(form: MultiDict[str, str]) -> list[NeedRow]:
    """The need form as typed; choices stand in one field, separated by 、 or commas."""
    return [
        NeedRow(
            name=row.get("key", ""),
            label=_name(row.get("label")),
            kind=row.get("kind", ""),
            choices=tuple(dict.fromkeys(_words(row.get("choices", "")))),
            unit=row.get("unit", "")[:UNIT_LIMIT],
            help=row.get("help", "")[:HELP_LIMIT],
        )
        for row in _rows(form, "needs")
    ]


def need_shown(row: NeedRow) -> dict[str, Any]:
    """A question as typed, in the shape of a stored one."""
    choices = [[label, label] for label in row.choices]
    return {
        "name": row.name,
        "label": row.label,
        "kind": row.kind,
        "choices": choices,
        "unit": row.unit or "",
        "help": row.help or "",
    }


def read_checks(form: MultiDict[str, str]) -> dict[str, dict[str, list[str]]]:
    """Ticked `checks`, each with its lists from fields check-NAME-LIST; only fields of the company count."""
    known = {str(key) for key, _label in parameter_choices()}
    return {
        name: {
            key: [word for word in dict.fromkeys(form.getlist(f"check-{name}-{key}")) if word in known]
            for key in CHECK_LISTS.get(name, ())
        }
        for name in dict.fromkeys(form.getlist("checks"))
    }


def _rows(form: MultiDict[str, str], prefix: str) -> list[Row]:
    """Fields PREFIX-0-name, PREFIX-1-name … as one mapping per row, in the order of their numbers."""
    rows: dict[int, dict[str, str]] = {}
    for field, value in form.items():
        start, _dash, rest = field.partition("-")
        number, _dash, name = rest.partition("-")
        if start == prefix and number.isdecimal() and len(number) < 5:
            rows.setdefault(int(number), {})[name] = value.strip()
    if len(rows) > ROW_LIMIT:
        raise BusinessError(_l("These are too many rows."), code="rows")
    return [rows[number] for number in sorted(rows)]


def _name(text: str | None) -> str:
    return " ".join((text or "").split())[:NAME_LIMIT]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _words(text: str) -> list[str]:
    return [word.strip()[:NAME_LIMIT] for word in _SEPARATORS.split(text) if word.strip()]
