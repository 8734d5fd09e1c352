"""What holds values of the file together: entries by name, rows by key, tables by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.configuration.places import Place
from app.configuration.shapes import Change, Shape, quoted

Plain = dict[str, Any]
_REQUIRED = object()
_MOST_ROWS = 5000


@dataclass(frozen=True)
class Entry:
    """An entry of a group: its shape, its words, and what it is when the file does not say it."""

    shape: Shape
    label: Any
    default: Any = _REQUIRED

    @property
    def required(self) -> bool:
        return self.default is _REQUIRED


@dataclass(frozen=True)
class Group(Shape):
    """Named entries. Whatever has a default may be left out, and is left out when written."""

    entries: Mapping[str, Entry]

    def read(self, given: Any, place: Place) -> Any:
        if given in (None, ""):
            given = {}
        if not isinstance(given, dict):
            return place.fault(_l("entries with names belong here, not %(given)s", given=quoted(given)))
        for name in given:
            if name not in self.entries:
                known = ", ".join(self.entries)
                place.under(name).fault(_l("there is no such entry here; there are: %(known)s", known=known))
        return {name: self._entry(name, entry, given, place) for name, entry in self._expected(given)}

    def _expected(self, given: Plain) -> Iterator[tuple[str, Entry]]:
        return iter(self.entries.items())

    def _entry(self, name: str, entry: Entry, given: Plain, place: Place) -> Any:
        if name in given:
            return entry.shape.read(given[name], place.under(name))
        if entry.required:
            return place.under(name).fault(_l("this is missing"))
        return entry.default

    def lean(self, value: Plain) -> Plain:
        return {
            name: entry.shape.lean(value[name])
            for name, entry in self.entries.items()
            if name in value and (entry.required or value[name] != entry.default)
        }

    def compare(self, before: Plain, after: Plain, path: str, where: tuple[Any, ...]) -> Iterator[Change]:
        for name, entry in self.entries.items():
            if name in after and before.get(name) != after[name]:
                yield from entry.shape.compare(
                    before.get(name), after[name], f"{path}.{name}", (*where, entry.label)
                )


def sorted_entries(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """By name: what stages declare comes in the order somebody imported them, which no file may depend on."""
    return dict(sorted(entries.items()))


@dataclass(frozen=True)
class Parts(Group):
    """A group whose entries stand for themselves: what the file leaves out stays as it is."""

    def _expected(self, given: Plain) -> Iterator[tuple[str, Entry]]:
        return ((name, entry) for name, entry in self.entries.items() if name in given)

    def lean(self, value: Plain) -> Plain:
        return {name: entry.shape.lean(value[name]) for name, entry in self.entries.items() if name in value}


def _no_note(_others: Sequence[Plain], _row: Plain) -> str:
    return ""


@dataclass(frozen=True)
class Rows(Shape):
    """Rows found by a key of one or more entries.

    `archives`: a row the file leaves out is archived (entry `active`), else it goes. `ordered`: the order
    of the file is the order on screens; else rows are kept sorted by key. `title` names a row in words, by
    default its key; `note` says more about a new one, knowing the rows there were.
    """

    row: Group
    key: tuple[str, ...]
    archives: bool = False
    ordered: bool = False
    title: Callable[[Plain], str] | None = None
    note: Callable[[Sequence[Plain], Plain], str] = _no_note

    def key_of(self, row: Plain) -> str:
        return " ".join(str(row[name]) for name in self.key if row.get(name) not in (None, ""))

    def read(self, given: Any, place: Place) -> Any:
        if given in (None, ""):
            given = []
        if not isinstance(given, list) or len(given) > _MOST_ROWS:
            return place.fault(_l("a list belongs here, not %(given)s", given=quoted(given)))
        rows: dict[str, Plain] = {}
        for at, one in enumerate(given, start=1):
            here = place.row(self._name(one, at))
            row = self.row.read(one, here)
            if row is None:
                continue
            # A row whose key is at fault has none yet.
            key = f"#{at}" if None in [row[name] for name in self.key] else self.key_of(row)
            if key in rows:
                here.fault(_l("this stands there twice"))
            rows[key] = row
        return list(rows.values()) if self.ordered else sorted(rows.values(), key=self.key_of)

    def _name(self, given: Any, at: int) -> str:
        """A row is named by its key, by its place while the key is not there."""
        found = [given.get(name) for name in self.key] if isinstance(given, dict) else []
        named = " ".join(str(part) for part in found if isinstance(part, str) and part)
        return named if named and len(named) <= 80 else str(at)

    def lean(self, value: Sequence[Plain]) -> list[Plain]:
        return [self.row.lean(row) for row in value]

    def named(self, row: Plain) -> str:
        return self.title(row) if self.title else self.key_of(row)

    def whole(self, before: Sequence[Plain], after: Sequence[Plain]) -> list[Plain]:
        """The rows of the file, and behind them, archived, those it leaves out."""
        if not self.archives:
            return list(after)
        kept = {self.key_of(row) for row in after}
        return [*after, *({**row, "active": False} for row in before if self.key_of(row) not in kept)]

    def compare(self, before: Any, after: Any, path: str, where: tuple[Any, ...]) -> Iterator[Change]:
        old = {self.key_of(row): row for row in before or ()}
        new = {self.key_of(row): row for row in after}
        for key, row in new.items():
            here, place = (*where, self.named(row)), f"{path}[{key}]"
            if key not in old:
                yield Change("added", place, here, after=self.note(list(old.values()), row))
            elif old[key] != row:
                yield from self.row.compare(old[key], row, place, here)
        for key, row in old.items():
            if key not in new and (not self.archives or row["active"]):
                kind = "archived" if self.archives else "removed"
                yield Change(kind, f"{path}[{key}]", (*where, self.named(row)))
        if self.ordered and [key for key in old if key in new] != [key for key in new if key in old]:
            yield Change("moved", path, where)

    def same(self, before: Sequence[Plain], after: Sequence[Plain]) -> bool:
        return not any(self.compare(before, after, "", ()))


@dataclass(frozen=True)
class Named(Shape):
    """Values by a name that is judged by a shape of its own, e.g. prices by item."""

    name: Shape
    value: Shape
    label: Callable[[str], Any] = str

    def read(self, given: Any, place: Place) -> Any:
        if given in (None, ""):
            given = {}
        if not isinstance(given, dict) or len(given) > _MOST_ROWS:
            return place.fault(_l("entries with names belong here, not %(given)s", given=quoted(given)))
        found = {}
        for name, one in given.items():
            here = place.row(name)
            if self.name.read(name, here) is not None:
                found[name] = self.value.read(one, here)
        return dict(sorted(found.items()))

    def lean(self, value: Plain) -> Plain:
        return {name: self.value.lean(one) for name, one in value.items()}

    def compare(self, before: Any, after: Any, path: str, where: tuple[Any, ...]) -> Iterator[Change]:
        old = before or {}
        for name in sorted({*old, *after}):
            here, place = (*where, self.label(name)), f"{path}[{name}]"
            if name not in old:
                yield Change("added", place, here, after=self.value.words(after[name]))
            elif name not in after:
                yield Change("removed", place, here)
            elif old[name] != after[name]:
                yield from self.value.compare(old[name], after[name], place, here)
