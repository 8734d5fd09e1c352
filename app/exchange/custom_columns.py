"""Custom fields of a row: what its cells say, what a preset says where they are empty, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.exchange.importable import Importable
from app.platform import custom_values
from app.platform.custom_fields import Definition


@dataclass(frozen=True)
class Fault:
    """A cell that does not fit, or is missing: its field, what stands in it, why, in words."""

    column: str
    value: str
    reason: str


class CustomColumns:
    """Reads the custom fields of one row after the other; presets are understood once."""

    def __init__(self, allowed: Importable) -> None:
        self._fields = allowed.custom
        self._people = allowed.people
        self._presets = {field.name: self._preset(field) for field in allowed.custom}

    def read(self, values: Mapping[str, Sequence[str]]) -> tuple[dict[str, Any], list[Fault]]:
        """The values as rows keep them, and everything that stands against the row."""
        kept: dict[str, Any] = {}
        faults: list[Fault] = []
        for field in self._fields:
            text = next(iter(values.get(field.name, ())), "")
            try:
                value = custom_values.parse(field, text, self._people) if text else self._presets[field.name]
            except ValueError as fault:
                faults.append(Fault(field.name, text[:80], str(fault.args[0])))
                continue
            if value is not None:
                kept[field.name] = value
            elif field.required:
                faults.append(Fault(field.name, "", _("“%(field)s” is required.", field=field.label)))
        return kept, faults

    def _preset(self, field: Definition) -> Any:
        """What an empty form would start with; a preset that no longer fits presets nothing there, too."""
        try:
            return custom_values.parse(field, field.preset, self._people)
        except ValueError:
            return None
