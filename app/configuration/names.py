"""TABLE of what can be named across sections, and which names there are once a file is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.places import Reference
from app.org.models import Department, Person

Configuration = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """Where names come from: the database as it is, the configuration as the file makes it, the session.

    What a file leaves out is archived and can still be named; only roles go.
    """

    before: Configuration
    after: Configuration
    session: Session


def _roles(names: Names) -> Iterable[str]:
    return (role["name"] for role in names.after["roles"])


def _items(names: Names) -> Iterable[str]:
    kinds = (*names.before["business_types"], *names.after["business_types"])
    return (item["code"] for kind in kinds for item in kind["items"] or ())


def _words(dictionary: str) -> Callable[[Names], Iterable[str]]:
    def codes(names: Names) -> Iterable[str]:
        either = (names.before["dictionaries"], names.after["dictionaries"])
        return (word["code"] for words in either for word in words.get(dictionary) or ())

    return codes


def _people(names: Names) -> Iterable[str]:
    return names.session.scalars(select(Person.username))


def _departments(names: Names) -> Iterable[str]:
    return names.session.scalars(select(Department.name))


NAMES: Mapping[str, tuple[Any, Callable[[Names], Iterable[str]]]] = {
    "role": (_l("there is no role “%(name)s”"), _roles),
    "item": (_l("there is no item “%(name)s”"), _items),
    "source": (_l("there is no source “%(name)s”"), _words("source")),
    "level": (_l("there is no level “%(name)s”"), _words("level")),
    "person": (_l("there is no account “%(name)s”"), _people),
    "department": (_l("there is no department “%(name)s”"), _departments),
}


class KnownNames:
    """Which names there are, each kind read when first asked for."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[str, frozenset[str]] = {}

    def have(self, reference: Reference) -> bool:
        if reference.kind not in self._known:
            _message, read = NAMES[reference.kind]
            self._known[reference.kind] = frozenset(read(self._names))
        return reference.name in self._known[reference.kind]


def note_missing(reference: Reference) -> None:
    """A fault at the place of a reference to what is not there."""
    message, _names = NAMES[reference.kind]
    reference.place.fault(message % {"name": reference.name[:60]})
