"""Check a file, import it, write down what stayed out, take the whole of it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from app.companies.models import Company
from app.contracts.models import Contract
from app.customers.bulk import insert_prospects
from app.customers.models import Customer, FollowUp
from app.customers.ownership import OWNER
from app.exchange.headers import PROSPECT_REPEATABLE, find_header
from app.exchange.importable import Importable
from app.exchange.models import ImportRun
from app.exchange.prospects import Clash, ProspectReader, Refusal, Sorted
from app.exchange.sheets import SheetRow, read_sheet
from app.org.models import Participation
from app.platform import audit, clock
from app.platform.access import Identity, elevated, identity_of
from app.platform.errors import BusinessError
from app.platform.files import StoredFile
from app.platform.sheet_writing import RefusedRow, write_refused
from app.platform.timeline import TimelineEntry
from app.platform.unit_of_work import system_work

CHUNK = 1_000
"""Rows per transaction: short enough for others to write in between."""
LISTED = 500
"""Faults kept on the run for the screen; the file of refused rows has all of them."""


@dataclass
class Outcome:
    """What became of a file: figures, and every row that stayed out."""

    read: int = 0
    accepted: int = 0
    refused: list[Refusal] = field(default_factory=list)
    collisions: list[Clash] = field(default_factory=list)
    warnings: list[Refusal] = field(default_factory=list)

    def add(self, part: Sorted) -> None:
        self.accepted += len(part.ready)
        self.refused += part.refused
        self.collisions += part.clashes
        self.warnings += part.warnings


@dataclass(frozen=True)
class Content:
    """A file read once: rows below the header, the headings, and which column is which field."""

    rows: Sequence[SheetRow]
    header_line: int
    headings: list[str]
    columns: dict[int, str]
    allowed: Importable


def read_file(path: Path, allowed: Importable, mapping: Mapping[str, Any] | None = None) -> Content:
    """Read the sheet and match its header. `mapping` (column number → field or "") overrides the synonyms."""
    sheet = read_sheet(path)
    match = find_header(sheet.rows, allowed.synonyms(), repeatable=PROSPECT_REPEATABLE)
    header = next(row for row in sheet.rows if row.line == match.line)
    columns = dict(match.columns)
    for index, name in (mapping or {}).items():
        if name and name not in allowed.words:
            raise BusinessError(
                _l("The mapping names an unknown field “%(name)s”.", name=name[:40]), code="mapping"
            )
        columns.pop(int(index), None)
        if name:
            columns[int(index)] = name
    rows = [row for row in sheet.rows if row.line > match.line]
    return Content(rows, match.line, list(header.cells), columns, allowed)


Progress = Callable[[int, int], bool]


def go_through(
    identity: Identity, content: Content, *, on_collision: str, run_id: int | None, progress: Progress
) -> Outcome:
    """Check the file, and import it when `run_id` says which run it belongs to.

    `progress(done, total)` answers False to stop. Each stretch of rows is one transaction of the identity.
    """
    outcome = Outcome(read=len(content.rows))
    reader: ProspectReader | None = None
    done = 0
    for rows in _chunks(content.rows):
        with system_work(identity) as session:
            reader = reader or _reader(session, identity, content)
            part = reader.sort(session, rows, on_collision=on_collision)
            if run_id is not None:
                insert_prospects(session, [prospect for _line, prospect in part.ready], import_run_id=run_id)
        outcome.add(part)
        done += len(rows)
        if not progress(done, outcome.read):
            break
    return outcome


def _reader(session: Session, identity: Identity, content: Content) -> ProspectReader:
    if identity.person_id is None:
        raise BusinessError(_l("An import needs a person who owns what it brings; name one."), code="nobody")
    may_assign = identity.can("can_assign", "customer")
    return ProspectReader(
        session, content.columns, identity.person_id, may_assign=may_assign, allowed=content.allowed
    )


def _chunks(rows: Sequence[SheetRow]) -> Iterator[Sequence[SheetRow]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def note_outcome(run: ImportRun, content: Content, outcome: Outcome) -> None:
    """Keep figures and faults on the run."""
    run.header_line, run.headings = content.header_line, content.headings
    run.mapping = {str(index): name for index, name in content.columns.items()}
    run.read, run.accepted = outcome.read, outcome.accepted
    run.refused = [asdict(refusal) for refusal in outcome.refused[:LISTED]]
    run.collisions = [{"line": c.line, "kind": c.kind, "with": c.met} for c in outcome.collisions[:LISTED]]
    run.warnings = [asdict(warning) for warning in outcome.warnings[:LISTED]]


def write_refused_rows(path: Path, content: Content, outcome: Outcome) -> None:
    """The rows that stayed out, with their reasons, as a sheet to mend and import again."""
    reasons: dict[int, str] = {r.line: str(r.reason) for r in outcome.refused}
    reasons.update({c.line: str(_l("Collision with %(met)s", met=c.met)) for c in outcome.collisions})
    rows = [RefusedRow(row.line, row.cells, reasons[row.line]) for row in content.rows if row.line in reasons]
    write_refused(path, content.headings, rows)


def undo(session: Session, run: ImportRun) -> tuple[int, list[int]]:
    """Take a whole import back; returns how many prospects went, and the ids kept because touched."""
    if run.state != "done":
        raise BusinessError(_l("Only a finished import can be taken back, and only once."), code="not_done")
    identity_of(session).require("can_undo", "import_run")
    told_of_itself = and_(TimelineEntry.subject == "customer", TimelineEntry.kind == "created")
    with elevated(session):
        touched = or_(
            Customer.version > 1,
            Customer.stage != "prospect",
            exists().where(FollowUp.customer_id == Customer.id),
            exists().where(Company.customer_id == Customer.id),
            exists().where(Contract.customer_id == Customer.id),
            exists().where(StoredFile.customer_id == Customer.id),
            exists().where(Participation.customer_id == Customer.id, Participation.reason != OWNER),
            exists().where(TimelineEntry.customer_id == Customer.id, ~told_of_itself),
        )
        of_run = Customer.import_run_id == run.id
        kept = list(session.scalars(select(Customer.id).where(of_run, touched)))
        gone = list(session.scalars(select(Customer.id).where(of_run, ~touched)))
        for start in range(0, len(gone), CHUNK):
            ids = gone[start : start + CHUNK]
            session.execute(delete(Participation).where(Participation.customer_id.in_(ids)))
            session.execute(delete(TimelineEntry).where(TimelineEntry.customer_id.in_(ids)))
            session.execute(delete(Customer).where(Customer.id.in_(ids)))
        audit.record(session, "undo import", "import_run", run.id, removed=len(gone), kept=kept[:LISTED])
    run.state, run.kept, run.finished_at = "undone", kept, clock.now()
    session.flush()
    return len(gone), kept
