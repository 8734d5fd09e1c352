"""What a closing check answers, and about what it is asked. Plain values: no session, no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.companies.models import Company
from app.contracts.models import Contract, ContractLine
from app.delivery.models import WorkItem, WorkStep
from app.finance.models import Receipt, Receivable
from app.platform.access import Identity
from app.platform.masking import as_seen
from app.platform.money import format_money


@dataclass(frozen=True)
class Place:
    """A screen where something is put right: endpoint, its values, and the permission it asks for."""

    endpoint: str
    values: Mapping[str, Any]
    action: Any
    permission: tuple[str, str]


@dataclass(frozen=True)
class Missing:
    """One thing that is missing: what, more about it, where it is put right, and who would do it."""

    what: Any
    note: Any = ""
    place: Place | None = None
    who: str = ""
    deed: Any = ""


@dataclass(frozen=True)
class Subject:
    """One contract line with all the checks look at. `pending` are receipts that wait for the cashier.

    `reader` is whom the answers are for: the checks tell amounts and names as far as their field rights go.
    """

    contract: Contract
    line: ContractLine
    item: WorkItem | None
    steps: Sequence[WorkStep]
    company: Company | None
    receivables: Sequence[Receivable]
    pending: Sequence[Receipt]
    reader: Identity

    def told(self, place: str, amount: Decimal) -> str:
        """An amount of yuan in words for the reader."""
        return str(as_seen(self.reader, place, format_money(amount)))

    @property
    def author_name(self) -> str:
        return str(as_seen(self.reader, "contract.author", self.contract.author.name))

    @property
    def handler_name(self) -> str:
        name = self.item.handler.name if self.item and self.item.handler else ""
        return str(as_seen(self.reader, "work_item.handler_id", name))

    @property
    def name(self) -> str:
        of_whom = self.company.name if self.company else self.contract.customer.name
        return f"{self.line.business_type.name} · {of_whom}"


@dataclass(frozen=True)
class Answer:
    """What a check says: nothing missing means met. `summary` and `note` are for the page."""

    missing: Sequence[Missing] = ()
    summary: Any = ""
    note: Any = ""


@dataclass(frozen=True)
class Finding:
    """The answer of one named check on one line."""

    name: str
    label: Any
    answer: Answer

    @property
    def met(self) -> bool:
        return not self.answer.missing


@dataclass(frozen=True)
class LineCheck:
    """All checks of one line."""

    subject: Subject
    findings: Sequence[Finding]

    @property
    def met(self) -> bool:
        return all(finding.met for finding in self.findings)

    @property
    def open(self) -> bool:
        """Whether the line is still to be closed or opened."""
        return self.subject.item is not None and self.subject.line.done is None

    @property
    def missing(self) -> list[Missing]:
        return [missing for finding in self.findings for missing in finding.answer.missing]


@dataclass(frozen=True)
class ContractCheck:
    """All lines of one contract."""

    contract: Contract
    lines: Sequence[LineCheck] = field(default_factory=tuple)

    @property
    def met(self) -> bool:
        return all(line.met for line in self.lines)

    @property
    def open_lines(self) -> list[LineCheck]:
        return [line for line in self.lines if line.open]

    @property
    def ready(self) -> list[LineCheck]:
        """The lines that could be closed or opened now."""
        return [line for line in self.open_lines if line.met and line.subject.item is not None]
