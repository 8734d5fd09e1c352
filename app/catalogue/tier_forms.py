"""What the price editor posts, read into values; every fault named beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.catalogue.operations import Pair, PercentChange, Staff
from app.org.models import Department, Person
from app.org.roles import PRESET_ROLES
from app.platform.days import parse_day
from app.platform.entity import Field
from app.platform.errors import BusinessError, FieldErrors
from app.platform.half_width import half_width
from app.platform.money import FEN, parse_money

COLUMNS = ("reference", "authority")
STEPS = (FEN, Decimal(1), Decimal(10))
PEOPLE = 500


def _roles(session: Session) -> list[tuple[Any, Any]]:
    names = session.scalars(select(Role.name).order_by(Role.id))
    return [(name, PRESET_ROLES.get(name, name)) for name in names if name not in ("Admin", "Public")]


def _departments(session: Session) -> list[tuple[Any, Any]]:
    return [(each.id, each.name) for each in session.scalars(select(Department).order_by(Department.path))]


def _people(session: Session) -> list[tuple[Any, Any]]:
    people = session.scalars(select(Person).where(Person.active.is_(True)).order_by(Person.id).limit(PEOPLE))
    return [(person.id, person.name) for person in people]


COPY_FIELDS = (
    Field("name", _l("Name"), required=True, maximum=60),
    Field("role", _l("Role"), kind="choice", choices=_roles),
    Field("department_id", _l("Department"), kind="choice", choices=_departments),
    Field("person_id", _l("Person"), kind="choice", choices=_people),
    Field("region", _l("Region"), maximum=40, help=_l("Empty for every region")),
)


def staff_of(data: Mapping[str, Any]) -> Staff:
    """Who the copy is for, from the checked form."""
    return Staff(
        role=data["role"] or None,
        department_id=int(data["department_id"]) if data["department_id"] else None,
        person_id=int(data["person_id"]) if data["person_id"] else None,
        region=data["region"] or None,
    )


def read_days(form: MultiDict[str, str]) -> tuple[date, date | None]:
    """First day, and last day or None. Raises FieldErrors."""
    faults: dict[str, list[Any]] = {}
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until"):
        text = form.get(name, "").strip()
        try:
            days[name] = parse_day(text) if text else None
        except ValueError:
            faults[name] = [_("“%(text)s” is not a date. Write it like 2026-04-14.", text=text[:30])]
    first = days.get("valid_from")
    if first is None and "valid_from" not in faults:
        faults["valid_from"] = [_("This is required.")]
    if faults or first is None:
        raise FieldErrors(_l("The prices were not saved."), faults)
    return first, days["valid_until"]


def read_prices(form: MultiDict[str, str]) -> dict[int, Pair | None]:
    """Fields reference-ITEM and authority-ITEM; both empty take the price out. Raises FieldErrors."""
    faults: dict[str, list[Any]] = {}
    prices: dict[int, Pair | None] = {}
    for field in form:
        column, _dash, number = field.partition("-")
        if column == "reference" and number.isdecimal() and len(number) < 12:
            prices[int(number)] = _pair(form, number, faults)
    if faults:
        raise FieldErrors(_l("The prices were not saved."), faults)
    return prices


def _pair(form: MultiDict[str, str], number: str, faults: dict[str, list[Any]]) -> Pair | None:
    texts = {column: form.get(f"{column}-{number}", "").strip() for column in COLUMNS}
    if not any(texts.values()):
        return None
    values: dict[str, Decimal] = {}
    for column, text in texts.items():
        try:
            values[column] = parse_money(text)
        except ValueError:
            fault = (
                _("“%(text)s” is not an amount. Write it like 1,234.00.", text=text[:30])
                if text
                else _("Give both prices or none.")
            )
            faults[f"{column}-{number}"] = [fault]
    return Pair(values["reference"], values["authority"]) if len(values) == len(COLUMNS) else None


def read_percent(form: MultiDict[str, str]) -> PercentChange:
    """A percentage such as 5, -3 or 2.5%. Raises BusinessError."""
    text = half_width(form.get("percent", "")).strip().rstrip("%").strip().replace("−", "-")
    try:
        percent = Decimal(text)
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or len(text) > 8:
        raise BusinessError(_l("“%(text)s” is no percentage. Write it like 5 or -3.", text=text[:30]))
    step = next((each for each in STEPS if str(each) == form.get("step")), FEN)
    return PercentChange(
        percent=percent,
        groups=frozenset(group for group in form.getlist("groups") if group),
        columns=frozenset(form.getlist("columns")) & frozenset(COLUMNS),
        step=step,
    )


def faults_of(refusal: BusinessError) -> Mapping[str, Any]:
    """Field name → its faults in one text."""
    if not isinstance(refusal, FieldErrors):
        return {}
    return {name: "，".join(str(fault) for fault in faults) for name, faults in refusal.fields.items()}
