"""The form of a prospect: its own fields, repeatable contact points, and the need form of each business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, FieldList, Form, FormField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from app.catalogue.models import BusinessType
from app.customers.colleagues import owner_choices
from app.customers.contacts import KINDS, Contact
from app.customers.models import Customer
from app.platform import audit
from app.platform.access import Identity
from app.platform.entity import Entity, Field
from app.platform.screens.fields import build_form, choices_of, form_fields, no_control_characters

MOST_CONTACTS = 20
_REQUIRED = frozenset({"source"})
_TOO_LONG = _l("At most %(max)d characters.")


def _text(label: Any, maximum: int) -> StringField:
    return StringField(
        label,
        validators=[Optional(), Length(max=maximum, message=_TOO_LONG), no_control_characters],
        filters=[lambda value: value.strip() if isinstance(value, str) else value],
    )


class ContactRow(Form):
    """One contact point."""

    person_name = _text(_l("Contact person"), 64)
    kind = SelectField(
        _l("Kind"), choices=[SelectChoice(key, words) for key, words in KINDS.items()], default="mobile"
    )
    value = _text(_l("Number or address"), 80)
    shared = BooleanField(_l("Shared number"))


def contact_of(row: Any) -> Contact:
    """The typed row as operations want it."""
    return Contact(
        person_name=row.person_name.data or "",
        kind=row.kind.data,
        value=row.value.data or "",
        shared=bool(row.shared.data),
    )


def need_fields(kind: BusinessType) -> list[Field]:
    """The need form of a business type as form fields, named need-TYPE-NAME."""
    return [
        Field(
            f"need-{kind.id}-{one['name']}",
            one["label"],
            kind=one.get("kind", "text"),
            choices=dict(one["choices"]) if one.get("choices") else None,
            unit=one.get("unit", ""),
            help=one.get("help", ""),
        )
        for one in kind.need_fields or []
    ]


def customer_form(
    session: Session,
    identity: Identity,
    shape: Entity,
    *,
    data: Mapping[str, Any] | None = None,
    row: Customer | None = None,
) -> Any:
    """The form of a new customer (with contacts and owner) or of an existing one, as far as `shape` goes.

    `asking` are the chosen business types that ask something; the page fetches the questions of others when
    they are chosen.
    """
    shown = [field for field in form_fields(shape) if row is not None or field.name != "progress"]
    types = types_offered(session, row)
    declared = [keeping(field, session, row) for field in shown]
    declared.append(
        Field(
            "business_type_ids",
            _l("Wanted business"),
            kind="tags",
            choices={kind.id: kind.name for kind in types},
        )
    )
    chosen = _chosen(data or {})
    declared += [field for kind in types if kind.id in chosen for field in need_fields(kind)]
    extra: dict[str, Any] = {}
    if row is None:
        extra["contacts"] = FieldList(
            FormField(ContactRow, label=""),
            label=_l("Contact points"),
            min_entries=1,
            max_entries=MOST_CONTACTS,
        )
        if identity.can("can_assign", "customer"):
            declared.append(
                Field("owner_id", _l("Owner"), kind="choice", choices=dict(owner_choices(session)[1:]))
            )
        if identity.can("can_pass_collision", "customer"):
            declared.append(Field("passed_by_superior", _l("Let a collision pass"), kind="bool"))
            declared.append(Field("reason", _l("Reason"), maximum=200))
    plain = build_form(declared, session=session, data=data, row=row)
    form = type("CustomerForm", (type(plain),), extra)(data=dict(data or {})) if extra else plain
    form.asking = [kind for kind in types if kind.id in chosen and kind.need_fields]
    return form


def _chosen(data: Mapping[str, Any]) -> set[int]:
    """The business types whose questions the form asks: those just sent, and those it started with."""
    sent = request.form.getlist("business_type_ids") if request else []
    texts = (*sent, *(data.get("business_type_ids") or ()))
    return {int(text) for text in texts if str(text).isdecimal() and len(str(text)) < 10}


def types_offered(session: Session, row: Customer | None) -> list[BusinessType]:
    """Types in use, and those the customer asked for before they were archived."""
    statement = select(BusinessType).where(BusinessType.active.is_(True)).order_by(BusinessType.id)
    types = list(session.scalars(statement))
    before = [need.business_type for need in row.needs] if row is not None else []
    return [*types, *(kind for kind in before if not kind.active)]


def keeping(field: Field, session: Session, row: Customer | None) -> Field:
    """The field with an archived word still offered when the customer has it."""
    value = getattr(row, field.name, None) if row is not None else None
    if field.kind != "choice":
        return field
    # A blank first, so that a required choice is a choice and not whatever comes first.
    pairs = ({"": ""} if field.name in _REQUIRED else {}) | dict(choices_of(field, session))
    if value and value not in pairs:
        pairs[value] = field.of(row)
    return replace(field, choices=pairs, required=field.name in _REQUIRED)


def start_of(shape: Entity, row: Customer) -> dict[str, Any]:
    """The values the form of an existing customer starts with."""
    values = {field.name: field.start(row) for field in form_fields(shape)}
    values["business_type_ids"] = [str(need.business_type_id) for need in row.needs]
    for need in row.needs:
        for field in need_fields(need.business_type):
            answer = need.answers.get(field.name.split("-", 2)[2])
            values[field.name] = _typed_answer(field, answer)
    return values


def _typed_answer(field: Field, answer: Any) -> Any:
    if field.kind != "money" or answer in (None, ""):
        return answer
    try:
        return Decimal(str(answer))
    except InvalidOperation:
        return None


def needs_of(form: Any) -> dict[int, dict[str, Any]]:
    """The chosen business types with the answers of their need forms; amounts and days as text."""
    needs: dict[int, dict[str, Any]] = {}
    for type_id in form.business_type_ids.data or ():
        mark = f"need-{type_id}-"
        needs[int(type_id)] = {
            name.removeprefix(mark): audit.plain(value)
            for name, value in form.data.items()
            if name.startswith(mark) and value not in (None, "")
        }
    return needs


def filled_rows(form: Any) -> list[Any]:
    """The rows of contact points somebody typed something into, in order."""
    return [entry.form for entry in form.contacts if entry.form.value.data]


def find_faults(form: Any) -> bool:
    """Check what the fields cannot know alone; True when the form may be saved."""
    if "contacts" in form and not filled_rows(form):
        _add_fault(form, form.contacts.entries[0].form.value, [_l("Give at least one number or address.")])
        return False
    return True


def place_faults(form: Any, faults: Mapping[str, Sequence[Any]]) -> None:
    """Put the faults an operation found beside their fields; "contacts-0-value" is the first filled row."""
    for name, messages in faults.items():
        if name.startswith("contacts-") and "contacts" in form:
            _mark, place, part = name.split("-", 2)
            _add_fault(form, filled_rows(form)[int(place)][part], messages)
        elif name in form:
            form[name].errors = [*form[name].errors, *(str(message) for message in messages)]


def _add_fault(form: Any, field: Any, messages: Sequence[Any]) -> None:
    """A fault of a row; the list of rows has to know that there is one."""
    field.errors = [*field.errors, *(str(message) for message in messages)]
    form.contacts.errors = [*form.contacts.errors, {field.name: field.errors}]
