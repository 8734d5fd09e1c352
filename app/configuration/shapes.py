"""What a single value of the file may be. A shape reads a value, says it in words and tells two apart.

The file gives texts (`yaml_reading`); a shape turns them into the plain value a section works with: text,
whole number, truth, amounts as "1234.00" and days as "2026-04-14". A fault is noted and None stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.configuration.places import Place
from app.platform.days import parse_day
from app.platform.money import MoneyInvalid, parse_money

YES, NO = frozenset({"true", "yes", "on", "是"}), frozenset({"false", "no", "off", "否"})
_SHOWN = 60


@dataclass(frozen=True)
class Change:
    """One difference. `where` are the words from the section down to the value; `kind` is added, archived,
    removed, moved or changed (then with `before` and `after` in words)."""

    kind: str
    path: str
    where: tuple[Any, ...]
    before: str = ""
    after: str = ""

    @property
    def deed(self) -> Any:
        return DEEDS[self.kind]

    @property
    def words(self) -> str:
        where = " › ".join(str(part) for part in self.where)
        if self.kind == "changed":
            return f"{where}: {self.before} → {self.after}"
        note = f" ({self.after})" if self.after else ""
        return f"{self.deed}: {where}{note}"


DEEDS = {
    "added": _l("new in the file"),
    "archived": _l("no longer in use"),
    "removed": _l("no longer there"),
    "moved": _l("in another order"),
    "changed": _l("set anew"),
}


class Shape:
    """A value that is shown and compared as one piece."""

    def read(self, given: Any, place: Place) -> Any:
        """The plain value; None after a fault was noted."""
        raise NotImplementedError

    def lean(self, value: Any) -> Any:
        """The value as the file shows it."""
        return value

    def words(self, value: Any) -> str:
        return "–" if value in (None, "", []) else str(value)

    def compare(self, before: Any, after: Any, path: str, where: tuple[Any, ...]) -> Iterator[Change]:
        if before != after:
            yield Change("changed", path, where, self.words(before), self.words(after))


def quoted(given: Any) -> str:
    """The value as a fault names it."""
    if isinstance(given, dict):
        return str(_("a group of entries"))
    if isinstance(given, list):
        return str(_("a list"))
    text = "" if given is None else str(given)
    return f"“{text[:_SHOWN]}…”" if len(text) > _SHOWN else f"“{text}”"


def one_text(given: Any, place: Place) -> str | None:
    """The value when it is a single one; a list or group is a fault."""
    if isinstance(given, (dict, list)):
        place.fault(_l("one value belongs here, not %(given)s", given=quoted(given)))
        return None
    return "" if given is None else str(given).strip()


@dataclass(frozen=True)
class Text(Shape):
    """Text of at most so many characters; `fits` judges it, `hint` says what would fit."""

    maximum: int = 60
    fits: Callable[[str], Any] | None = None
    hint: Any = ""
    may_be_empty: bool = False

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None or (not text and self.may_be_empty):
            return text
        if not text:
            return place.fault(_l("this must not be empty"))
        if len(text) > self.maximum:
            return place.fault(_l("at most %(maximum)s characters", maximum=self.maximum))
        if not all(each.isprintable() or each == "\n" for each in text):
            return place.fault(_l("there are characters in it nobody can see"))
        if self.fits is not None and not self.fits(text):
            return place.fault(_l("%(given)s does not fit: %(hint)s", given=quoted(text), hint=self.hint))
        return text


@dataclass(frozen=True)
class Flag(Shape):
    """true or false."""

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None or text.lower() in YES | NO:
            return None if text is None else text.lower() in YES
        return place.fault(_l("%(given)s is neither true nor false", given=quoted(text)))

    def words(self, value: Any) -> str:
        return str(_("yes") if value else _("no"))


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number; both bounds are allowed."""

    lowest: int = 0
    highest: int = 9999

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
            return place.fault(_l("%(given)s is no whole number", given=quoted(text)))
        number = int(text)
        if not self.lowest <= number <= self.highest:
            return place.fault(
                _l("a whole number from %(low)s to %(high)s", low=self.lowest, high=self.highest)
            )
        return number


@dataclass(frozen=True)
class Amount(Shape):
    """Yuan, zero or more, exact to the fen."""

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None:
            return None
        try:
            return f"{parse_money(text):.2f}"
        except MoneyInvalid:
            return place.fault(_l("%(given)s is no amount; write it like 1234.00", given=quoted(text)))


@dataclass(frozen=True)
class Day(Shape):
    """A day, 2026-04-14."""

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None:
            return None
        try:
            return parse_day(text).isoformat()
        except ValueError:
            return place.fault(_l("%(given)s is no day; write it like 2026-04-14", given=quoted(text)))


@dataclass(frozen=True)
class OneOf(Shape):
    """One of the codes, shown in their words."""

    choices: Mapping[str, Any]

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None or text in self.choices:
            return text
        known = ", ".join(self.choices)
        return place.fault(
            _l("%(given)s is not known here; there are: %(known)s", given=quoted(text), known=known)
        )

    def words(self, value: Any) -> str:
        return super().words(self.choices.get(value, value))


@dataclass(frozen=True)
class NameOf(Shape):
    """The name of something else: a role, an item, a person … `kind` is a row of `names.NAMES`."""

    kind: str

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        if text is None:
            return None
        if not text:
            return place.fault(_l("this must not be empty"))
        place.refer(self.kind, text)
        return text


@dataclass(frozen=True)
class Maybe(Shape):
    """A value or nothing."""

    inner: Shape

    def read(self, given: Any, place: Place) -> Any:
        return None if given in (None, "") else self.inner.read(given, place)

    def words(self, value: Any) -> str:
        return "–" if value is None else self.inner.words(value)


@dataclass(frozen=True)
class Many(Shape):
    """A list of single values, each once. Without an order of its own it is kept in the order of `rank`."""

    inner: Shape
    at_least: int = 0
    at_most: int = 100
    rank: Callable[[Any], Any] | None = None

    def read(self, given: Any, place: Place) -> Any:
        if given in (None, ""):
            given = []
        if not isinstance(given, list):
            return place.fault(_l("a list belongs here, not %(given)s", given=quoted(given)))
        if not self.at_least <= len(given) <= self.at_most:
            place.fault(_l("from %(low)s to %(high)s values", low=self.at_least, high=self.at_most))
        values = [self.inner.read(one, place.row(str(at))) for at, one in enumerate(given, start=1)]
        found = [value for value in values if value is not None]
        for value in sorted({str(one) for one in found if found.count(one) > 1}):
            place.fault(_l("%(given)s stands there twice", given=quoted(value)))
        return sorted(found, key=self.rank) if self.rank else found

    def words(self, value: Any) -> str:
        return "、".join(self.inner.words(one) for one in value) if value else "–"
