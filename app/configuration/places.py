"""Where in the file something stands, and everything found wrong with it, with the path to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from app.platform.errors import BusinessError

MOST_NAMED = 200


@dataclass(frozen=True)
class Fault:
    """What does not fit, and where: `business_types[GS01].duration_days`."""

    path: str
    message: Any

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else str(self.message)


class FileRefused(BusinessError):
    """The file as a whole: nothing of it was written. `faults` names everything that does not fit."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            _l("The configuration file was refused; nothing was changed."),
            *faults[:MOST_NAMED],
            code="configuration",
        )
        self.faults = faults


@dataclass(frozen=True)
class Reference:
    """A name in the file that must exist when the file is applied."""

    kind: str
    name: str
    place: Place


@dataclass
class Inspection:
    """What is collected while a file is read: faults, and names that other parts must know."""

    faults: list[Fault] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """A place in the file; faults said at it carry its path."""

    inspection: Inspection
    path: str = ""

    def under(self, name: str) -> Place:
        return Place(self.inspection, f"{self.path}.{name}" if self.path else name)

    def row(self, key: str) -> Place:
        return Place(self.inspection, f"{self.path}[{key}]")

    def fault(self, message: Any) -> Any:
        """Note the fault; answers None, which stands in for the value."""
        self.inspection.faults.append(Fault(self.path, message))
        return None

    def refer(self, kind: str, name: str) -> None:
        self.inspection.references.append(Reference(kind, name, self))
