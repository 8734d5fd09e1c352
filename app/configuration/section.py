"""One section of the file, and the work of making the database equal to it.

A section reads the rows into plain values, says their shape, and writes differences through the operations
of its stage, so that rights, checks, history and audit are those of the screens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.configuration.groups import Plain, Rows
from app.configuration.places import Fault, Place
from app.configuration.shapes import Shape
from app.platform.errors import BusinessError, FieldErrors
from app.platform.unit_of_work import as_refusal


@dataclass
class Work:
    """Writing of one file. Faults are collected, so that all of them are told at once; then all is undone."""

    session: Session
    faults: list[Fault] = field(default_factory=list)

    @contextmanager
    def at(self, path: str) -> Iterator[None]:
        """What is written inside stands for this path of the file: a refusal is noted there."""
        try:
            with self.session.begin_nested():
                yield
                self.session.flush()
        except BusinessError as refusal:
            self._note(path, refusal)
        except DBAPIError as error:
            refused = as_refusal(error)
            if refused is None:
                raise
            self._note(path, refused)

    def _note(self, path: str, refusal: BusinessError) -> None:
        if isinstance(refusal, FieldErrors):
            named = [(f"{path}.{name}", words) for name, each in refusal.fields.items() for words in each]
        else:
            named = [(path, words) for words in (refusal.reasons or [refusal.message])]
        self.faults += [Fault(place, words) for place, words in named]


@dataclass(frozen=True)
class Section:
    """A row of the table. `entity`: who may edit it on the screens may apply the section.

    `write` gets the plain value of the database and that of the file; `finish` is called after every
    section was written, last one first, for what others must have let go of before. `check` gets both, too,
    and judges what one value alone does not show. `under_way` answers the value of the database with what
    was set going towards the file already and only waits, and says in words what that is.
    """

    name: str
    label: Any
    entity: str
    shape: Callable[[], Shape]
    read: Callable[[Session], Any]
    write: Callable[[Work, Any, Any], None]
    finish: Callable[[Work, Any, Any], None] | None = None
    check: Callable[[Any, Any, Place], None] | None = None
    under_way: Callable[[Session, Any, Any], tuple[Any, list[str]]] | None = None


@dataclass(frozen=True)
class Turn:
    """A row to write: its key, as it was (None: new), as it shall be, and its place in the list from 1 on."""

    key: str
    old: Plain | None
    new: Plain
    position: int


def turns(rows: Rows, before: Sequence[Plain], after: Sequence[Plain]) -> Iterator[Turn]:
    """The rows that differ; all of them when the order does."""
    known = {rows.key_of(row): row for row in before}
    whole = {rows.key_of(row): row for row in rows.whole(before, after)}
    moved = rows.ordered and list(known) != list(whole)
    for position, (key, row) in enumerate(whole.items(), start=1):
        if moved or known.get(key) != row:
            yield Turn(key, known.get(key), row, position)


def gone(rows: Rows, before: Sequence[Plain], after: Sequence[Plain]) -> Iterator[tuple[str, Plain]]:
    """The rows the file leaves out."""
    kept = {rows.key_of(row) for row in after}
    for row in before:
        if rows.key_of(row) not in kept:
            yield rows.key_of(row), row
