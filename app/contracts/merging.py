"""Two people changed the same draft: the header field by field, the lines as a whole.

Lines hang together by their prices, so half of one person's and half of the other's would be nobody's
offer. The form carries what its lines said when it was opened; what only one changed is taken over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.contracts.forms import LineRow, read_lines, stored_lines
from app.contracts.models import Contract
from app.platform.entity import Field
from app.platform.money import format_money
from app.platform.screens.merging import Difference, changes_since, merge

COMPANY = Field("company_id", _l("Signing company"))
LINES = Field("lines", _l("Lines"))
TAKE_LINES = "take_lines"


@dataclass(frozen=True)
class Typed:
    """A form as it was sent; `version` and `lines_key` are those of the draft when the form was opened."""

    form: Any
    fields: Sequence[Field]
    rows: list[LineRow]
    company_id: int | None
    version: int
    lines_key: str


@dataclass(frozen=True)
class Merged:
    """What the others wrote meanwhile, and the lines and company to go on with."""

    differences: list[Difference]
    rows: list[LineRow]
    company_id: int | None


def key_of_lines(rows: Sequence[LineRow]) -> str:
    """What the lines say, as a short word to compare by: as a page sends them, with all that must be sold."""
    sent = [
        replace(row, items=[replace(i, sold=i.sold or not i.item.optional) for i in row.items])
        for row in rows
    ]
    return hashlib.sha256(repr(read_lines(sent)).encode()).hexdigest()[:32]


def merge_draft(session: Session, contract: Contract, typed: Typed) -> Merged:
    """Bring what was typed to the draft as it is now: the header in the form, lines and company as answer."""
    changed = changes_since(session, contract, typed.version)
    differences = merge(session, typed.fields, contract, typed.form, typed.version)
    company_id, rows = typed.company_id, typed.rows
    if "company_id" in changed and company_id != contract.company_id:
        who, before = changed["company_id"]
        asked = company_id != before
        name = contract.company.name if contract.company else ""
        differences.append(Difference(COMPANY, who, name, str(contract.company_id or ""), asked))
        company_id = company_id if asked else contract.company_id
    theirs, mine = stored_lines(contract), key_of_lines(rows)
    if key_of_lines(theirs) not in (typed.lines_key, mine):
        who = next((who for who, _before in changed.values()), "")
        words = _("%(count)s lines, ¥%(amount)s", count=len(theirs), amount=format_money(contract.amount))
        asked = mine != typed.lines_key
        differences.append(Difference(LINES, who, words, "", asked, submit=TAKE_LINES))
        rows = rows if asked else theirs
    return Merged(differences, rows, company_id)
