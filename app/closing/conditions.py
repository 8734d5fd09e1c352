"""The conditions of closing: each looks at one line and answers met, or what is missing and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app.closing.findings import Answer, Missing, Place, Subject
from app.companies.entity import COMPANY
from app.delivery.states import StepState
from app.finance.checks import OPEN
from app.finance.models import Receipt, Receivable
from app.platform import clock
from app.platform.money import ZERO

ASKED = "receivable.amount"


def paid_in_full(subject: Subject, params: Mapping[str, Any]) -> Answer:
    """The line's whole share is paid or waived."""
    return _paid(subject, subject.receivables)


def first_instalment_booked(subject: Subject, params: Mapping[str, Any]) -> Answer:
    """The first receivable of the line is paid or waived."""
    return _paid(subject, subject.receivables[:1])


def _paid(subject: Subject, asked: Sequence[Receivable]) -> Answer:
    open_rows = [row for row in asked if row.balance > 0]
    due = sum((row.amount - row.waived for row in asked), ZERO)
    paid = sum((row.paid for row in asked), ZERO)
    booked = subject.told(f"{ASKED} receivable.paid", paid)
    note = _l("asked ¥%(due)s, booked ¥%(paid)s", due=subject.told(ASKED, due), paid=booked)
    if not open_rows:
        return Answer(summary=_l("¥%(paid)s booked", paid=booked), note=note)
    missing = [_unpaid(subject, row) for row in open_rows]
    missing += [_waiting(subject, receipt) for receipt in subject.pending]
    return Answer(missing, _l("¥%(open)s to go", open=subject.told(OPEN, due - paid)), note)


def _unpaid(subject: Subject, row: Receivable) -> Missing:
    contract = subject.contract
    return Missing(
        _l(
            "Instalment %(number)s, ¥%(amount)s",
            number=row.instalment,
            amount=subject.told(OPEN, row.balance),
        ),
        _due_words(row),
        Place(
            "receipt.add",
            {"customer_id": contract.customer_id, "contract_id": contract.id},
            _l("Enter a receipt"),
            ("can_add", "receipt"),
        ),
        subject.author_name,
        _l("collect the money"),
    )


def _due_words(row: Receivable) -> Any:
    late = (clock.today() - row.due_on).days
    if late > 0:
        return _l("due %(day)s, %(days)s days overdue", day=row.due_on, days=late)
    return _l("due %(day)s", day=row.due_on)


def _waiting(subject: Subject, receipt: Receipt) -> Missing:
    return Missing(
        _l(
            "Receipt %(number)s, ¥%(amount)s",
            number=receipt.number or "",
            amount=subject.told("receipt.amount", receipt.amount),
        ),
        _l("entered, waits for the cashier"),
        Place("receipt.show", {"pk": receipt.id}, _l("Have it booked"), ("can_show", "receipt")),
        str(_l("Cashier")),
        _l("book the receipt"),
    )


def company_data_complete(subject: Subject, params: Mapping[str, Any]) -> Answer:
    """The company is known and every required column of it is filled in. Parameter `fields`: their names."""
    names = [str(name) for name in params.get("fields", ())]
    company = subject.company
    if not names:
        return Answer(summary=_l("nothing required"))
    if company is None:
        return Answer([_no_company(subject)], _l("no company yet"))
    missing = [
        Missing(
            COMPANY.field(name).label,
            company.name,
            Place("company.edit", {"pk": company.id}, _l("Fill it in"), ("can_edit", "company")),
            subject.handler_name,
            _l("complete the company's data"),
        )
        for name in names
        if getattr(company, name, None) in (None, "")
    ]
    words = {"required": len(names), "filled": len(names) - len(missing)}
    note = _l("%(required)s required, %(filled)s filled in", **words)
    return Answer(missing, _l("%(count)s missing", count=len(missing)) if missing else _l("complete"), note)


def _no_company(subject: Subject) -> Missing:
    item = subject.item
    place = (
        Place("work_item.show", {"pk": item.id}, _l("Name the company"), ("can_show", "work_item"))
        if item
        else None
    )
    return Missing(
        _l("No company is registered for this work"),
        subject.line.business_type.name,
        place,
        subject.handler_name,
        _l("complete the company's data"),
    )


def steps_finished(subject: Subject, params: Mapping[str, Any]) -> Answer:
    """Every step is done, or skipped with a reason."""
    item = subject.item
    if item is None:
        return Answer()
    done = sum(step.state == StepState.DONE for step in subject.steps)
    skipped = [step for step in subject.steps if step.state == StepState.SKIPPED]
    missing = [
        Missing(
            step.name,
            subject.line.business_type.name,
            Place("work_item.show", {"pk": item.id}, _l("Report it"), ("can_show", "work_item")),
            subject.handler_name,
            _l("finish the steps"),
        )
        for step in subject.steps
        if step.state == StepState.OPEN
    ]
    note = "；".join(str(_l("skipped %(step)s: %(reason)s", step=s.name, reason=s.note)) for s in skipped)
    summary = _l("%(done)s done, %(skipped)s skipped", done=done, skipped=len(skipped))
    return Answer(missing, _l("%(count)s to go", count=len(missing)) if missing else summary, note)
