"""Give clearances, close items and whole contracts, and do what follows from a closing. Never commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.rules import FORMATION
from app.closing.checks import check_contract, check_item
from app.closing.conditions import first_instalment_booked, paid_in_full
from app.closing.findings import LineCheck
from app.closing.queries import active_contracts_of, items_in, renewed_lines, subjects_of
from app.companies.operations import enter_library, registered
from app.contracts.operations import line_cancelled, line_closed_or_opened
from app.contracts.queries import hold
from app.contracts.states import LINE_CLOSED, LINE_OPENED
from app.customers import operations as customers
from app.customers.states import SIGNED
from app.delivery import operations as delivery
from app.delivery.clearance import Clearance
from app.delivery.models import WorkItem
from app.delivery.states import FINISHED, OPEN, StepState
from app.platform.access import identity_of
from app.platform.errors import BusinessError, NotFound


def clear(session: Session, item_id: int, forced: bool) -> Clearance:
    """Look at the item now and clear it. Raises BusinessError with everything missing, unless forced.

    Locks the contract first, in the order reversals do, so that no money leaves between check and closing.
    """
    item = session.scalars(select(WorkItem).where(WorkItem.id == item_id)).first()
    if item is None:
        raise NotFound()
    hold(session, item.contract_id)
    reasons = missing_for(check_item(session, item))
    if reasons and not forced:
        raise BusinessError(_l("This cannot be closed yet."), *reasons, code="unmet")
    return Clearance(item.id, forced)


def missing_for(check: LineCheck) -> list[Any]:
    """What is missing, in words, one line per thing."""
    return [
        _l("%(check)s: %(what)s", check=finding.label, what=missing.what)
        for finding in check.findings
        for missing in finding.answer.missing
    ]


def close_item(
    session: Session, item_id: int, *, reason: str = "", forced: bool = False, token: str | None = None
) -> WorkItem:
    """Close (one-off) or open (recurring) one item. Raises BusinessError with everything missing."""
    return delivery.close(session, clear(session, item_id, forced), reason=reason, token=token)


def close_contract(session: Session, contract_id: int) -> int:
    """Close or open every line whose checks are met; returns how many. Refuses when there is none."""
    hold(session, contract_id)
    check = check_contract(session, contract_id)
    if not check.open_lines:
        raise BusinessError(_l("Every line is closed or opened already."), code="nothing_open")
    if not check.ready:
        reasons = [reason for line in check.open_lines for reason in missing_for(line)]
        raise BusinessError(_l("This cannot be closed yet."), *reasons, code="unmet")
    return _close_all(session, [_item_id(line) for line in check.ready], reason="", forced=False)


def force_contract(session: Session, contract_id: int, reason: str) -> int:
    """Close or open every open line; those with something missing are marked as forced. Needs a reason."""
    identity_of(session).require("can_force_close", "work_item")
    if not reason.strip():
        raise BusinessError(_l("Say why it is closed all the same."), code="no_reason")
    hold(session, contract_id)
    check = check_contract(session, contract_id)
    if not check.open_lines:
        raise BusinessError(_l("Every line is closed or opened already."), code="nothing_open")
    ready = [_item_id(line) for line in check.ready]
    unmet = [_item_id(line) for line in check.open_lines if not line.met]
    closed = _close_all(session, ready, reason=reason, forced=False)
    return closed + _close_all(session, unmet, reason=reason, forced=True)


def _close_all(session: Session, item_ids: Sequence[int], *, reason: str, forced: bool) -> int:
    for item_id in item_ids:
        close_item(session, item_id, reason=reason, forced=forced)
    return len(item_ids)


def _item_id(line: LineCheck) -> int:
    assert line.subject.item is not None
    return line.subject.item.id


def follow_up_closing(session: Session, item_id: int, how: str, forced: bool) -> None:
    """The line is done, its company enters the library, a customer without open work is retained."""
    item = session.scalars(select(WorkItem).where(WorkItem.id == item_id)).one()
    line_closed_or_opened(session, item.contract_line_id, how, forced=forced)
    if item.company_id is not None:
        enter_library(session, item.company_id)
        if _founded(item):
            registered(session, item.company_id)
    settle_stage(session, item.customer_id)


def _founded(item: WorkItem) -> bool:
    """Whether the item registered its company. Closed by force with open steps, nobody knows."""
    founds = item.business_type.code.startswith(FORMATION)
    return founds and all(step.state != StepState.OPEN for step in item.steps)


def follow_up_cancelling(session: Session, item_id: int) -> None:
    """The line has ended without result; a customer without open work is retained, or what it was before."""
    item = session.scalars(select(WorkItem).where(WorkItem.id == item_id)).one()
    line_cancelled(session, item.contract_line_id)
    settle_stage(session, item.customer_id)


def open_renewals(session: Session, contract_ids: Collection[int]) -> None:
    """Open the lines of renewals in force whose money has come; they have no work that could be closed.

    Which money opens a line without work: docs/decisions/0012-when-a-contract-is-over.md.
    """
    for subject in subjects_of(session, renewed_lines(contract_ids)):
        line = subject.line
        paid = first_instalment_booked if line.recurring else paid_in_full
        if not paid(subject, {}).missing:
            how = LINE_OPENED if line.recurring else LINE_CLOSED
            line_closed_or_opened(session, line.id, how, forced=False)


def settle_stage(session: Session, customer_id: int) -> None:
    """A signed customer without open work is retained once something was finished.

    With nothing finished and no contract in force, it falls back to what it was (spec 2-lifecycle, Customer).
    Holds the customer before it counts, so that it does not overlook a contract taking effect.
    """
    customer = customers.hold(session, customer_id)
    if customer.stage != SIGNED or items_in(session, customer_id, OPEN):
        return
    if items_in(session, customer_id, FINISHED):
        customers.retain(session, customer_id)
    elif not active_contracts_of(session, customer_id):
        customers.fall_back(session, customer_id)
