"""Kinds of business with items, steps, need form and closing checks."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l

from app.catalogue.labels import ITEM_KIND_LABELS, NEED_KIND_LABELS
from app.catalogue.presets import Billing
from app.catalogue.type_forms import CHECK_LISTS, HELP_LIMIT, UNIT_LIMIT, parameter_choices
from app.closing.checks import CHECKS
from app.configuration.groups import Entry, Group, Plain, Rows
from app.configuration.places import Place
from app.configuration.section import Section
from app.configuration.sections import business_type_rows
from app.configuration.shapes import Flag, Many, Maybe, OneOf, Text, Whole

_BILLING = {
    Billing.ONCE.value: _l("once"),
    Billing.PER_CASE.value: _l("per case"),
    Billing.MONTH.value: _l("per month"),
    Billing.YEAR.value: _l("per year"),
}
_CODE = Text(20, lambda text: bool(re.fullmatch(r"[A-Za-z0-9_.-]+", text)), _l("letters, digits, - _ ."))
_KEY = Text(40, lambda text: bool(re.fullmatch(r"\w+", text)), _l("letters, digits and _"))
_NOTE = Text(300, may_be_empty=True)


def _title(row: Plain) -> str:
    return f"{row['code']} {row['name']}"


ITEMS = Rows(
    Group(
        {
            "code": Entry(_CODE, _l("Code")),
            "name": Entry(Text(60), _l("Name")),
            "kind": Entry(OneOf({kind.value: words for kind, words in ITEM_KIND_LABELS.items()}), _l("Kind")),
            "optional": Entry(Flag(), _l("Optional part"), False),
            "active": Entry(Flag(), _l("In use"), True),
        }
    ),
    key=("code",),
    archives=True,
    ordered=True,
    title=_title,
)
STEPS = Rows(
    Group(
        {
            "code": Entry(_CODE, _l("Code")),
            "name": Entry(Text(60), _l("Name")),
            "item": Entry(Maybe(_CODE), _l("Comes with the item"), None),
            "optional": Entry(Flag(), _l("Optional part"), False),
            "milestone": Entry(Flag(), _l("Milestone"), False),
            "in_order": Entry(Flag(), _l("In order"), True),
        }
    ),
    key=("code",),
    ordered=True,
    title=_title,
)
CHOICES = Rows(
    Group({"code": Entry(_KEY, _l("Stored as")), "label": Entry(Text(60), _l("Word"))}),
    key=("code",),
    ordered=True,
)
NEEDS = Rows(
    Group(
        {
            "name": Entry(_KEY, _l("Stored as")),
            "label": Entry(Text(60), _l("Name")),
            "kind": Entry(OneOf(NEED_KIND_LABELS), _l("Kind")),
            "choices": Entry(CHOICES, _l("Choices"), []),
            "unit": Entry(Text(UNIT_LIMIT, may_be_empty=True), _l("Unit"), ""),
            "help": Entry(Text(HELP_LIMIT, may_be_empty=True), _l("Help"), ""),
        }
    ),
    key=("name",),
    ordered=True,
    title=lambda field: str(field["label"]),
)


def _checks() -> Rows:
    company = {str(name): label for name, label in parameter_choices()}
    return Rows(
        Group(
            {
                "check": Entry(
                    OneOf({name: each.label for name, each in CHECKS.items()}), _l("Closing check to pass")
                ),
                "fields": Entry(Many(OneOf(company)), _l("Required company fields"), []),
            }
        ),
        key=("check",),
        ordered=True,
        title=lambda row: str(CHECKS[row["check"]].label),
    )


def shape() -> Rows:
    """One row per business type; items left out are archived, steps left out are removed."""
    return Rows(
        Group(
            {
                "code": Entry(_CODE, _l("Code")),
                "name": Entry(Text(60), _l("Name")),
                "group": Entry(Text(40), _l("Group")),
                "recurring": Entry(Flag(), _l("Recurring"), False),
                "bookkeeping": Entry(Flag(), _l("Bookkeeping"), False),
                "billing": Entry(OneOf(_BILLING), _l("How it is billed"), Billing.ONCE.value),
                "duration_days": Entry(Whole(0, 999), _l("Working days it takes")),
                "difficulty": Entry(Whole(1, 5), _l("Difficulty"), 2),
                "note": Entry(_NOTE, _l("Note"), ""),
                "active": Entry(Flag(), _l("In use"), True),
                "items": Entry(ITEMS, _l("Items")),
                "steps": Entry(STEPS, _l("Steps"), []),
                "need_form": Entry(NEEDS, _l("Need form"), []),
                "closing_checks": Entry(_checks(), _l("Closing checks"), []),
            }
        ),
        key=("code",),
        archives=True,
        title=_title,
    )


def _check(_before: list[Plain], after: list[Plain], place: Place) -> None:
    codes: dict[str, str] = {}
    for kind in after:
        here = place.row(kind["code"])
        for part in ("items", "steps"):
            for row in kind[part]:
                other = codes.setdefault(row["code"], kind["code"])
                if other != kind["code"]:
                    here.under(part).row(row["code"]).fault(
                        _l("this code belongs to %(other)s already", other=other)
                    )
        _check_steps(kind, here.under("steps"))
        _check_needs(kind, here)


def _check_steps(kind: Plain, place: Place) -> None:
    known = {item["code"] for item in kind["items"]}
    for step in kind["steps"]:
        here = place.row(step["code"])
        if step["item"] is not None and step["item"] not in known:
            here.under("item").fault(_l("“%(name)s” is no item of this business type", name=step["item"]))
        if step["item"] is not None and step["optional"]:
            here.under("optional").fault(
                _l("it comes with an item, so it is optional anyway; leave this out")
            )


def _check_needs(kind: Plain, place: Place) -> None:
    for field in kind["need_form"]:
        if (field["kind"] == "choice") != bool(field["choices"]):
            place.under("need_form").row(field["name"]).under("choices").fault(
                _l("a choice needs choices, everything else has none")
            )
    for row in kind["closing_checks"]:
        if row["fields"] and row["check"] not in CHECK_LISTS:
            place.under("closing_checks").row(row["check"]).under("fields").fault(
                _l("only “%(name)s” takes fields", name="、".join(CHECK_LISTS))
            )


SECTION = Section(
    "business_types",
    _l("Business types"),
    "business_type",
    shape,
    business_type_rows.read,
    lambda work, before, after: business_type_rows.write(work, shape(), before, after),
    check=_check,
)
