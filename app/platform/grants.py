"""What can be granted: the table of entities, their actions, and the preset row levels of the preset roles.

Each stage declares its rows in `permissions.py`; the org stage turns them into Flask-AppBuilder
permissions and role grants (`sync`), each once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import lazy_gettext as _l

from app.platform.access import Level


@dataclass(frozen=True)
class Preset:
    """What a preset role gets on an entity: its row level and a blank-separated list of actions.

    Actions are written without "can_": "list show add give_up".
    """

    level: Level
    actions: str

    @property
    def grants(self) -> tuple[str, ...]:
        return tuple(f"can_{action}" for action in self.actions.split())


@dataclass(frozen=True)
class EntityAccess:
    """One row of the matrix entity × action. `actions` maps the action (without "can_") to its words."""

    entity: str
    label: Any
    actions: Mapping[str, Any]
    presets: Mapping[str, Preset] = field(default_factory=dict)
    scoped: bool = True


EXPORTERS = frozenset(
    {"sales_manager", "delivery_manager", "accounting_manager", "cashier", "principal", "administrator"}
)
"""Preset roles that may take a list they see along as a file."""

_declared: dict[str, EntityAccess] = {}


def declare(*rows: EntityAccess) -> None:
    """Add rows to the table; what has a list can be exported, too.

    A preset that grants an action the row does not name is a mistake: it raises.
    """
    for row in map(_with_export, rows):
        for role, preset in row.presets.items():
            unknown = set(preset.actions.split()) - set(row.actions)
            if unknown:
                raise ValueError(f"{row.entity}: {role} gets unknown actions {sorted(unknown)}")
        _declared[row.entity] = row


def _with_export(row: EntityAccess) -> EntityAccess:
    if "list" not in row.actions or "export" in row.actions:
        return row
    presets = {
        role: replace(preset, actions=f"{preset.actions} export")
        if role in EXPORTERS and "list" in preset.actions.split()
        else preset
        for role, preset in row.presets.items()
    }
    return replace(row, actions={**row.actions, "export": _l("export the list")}, presets=presets)


def declared() -> Mapping[str, EntityAccess]:
    """The whole table, by entity."""
    return _declared
