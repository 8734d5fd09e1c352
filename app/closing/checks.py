"""TABLE of closing checks, and what they say about contracts and items.

Which apply to a line, with which parameters, says its business type: rows of [name, parameters].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.closing import conditions
from app.closing.findings import Answer, ContractCheck, Finding, LineCheck, Missing, Place, Subject
from app.closing.queries import subjects_of
from app.contracts.models import Contract, ContractLine
from app.delivery.models import WorkItem
from app.platform.access import elevated
from app.platform.errors import NotFound

Check = Callable[[Subject, Mapping[str, Any]], Answer]


@dataclass(frozen=True)
class NamedCheck:
    """A row of the table: its words and the function."""

    label: Any
    check: Check


CHECKS: Mapping[str, NamedCheck] = {
    "paid_in_full": NamedCheck(_l("Paid in full"), conditions.paid_in_full),
    "first_instalment_booked": NamedCheck(_l("First instalment booked"), conditions.first_instalment_booked),
    "company_data_complete": NamedCheck(_l("Company data complete"), conditions.company_data_complete),
    "steps_finished": NamedCheck(_l("All steps finished"), conditions.steps_finished),
}


def findings_on(subject: Subject) -> list[Finding]:
    """The findings of every check the line's business type asks for; none for a line without work."""
    if subject.item is None:
        return []
    rows = subject.line.business_type.closing_checks
    return [_finding(str(row[0]), subject, row[1] if len(row) > 1 else {}) for row in rows]


def _finding(name: str, subject: Subject, params: Mapping[str, Any]) -> Finding:
    known = CHECKS.get(name)
    if known is None:
        unknown = Missing(
            _l("There is no check called “%(name)s”", name=name),
            _l("the business type asks for it"),
            Place(
                "business_type.show",
                {"pk": subject.line.business_type_id},
                _l("Correct it"),
                ("can_show", "business_type"),
            ),
        )
        return Finding(name, name, Answer([unknown]))
    return Finding(name, known.label, known.check(subject, params))


def check_contract(session: Session, contract_id: int) -> ContractCheck:
    """The checks of one contract in the reader's sight. Raises NotFound."""
    contract = session.scalars(select(Contract).where(Contract.id == contract_id)).first()
    if contract is None:
        raise NotFound()
    found = check_contracts(session, [contract_id])
    return found[0] if found else ContractCheck(contract)


def check_contracts(session: Session, contract_ids: Sequence[int]) -> list[ContractCheck]:
    """The checks of contracts somebody was found to see, in the given order.

    Reads past the row scope: whether a line may close does not depend on who asks (spec 3-roles, "paid?").
    """
    with elevated(session):
        subjects = subjects_of(session, ContractLine.contract_id.in_(contract_ids))
    by_contract: dict[int, list[Subject]] = defaultdict(list)
    for subject in subjects:
        by_contract[subject.contract.id].append(subject)
    return [
        ContractCheck(by_contract[i][0].contract, [_checked(s) for s in by_contract[i]])
        for i in contract_ids
        if i in by_contract
    ]


def check_item(session: Session, item: WorkItem) -> LineCheck:
    """The checks of the line behind one work item."""
    with elevated(session):
        (subject,) = subjects_of(session, ContractLine.id == item.contract_line_id)
    return _checked(subject)


def _checked(subject: Subject) -> LineCheck:
    return LineCheck(subject, findings_on(subject))
