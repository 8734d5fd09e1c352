"""From rows of a sheet to prospects: what is missing, what is unknown, what collides (spec 4, Import kinds).

A row is refused without a name or company, without one valid contact point, or with a custom field that does
not fit or is missing. Unknown words warn; what could not be used is kept in the note, so that nothing of the
sheet is lost, as far as the importer may write a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.customers.bulk import NewPoint, NewProspect
from app.customers.collisions import Known, Relation, collisions_of_keys, normalise
from app.customers.contact_keys import ContactPointInvalid
from app.customers.dictionaries import all_words
from app.exchange.custom_columns import CustomColumns
from app.exchange.importable import Importable
from app.exchange.sheets import SheetRow
from app.org.models import Person
from app.platform.access import identity_of
from app.platform.days import parse_day
from app.platform.masking import VEIL, sees

LONGEST_NAME = 120
_PHONE_COLUMNS = {"mobile": ("mobile", "landline"), "landline": ("landline", "mobile")}
_CONTACTS = ("mobile", "landline", "wechat", "qq", "email")
_WORDS = ("source", "industry", "region", "level")
_SEPARATORS = "、，,;；/|\n"


@dataclass(frozen=True)
class Refusal:
    """Why a row stays out: its line, the column and value at fault, the reason in words."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Clash:
    """A row whose number is known already: `met` says where, in words the importer may read."""

    line: int
    kind: str
    met: str
    customer_id: int | None = None


@dataclass
class Sorted:
    """Rows of one stretch of a sheet, sorted into what goes in and what stays out."""

    ready: list[tuple[int, NewProspect]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    warnings: list[Refusal] = field(default_factory=list)


class ProspectReader:
    """Reads rows one by one and remembers the numbers it met, so that a file collides with itself, too."""

    def __init__(
        self,
        session: Session,
        columns: Mapping[int, str],
        importer_id: int,
        *,
        may_assign: bool,
        allowed: Importable,
    ) -> None:
        self._columns = columns
        self._importer_id = importer_id
        self._words = all_words(session)
        self._types = list(
            session.execute(select(BusinessType.id, BusinessType.name).order_by(BusinessType.code)).tuples()
        )
        self._people = _people(session) if may_assign else {}
        self._custom = CustomColumns(allowed)
        self._names_owners = sees(identity_of(session), "customer.owner")
        self._may_note = "note" in allowed.own
        self._met: dict[str, int] = {}

    def sort(self, session: Session, rows: Iterable[SheetRow], *, on_collision: str) -> Sorted:
        """Check every row, then ask once which numbers are known."""
        result = Sorted()
        read = [(row.line, prospect) for row in rows if (prospect := self._read(row, result)) is not None]
        known = collisions_of_keys(session, (point.key for _line, p in read for point in p.points))
        for line, prospect in read:
            clash = self._clash(line, prospect, known, on_collision)
            if clash is not None:
                result.clashes.append(clash)
                continue
            self._met.update({point.key: line for point in prospect.points})
            result.ready.append((line, prospect))
        return result

    def _read(self, row: SheetRow, result: Sorted) -> NewProspect | None:
        values = self._values(row)
        name = _clean(first(values, "name") or first(values, "company"))
        if not name:
            result.refused.append(Refusal(row.line, "name", "", _("Neither a name nor a company.")))
            return None
        if len(name) > LONGEST_NAME:
            reason = _("The name is longer than %(count)s characters.", count=LONGEST_NAME)
            result.refused.append(Refusal(row.line, "name", name[:40] + "…", reason))
            return None
        points, bad = self._points(values)
        if not points:
            column, value = bad[0] if bad else ("mobile", "")
            result.refused.append(Refusal(row.line, column, value, _("No valid contact point.")))
            return None
        custom, faults = self._custom.read(values)
        if faults:
            worst = faults[0]
            reason = " ".join(fault.reason for fault in faults)
            result.refused.append(Refusal(row.line, worst.column, worst.value, reason))
            return None
        extra = [f"{column}: {value}" for column, value in bad]
        words = {dictionary: self._word(row.line, dictionary, values, result, extra) for dictionary in _WORDS}
        types = self._business_types(row.line, values, result, extra)
        note = "\n".join([*(values.get("note") or ()), *extra])[:4000]
        company = _clean(first(values, "company"))
        if company and company != name:
            note = f"{company}\n{note}".strip()
        return NewProspect(
            name=name,
            owner_id=self._owner(row.line, values, result, extra),
            points=points,
            business_type_ids=types,
            note=(note or None) if self._may_note else None,
            next_contact_on=_day(first(values, "next_contact")),
            custom=custom,
            **words,
        )

    def _values(self, row: SheetRow) -> dict[str, list[str]]:
        values: dict[str, list[str]] = {}
        for index, field_name in self._columns.items():
            text = row.cell(index).strip()
            if text:
                values.setdefault(field_name, []).append(text)
        return values

    def _points(self, values: Mapping[str, Sequence[str]]) -> tuple[list[NewPoint], list[tuple[str, str]]]:
        person = first(values, "contact_person")
        points: dict[str, NewPoint] = {}
        bad: list[tuple[str, str]] = []
        for column in _CONTACTS:
            for text in (part for cell in values.get(column, ()) for part in _parts(cell)):
                point = _point(column, text, person)
                if point is None:
                    bad.append((column, text[:80]))
                else:
                    points.setdefault(point.key, point)
        return list(points.values()), bad

    def _word(
        self,
        line: int,
        dictionary: str,
        values: Mapping[str, Sequence[str]],
        result: Sorted,
        extra: list[str],
    ) -> str | None:
        text = first(values, dictionary)
        if not text:
            return None
        for code, word in self._words.get(dictionary, {}).items():
            if text in (code, word.label) or text.startswith(f"{code} "):
                return code
        result.warnings.append(Refusal(line, dictionary, text, _("This word is not in the dictionary.")))
        extra.append(text)
        return None

    def _business_types(
        self, line: int, values: Mapping[str, Sequence[str]], result: Sorted, extra: list[str]
    ) -> list[int]:
        found: list[int] = []
        for text in (part for cell in values.get("business_types", ()) for part in _parts(cell)):
            match = next((i for i, name in self._types if name == text), None)
            match = match or next((i for i, name in self._types if text in name), None)
            if match is None:
                result.warnings.append(
                    Refusal(line, "business_types", text, _("This business type is unknown."))
                )
                extra.append(text)
            elif match not in found:
                found.append(match)
        return found

    def _owner(self, line: int, values: Mapping[str, Sequence[str]], result: Sorted, extra: list[str]) -> int:
        text = first(values, "owner")
        if not text:
            return self._importer_id
        if text in self._people:
            return self._people[text]
        result.warnings.append(Refusal(line, "owner", text, _("Nobody of this name can own it; you do.")))
        extra.append(text)
        return self._importer_id

    def _clash(
        self, line: int, prospect: NewProspect, known: Mapping[str, Sequence[Known]], on_collision: str
    ) -> Clash | None:
        for point in prospect.points:
            if point.key in self._met:
                return Clash(line, point.kind, _("line %(line)s of this file", line=self._met[point.key]))
            for one in known.get(point.key, ()):
                relation = one.relation_to(prospect.owner_id)
                if relation is Relation.SHARED or (on_collision == "new" and relation in _PASSABLE):
                    continue
                return Clash(
                    line, point.kind, self._holder(one), one.customer_id if relation is Relation.OWN else None
                )
        return None

    def _holder(self, known: Known) -> str:
        """Who has the number already, as far as the importer may see owners."""
        if known.owner and not self._names_owners:
            return VEIL
        return "、".join(part for part in (known.owner, known.department) if part) or _("public pool")


_PASSABLE = frozenset({Relation.POOL, Relation.CUSTOMER})


def first(values: Mapping[str, Sequence[str]], name: str) -> str:
    """The first value of a field; empty when the sheet has none."""
    found = values.get(name)
    return found[0] if found else ""


def _clean(text: str) -> str:
    return "".join(character for character in text if ord(character) >= 32).strip()


def _parts(cell: str) -> list[str]:
    for separator in _SEPARATORS[1:]:
        cell = cell.replace(separator, _SEPARATORS[0])
    return [part.strip() for part in cell.split(_SEPARATORS[0]) if part.strip()]


def _point(column: str, text: str, person: str) -> NewPoint | None:
    for kind in _PHONE_COLUMNS.get(column, (column,)):
        try:
            key = normalise(kind, text)
        except ContactPointInvalid:
            continue
        return NewPoint(kind=kind, value=key.display, key=key.key, person_name=person[:64] or None)
    return None


def _day(text: str) -> date | None:
    try:
        return parse_day(text[:10]) if text else None
    except ValueError:
        return None


def _people(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Person.id, Person.username, Person.first_name).where(Person.active.is_(True))
    )
    people: dict[str, int] = {}
    for person_id, login, name in rows:
        people.setdefault(login, person_id)
        people.setdefault(name, person_id)
    return people
