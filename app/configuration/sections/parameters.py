"""Single numbers the agency may set: days, limits, amounts. Each is declared by the stage that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Parts, Plain, sorted_entries
from app.configuration.places import Place
from app.configuration.section import Section, Work
from app.configuration.shapes import Shape, one_text, quoted
from app.platform.settings_table import Setting, declared_settings, save_settings, stored_values


@dataclass(frozen=True)
class Parameter(Shape):
    """The value of one parameter, within its bounds."""

    setting: Setting[Any]

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None:
            return None
        try:
            return _plain(self.setting.read(text))
        except ValueError:
            low, high = self.setting.lowest, self.setting.highest
            return place.fault(
                _l("%(given)s does not fit: %(low)s to %(high)s", given=quoted(text), low=low, high=high)
            )

    def words(self, value: Any) -> str:
        return f"{value} {self.setting.unit}".strip()


def _plain(value: Any) -> int | str:
    return value if isinstance(value, int) else f"{value:.2f}"


def _shape() -> Parts:
    return Parts(
        sorted_entries({key: Entry(Parameter(each), each.label) for key, each in declared_settings().items()})
    )


def _read(session: Session) -> Plain:
    stored = stored_values(session)
    return {
        key: _plain(type(each.default)(stored.get(key, each.default)))
        for key, each in declared_settings().items()
    }


def _write(work: Work, before: Plain, after: Plain) -> None:
    for key, value in after.items():
        if before[key] != value:
            with work.at(f"parameters.{key}"):
                save_settings(work.session, {key: str(value)})


SECTION = Section("parameters", _l("Rules and parameters"), "setting", _shape, _read, _write)
