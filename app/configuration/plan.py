"""What a file would change: read against its shapes, compared with the database, told in words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.configuration.names import KnownNames, Names, note_missing
from app.configuration.places import FileRefused, Inspection, Place, Reference
from app.configuration.section import Section
from app.configuration.shapes import Change, Text
from app.configuration.table import SECTIONS
from app.configuration.yaml_reading import read_text
from app.platform.access import elevated

FORMAT = "1"
HEAD = ("format", "based_on")
OUTDATED = _l(
    "The configuration was changed since this file was exported. Export it again, "
    "or take the line based_on out of the file after looking at the differences."
)
_FINGERPRINT = Text(16)

Configuration = Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """A file against the database. `before` holds every section, `wanted` those of the file.

    `waiting` says in words what was set going towards the file before and only waits. `based_on` is the
    fingerprint the file asks for, `fingerprint` that of the database now.
    """

    before: Configuration
    wanted: Configuration
    changes: Mapping[str, list[Change]]
    waiting: list[str]
    fingerprint: str
    based_on: str | None

    @property
    def is_outdated(self) -> bool:
        """Whether the file was made from another configuration, says so, and would change something."""
        return self.based_on not in (None, self.fingerprint) and bool(self.changes)

    @property
    def all_changes(self) -> list[Change]:
        return [change for each in self.changes.values() for change in each]


def read_configuration(session: Session) -> dict[str, Any]:
    """Every section as plain values, whoever asks: what is configured is configured for all."""
    with elevated(session):
        return {name: section.read(session) for name, section in SECTIONS.items()}


def fingerprint_of(configuration: Configuration) -> str:
    """Changes with the configuration; the same on every database."""
    text = json.dumps(configuration, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_plan(session: Session, content: bytes | str) -> Plan:
    """Raises FileRefused with every fault of the file."""
    given = read_text(content)
    inspection = Inspection()
    before = read_configuration(session)
    wanted = _read_sections(given, inspection, Place(inspection))
    _check(session, before, wanted, inspection)
    if inspection.faults:
        raise FileRefused(inspection.faults)
    changes, waiting = compare(session, before, wanted)
    return Plan(before, wanted, changes, waiting, fingerprint_of(before), given.get("based_on"))


def _read_sections(given: Any, inspection: Inspection, top: Place) -> dict[str, Any]:
    if not isinstance(given, dict) or not given:
        top.fault(_l("The file holds no section of a configuration."))
        return {}
    if given.get("format", FORMAT) != FORMAT:
        top.under("format").fault(_l("this program reads format %(number)s", number=FORMAT))
    if given.get("based_on") is not None:
        _FINGERPRINT.read(given["based_on"], top.under("based_on"))
    for name in given:
        if name not in SECTIONS and name not in HEAD:
            known = ", ".join(SECTIONS)
            top.under(name).fault(_l("there is no such section; there are: %(known)s", known=known))
    return {
        name: section.shape().read(given[name], top.under(name))
        for name, section in SECTIONS.items()
        if name in given
    }


def _check(session: Session, before: Configuration, wanted: Configuration, inspection: Inspection) -> None:
    """What no value shows alone. Sections with faults are not looked at again, what they name is."""
    top = Place(inspection)
    at_fault = {re.split(r"[.\[]", fault.path)[0] for fault in inspection.faults}
    for name, value in wanted.items():
        check = SECTIONS[name].check
        if check is not None and name not in at_fault:
            check(before[name], value, top.under(name))
    after = KnownNames(Names(before, _together(before, wanted), session))
    for reference in inspection.references:
        if not after.have(reference):
            note_missing(reference)
    now = KnownNames(Names(before, before, session))
    for reference in _kept_references(before, wanted, inspection):
        if now.have(reference) and not after.have(reference):
            note_missing(reference)


def _together(before: Configuration, wanted: Configuration) -> Configuration:
    """The sections as they would be; of those in parts, parts left out stay."""
    parts = {
        name: {**before[name], **value} if isinstance(value, dict) else value
        for name, value in wanted.items()
        if value is not None
    }
    return {**before, **parts}


def _kept_references(before: Configuration, wanted: Configuration, inspection: Inspection) -> list[Reference]:
    """What sections the file leaves out refer to: it must not be taken from under them."""
    aside = Inspection()
    for name, section in SECTIONS.items():
        if name not in wanted:
            shape = section.shape()
            shape.read(shape.lean(before[name]), Place(aside).under(name))
    return [Reference(one.kind, one.name, Place(inspection, one.place.path)) for one in aside.references]


def compare(
    session: Session, before: Configuration, wanted: Configuration
) -> tuple[dict[str, list[Change]], list[str]]:
    """The differences of each section that has any, and what only waits."""
    changes: dict[str, list[Change]] = {}
    waiting: list[str] = []
    for name, value in wanted.items():
        section = SECTIONS[name]
        there, words = with_promised(section, session, before[name], value)
        waiting += words
        found = list(section.shape().compare(there, value, name, (section.label,)))
        if found:
            changes[name] = found
    return changes, waiting


def with_promised(section: Section, session: Session, there: Any, wanted: Any) -> tuple[Any, list[str]]:
    """The value of the database with what is under way towards the file, and that in words."""
    if section.under_way is None:
        return there, []
    return section.under_way(session, there, wanted)
