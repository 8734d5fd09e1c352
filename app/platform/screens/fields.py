"""Field kinds as form fields: what a person types becomes a value, or a fault in words beside the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    Field,
    FileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.platform.custom_values import number_text, parse_number
from app.platform.days import parse_day
from app.platform.entity import Entity, entity_named
from app.platform.entity import Field as Declared
from app.platform.lifecycle import Ask
from app.platform.money import format_money, parse_money

TEXT_LIMIT, LONG_LIMIT = 200, 4000


class ParsedField(StringField):
    """Text that becomes a value; a text that does not is kept as it was typed, with a fault in words."""

    data: Any

    def parse(self, text: str) -> Any:
        """The value of the text. Raises ValueError."""
        raise NotImplementedError

    def fault(self, text: str) -> str:
        raise NotImplementedError

    def shown(self) -> str:
        """The value as the field shows it."""
        return str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.raw_text, self.data = text, None
        if text:
            try:
                self.data = self.parse(text)
            except ValueError:
                raise ValueError(self.fault(text[:30])) from None

    def _value(self) -> str:
        return self.shown() if self.data is not None else getattr(self, "raw_text", "")


class MoneyField(ParsedField):
    """An amount in yuan with two digits; thousands, ¥ and full-width digits are understood."""

    def parse(self, text: str) -> Decimal:
        return parse_money(text)

    def fault(self, text: str) -> str:
        return str(_("“%(text)s” is not an amount. Write it like 1,234.00.", text=text))

    def shown(self) -> str:
        return format_money(self.data)


class DayField(ParsedField):
    """A day, typed as 2026-04-14 (also 2026/4/14, 2026年4月14日) between 1900 and 2199."""

    def parse(self, text: str) -> date:
        return parse_day(text)

    def fault(self, text: str) -> str:
        return str(_("“%(text)s” is not a date. Write it like 2026-04-14.", text=text))


class WholeNumberField(ParsedField):
    """A whole number, not negative, below two thousand million."""

    def parse(self, text: str) -> int:
        if not text.isdecimal() or len(text) > 10 or int(text) > 2_000_000_000:
            raise ValueError(text)
        return int(text)

    def fault(self, text: str) -> str:
        return str(_("“%(text)s” is not a whole number.", text=text))


class NumberField(ParsedField):
    """Any decimal number of a business: sign, thousands, up to six digits after the point."""

    def parse(self, text: str) -> Decimal:
        return parse_number(text)

    def fault(self, text: str) -> str:
        return str(_("“%(text)s” is not a number.", text=text))

    def shown(self) -> str:
        return number_text(self.data)


class RemoteField(StringField):
    """A foreign key, picked by searching on the server; only rows in the person's own scope are accepted."""

    data: int | None

    def __init__(self, *args: Any, entity: str = "", session: Session | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remote_entity, self._session = entity, session
        self.shown = ""

    def process_data(self, value: Any) -> None:
        self.data = value
        self._find()

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = int(text) if text.isdecimal() and len(text) < 12 else None
        if text and (self.data is None or not self._find()):
            raise ValueError(_("This choice does not exist, or you may not see it."))

    def _find(self) -> bool:
        if self.data is None or self._session is None:
            return False
        entity = entity_named(self.remote_entity)
        row = self._session.scalars(select(entity.model).where(entity.model.id == self.data)).first()
        self.shown = entity.title(row) if row is not None else ""
        return row is not None

    def _value(self) -> str:
        return str(self.data) if self.data is not None else ""


def no_control_characters(_form: Any, field: Field) -> None:
    """Refuse NUL and its like: databases and spreadsheets choke on them."""
    if isinstance(field.data, str) and any(ord(c) < 32 and c not in "\r\n\t" for c in field.data):
        raise ValidationError(_("This text holds characters that cannot be saved. Type it again."))


def build_form(
    declared: Sequence[Declared | Ask],
    *,
    session: Session,
    data: Mapping[str, Any] | None = None,
    row: Any = None,
    prefix: str = "",
    answers: Any = None,
) -> Any:
    """A form with one field per declaration, filled from the request or else from `data`.

    A job has no request: it hands the `answers` over, and what protects a page from strangers falls away.

    Choices that need the database are read now; remote fields check the row scope.
    """
    members = {field.name: _member(field, session, row) for field in declared}
    form_class = type("DeclaredForm", (DynamicForm,), members)
    if answers is not None:
        return form_class(formdata=answers, meta={"csrf": False}, prefix=prefix)
    return form_class(data=dict(data or {}), prefix=prefix)


def _member(declared: Declared | Ask, session: Session, row: Any) -> Any:
    maker = _MAKERS.get(declared.kind, _text)
    validators: list[Any] = [InputRequired(_l("This is required."))] if declared.required else [Optional()]
    options: dict[str, Any] = {"label": declared.label, "description": declared.help}
    if isinstance(declared, Declared) and declared.default is not None:
        options["default"] = declared.default
    if isinstance(declared, Ask) and declared.default is not None:
        options["default"] = declared.default(session, row)
    return maker(declared, session, row, validators, options)


Maker = Callable[[Any, Session, Any, list[Any], dict[str, Any]], Any]


def _text(declared: Any, _session: Session, _row: Any, validators: list[Any], options: dict[str, Any]) -> Any:
    limit = getattr(declared, "maximum", None) or TEXT_LIMIT
    checks = [
        *validators,
        Length(max=limit, message=_l("At most %(max)d characters.")),
        no_control_characters,
    ]
    return StringField(validators=checks, filters=[_strip], **options)


def _long(declared: Any, _session: Session, _row: Any, validators: list[Any], options: dict[str, Any]) -> Any:
    limit = getattr(declared, "maximum", None) or LONG_LIMIT
    checks = [
        *validators,
        Length(max=limit, message=_l("At most %(max)d characters.")),
        no_control_characters,
    ]
    return TextAreaField(validators=checks, filters=[_strip], **options)


def _choice(declared: Any, session: Session, row: Any, validators: list[Any], options: dict[str, Any]) -> Any:
    offered = _offered(declared, session, row)
    blank = [] if declared.required and offered else [SelectChoice("", "")]
    return SelectField(choices=[*blank, *offered], validators=validators, coerce=str, **options)


def _tags(declared: Any, session: Session, row: Any, validators: list[Any], options: dict[str, Any]) -> Any:
    offered = _offered(declared, session, row)
    return SelectMultipleField(choices=offered, validators=validators, coerce=str, **options)


def _offered(declared: Any, session: Session, row: Any) -> list[SelectChoice]:
    """The choices there are, and of a custom field what the row holds though it is offered no more."""
    offered = [SelectChoice(str(key), label) for key, label in choices_of(declared, session, row)]
    if row is not None and isinstance(declared, Declared) and declared.custom:
        held = declared.start(row) or ()
        known = {choice.value for choice in offered}
        codes = (str(code) for code in ((held,) if isinstance(held, str) else held))
        offered += [SelectChoice(code, code) for code in codes if code not in known]
    return offered


def _simple(kind: type[Field]) -> Maker:
    return lambda _d, _s, _r, validators, options: kind(validators=validators, **options)


def _remote(
    declared: Any, session: Session, _row: Any, validators: list[Any], options: dict[str, Any]
) -> Any:
    return RemoteField(entity=declared.remote, session=session, validators=validators, **options)


def file_needed(_form: Any, field: Field) -> None:
    """A file, unless the row has one already."""
    if not field.data and not field.object_data:
        raise ValidationError(_("This is required."))


def _file(declared: Any, _s: Session, _r: Any, validators: list[Any], options: dict[str, Any]) -> Any:
    return FileField(validators=[file_needed] if declared.required else validators, **options)


def _bool(_d: Any, _s: Session, _r: Any, _validators: list[Any], options: dict[str, Any]) -> Any:
    return BooleanField(**options)


_MAKERS: dict[str, Maker] = {
    "text": _text,
    "masked": _text,
    "long": _long,
    "money": _simple(MoneyField),
    "date": _simple(DayField),
    "int": _simple(WholeNumberField),
    "number": _simple(NumberField),
    "bool": _bool,
    "choice": _choice,
    "tags": _tags,
    "remote": _remote,
    "file": _file,
}


def choices_of(declared: Any, session: Session, row: Any = None) -> Sequence[tuple[Any, Any]]:
    """The choices of a field or an ask, as pairs (value, words)."""
    choices = declared.choices
    if choices is None:
        return []
    if isinstance(choices, Mapping):
        return list(choices.items())
    return choices(session, row) if isinstance(declared, Ask) else choices(session)


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def form_fields(entity: Entity) -> list[Declared]:
    """The fields a person may type on the form of a new row, in order."""
    return [entity.field(name) for section in entity.edited_sections for name in section.fields]


def changed_fields(entity: Entity) -> list[Declared]:
    """Those of them that may be typed again: what other rows refer to is given once."""
    return [field for field in form_fields(entity) if not field.once]
