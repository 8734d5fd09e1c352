"""What can be granted: the table of entities, their actions, and the preset row levels of the preset roles.

Each stage declares its rows in `permissions.py`; the org stage turns them into Flask-AppBuilder
permissions and role grants (`sync`), each once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


_declared: dict[str, EntityAccess] = {}


def declare(*rows: EntityAccess) -> None:
    """Add rows to the table. A preset that grants an action the row does not name is a mistake: it raises."""
    for row in rows:
        for role, preset in row.presets.items():
            unknown = set(preset.actions.split()) - set(row.actions)
            if unknown:
                raise ValueError(f"{row.entity}: {role} gets unknown actions {sorted(unknown)}")
        _declared[row.entity] = row


def declared() -> Mapping[str, EntityAccess]:
    """The whole table, by entity."""
    return _declared
