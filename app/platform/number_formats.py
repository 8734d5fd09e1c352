"""How numbers of documents look, as an administrator sets it. Which documents have numbers says the program.

A format may change in the middle of a year: the counter goes on, so no number is lost, and a format under
which the coming numbers could meet old ones is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.access import elevated, identity_of
from app.platform.errors import FieldErrors
from app.platform.numbering import NumberCounter, NumberFormat

LONGEST = 30
"""Columns that keep numbers are so wide."""
_HIGHEST = 999_999
_PARTS = re.compile(r"\{year\}|\{number(?::0[1-9]d)?\}")


@dataclass(frozen=True)
class Numbered:
    """A kind of document with numbers: its words, the column that keeps them, the format it starts with."""

    kind: str
    label: Any
    column: Callable[[], Any]
    preset: str
    gap_free: bool = True

    def __post_init__(self) -> None:
        _numbered[self.kind] = self


_numbered: dict[str, Numbered] = {}


def numbered() -> Mapping[str, Numbered]:
    """Every kind of document with numbers."""
    return _numbered


def lay_down_formats(session: Session) -> None:
    """Give every kind its first format, once."""
    known = set(session.scalars(select(NumberFormat.kind)))
    session.add_all(
        NumberFormat(kind=one.kind, pattern=one.preset) for one in _numbered.values() if one.kind not in known
    )


def patterns(session: Session) -> dict[str, str]:
    """The formats in force, by kind."""
    found = dict(session.execute(select(NumberFormat.kind, NumberFormat.pattern)).tuples().all())
    return {kind: found.get(kind, one.preset) for kind, one in _numbered.items()}


def last_numbers(session: Session) -> dict[str, int]:
    """How many numbers of each kind were given out this year."""
    counters = select(NumberCounter.kind, NumberCounter.last).where(NumberCounter.year == clock.today().year)
    given = dict(session.execute(counters).tuples().all())
    return {kind: given.get(kind, 0) for kind in _numbered}


def next_number(pattern: str, last: int) -> str:
    """What the next number would look like; empty for a pattern that is none."""
    return "" if shape_fault(pattern) else pattern.format(year=clock.today().year, number=last + 1)


def shape_fault(pattern: str) -> Any:
    """What is wrong with the pattern itself, in words; None when it is one."""
    found = sorted(part[:5] for part in _PARTS.findall(pattern))
    rest = _PARTS.sub("", pattern)
    if found != ["{numb", "{year"] or "{" in rest or "}" in rest:
        return _l("It must hold {year} and {number:04d} once each: the count begins anew every year.")
    if not rest.isprintable() or rest != rest.strip() or " " in rest:
        return _l("It must hold no blanks.")
    if len(pattern.format(year=2026, number=_HIGHEST)) > LONGEST:
        return _l("It makes numbers of more than %(count)s characters.", count=LONGEST)
    return None


def save_formats(session: Session, typed: Mapping[str, str]) -> list[Numbered]:
    """Set the formats that were typed; answers which changed. Raises FieldErrors, every fault at once."""
    identity_of(session).require("can_edit", "setting")
    wanted = {kind: text.strip() for kind, text in typed.items() if kind in _numbered}
    present = patterns(session)
    faults = {kind: [fault] for kind, text in wanted.items() if (fault := shape_fault(text)) is not None}
    faults |= _doubled({**present, **wanted}, set(wanted) - set(faults))
    changed = {kind: text for kind, text in wanted.items() if text != present[kind]}
    for kind in set(changed) - set(faults):
        if (old := _meets(session, _numbered[kind], changed[kind])) is not None:
            text = _l("“%(number)s” exists already; coming numbers would meet it.", number=old)
            faults[kind] = [text]
    if faults:
        raise FieldErrors(_l("The formats were not saved."), faults)
    for kind, text in changed.items():
        _write(session, kind, text)
    session.flush()
    return [_numbered[kind] for kind in changed]


def _doubled(after: Mapping[str, str], looked_at: set[str]) -> dict[str, list[Any]]:
    """Two kinds with one format would give two documents one number."""
    looks = {kind: _PARTS.sub(lambda part: part.group()[:5], text) for kind, text in after.items()}
    return {
        kind: [_l("“%(other)s” has this format already.", other=_numbered[other].label)]
        for kind in looked_at
        for other, look in looks.items()
        if other != kind and look == looks[kind]
    }


def _meets(session: Session, one: Numbered, pattern: str) -> str | None:
    """A number of old that the format would give out again, counted on from where the counter stands."""
    year = str(clock.today().year)
    before, after = (part.replace("{year}", year) for part in re.split(r"\{number[^}]*\}", pattern))
    coming = re.compile(rf"{re.escape(before)}(\d+){re.escape(after)}")
    last = last_numbers(session)[one.kind]
    column = one.column()
    alike = select(column).where(column.startswith(before, autoescape=True))
    with elevated(session):
        for text in session.scalars(alike.where(column.endswith(after, autoescape=True))):
            match = coming.fullmatch(text)
            if match is not None and int(match.group(1)) > last:
                return str(text)
    return None


def _write(session: Session, kind: str, pattern: str) -> None:
    row = session.scalars(select(NumberFormat).where(NumberFormat.kind == kind)).first()
    if row is None:
        session.add(NumberFormat(kind=kind, pattern=pattern))
    else:
        row.pattern = pattern
