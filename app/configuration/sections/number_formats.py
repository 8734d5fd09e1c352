"""How numbers of documents look. Which documents have numbers says the program, so none is added or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Parts, Plain, sorted_entries
from app.configuration.places import Place
from app.configuration.section import Section, Work
from app.configuration.shapes import Shape, one_text
from app.platform.number_formats import numbered, patterns, save_formats, shape_fault


@dataclass(frozen=True)
class Pattern(Shape):
    """Text with {year} and {number:04d}."""

    def read(self, given: Any, place: Place) -> Any:
        text = one_text(given, place)
        fault = shape_fault(text) if text is not None else None
        return text if fault is None else place.fault(fault)


def _shape() -> Parts:
    return Parts(sorted_entries({kind: Entry(Pattern(), one.label) for kind, one in numbered().items()}))


def _read(session: Session) -> Plain:
    return patterns(session)


def _write(work: Work, before: Plain, after: Plain) -> None:
    with work.at("number_formats"):
        save_formats(work.session, {kind: text for kind, text in after.items() if before.get(kind) != text})


SECTION = Section("number_formats", _l("Number formats"), "setting", _shape, _read, _write)
