"""TABLE of parameters an administrator may change while the program runs.

The stage that reads a parameter declares it in its `settings.py`; a row exists only for a changed value.
Values are kept per process under the access version, so a change is in force in every process at its next
request, like a changed role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform.access import identity_of
from app.platform.database import Table, new_session, remembered
from app.platform.errors import FieldErrors

N = TypeVar("N", int, Decimal)


class AgencySetting(Table):
    """A parameter the agency changed: the key of its declaration and the value as text."""

    __tablename__ = "agency_setting"

    key: Mapped[str] = mapped_column(String(60), unique=True)
    value: Mapped[str] = mapped_column(String(40))


@dataclass(frozen=True)
class Setting(Generic[N]):
    """One parameter: whole numbers (days, pieces …) or an amount in yuan, as the default is.

    `key` is "STAGE.NAME" and never changes, `group` the heading on the screen. Both bounds are allowed.
    """

    key: str
    group: Any
    label: Any
    default: N
    lowest: N
    highest: N
    unit: Any = ""
    help: Any = ""

    def __post_init__(self) -> None:
        if not self.lowest <= self.default <= self.highest:
            raise ValueError(f"the default of {self.key} is out of its bounds")
        _declared[self.key] = self

    def under(self, version: int) -> N:
        """The value in force under this access version; 0 reads it afresh."""
        text = _values(version).get(self.key)
        return self.default if text is None else type(self.default)(text)

    def of(self, session: Session | None) -> N:
        """The value for whoever acts in this session."""
        who = session.info.get("identity") if session is not None else None
        return self.under(who.version if who is not None else 0)

    def read(self, text: str) -> N:
        """The value as typed. Raises ValueError when it is no such number or out of bounds."""
        plain = text.replace(",", "").replace("，", "").replace("¥", "").strip()
        whole = isinstance(self.default, int)
        if len(plain) > 16 or not (plain.isdecimal() and plain.isascii() if whole else _is_amount(plain)):
            raise ValueError("not such a number")
        value = type(self.default)(plain)
        if not self.lowest <= value <= self.highest:
            raise ValueError("out of bounds")
        return value


def _is_amount(text: str) -> bool:
    whole, dot, fen = text.partition(".")
    return text.isascii() and whole.isdecimal() and (not dot or (fen.isdecimal() and len(fen) <= 2))


_declared: dict[str, Setting[Any]] = {}


def declared_settings() -> Mapping[str, Setting[Any]]:
    """The whole table, by key, in the order of the river."""
    return _declared


def _values(version: int) -> Mapping[str, str]:
    """The changed values, by key; asked of the database once per process and access version."""
    kept = remembered("settings")
    if version and version in kept:
        known: Mapping[str, str] = kept[version]
        return known
    with new_session(writes=False) as session:
        values = stored_values(session)
    if version:
        kept.clear()
        kept[version] = values
    return values


def stored_values(session: Session) -> dict[str, str]:
    """The changed values as they stand in the database now."""
    return dict(session.execute(select(AgencySetting.key, AgencySetting.value)).tuples().all())


def save_settings(session: Session, typed: Mapping[str, str]) -> list[Setting[Any]]:
    """Set every parameter that was typed; empty text means the default again. Answers which changed.

    Raises FieldErrors that name every value refused; nothing is changed then.
    """
    identity_of(session).require("can_edit", "setting")
    faults: dict[str, list[Any]] = {}
    wanted: dict[str, str] = {}
    for key, text in typed.items():
        setting = _declared.get(key)
        if setting is None:
            continue
        try:
            value = setting.read(text) if text.strip() else setting.default
        except ValueError:
            faults[key] = [_bounds(setting)]
        else:
            wanted[key] = str(value)
    if faults:
        raise FieldErrors(_l("The parameters were not saved."), faults)
    changed = [_declared[key] for key, text in wanted.items() if _write(session, _declared[key], text)]
    session.flush()
    return changed


def _bounds(setting: Setting[Any]) -> Any:
    words = {"lowest": setting.lowest, "highest": setting.highest}
    if isinstance(setting.default, int):
        return _l("A whole number from %(lowest)s to %(highest)s.", **words)
    return _l("An amount from %(lowest)s to %(highest)s yuan.", **words)


def _write(session: Session, setting: Setting[Any], text: str) -> bool:
    """Whether the value in force changed. The default needs no row."""
    row = session.scalars(select(AgencySetting).where(AgencySetting.key == setting.key)).first()
    before, is_default = row.value if row is not None else str(setting.default), text == str(setting.default)
    if row is not None and is_default:
        session.delete(row)
    elif row is not None:
        row.value = text
    elif not is_default:
        session.add(AgencySetting(key=setting.key, value=text))
    return before != text
