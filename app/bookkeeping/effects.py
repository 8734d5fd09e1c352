"""What the transitions of engagements and filings do besides changing the state. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import false, true
from sqlalchemy.orm import Session

from app.bookkeeping.events import EngagementHandedOver, ServiceEnded, ServiceRenewed
from app.bookkeeping.models import PeriodicService, ServiceTerm, TaxFiling
from app.bookkeeping.month_rows import mark_suspended, withdraw
from app.bookkeeping.participation import people_of_bookkeeping, settle
from app.bookkeeping.rules import last_day, month_end, month_price, renewal_start
from app.bookkeeping.tax_types import ENDS_FILED
from app.contracts.models import ContractLine
from app.org.models import Person
from app.platform import clock
from app.platform.access import Identity, elevated
from app.platform.errors import FieldErrors
from app.platform.events import publish
from app.platform.lifecycle import Step

# Engagements ------------------------------------------------------------------------------------------------


def add_term(session: Session, service: PeriodicService, line: ContractLine) -> ServiceTerm:
    """Let a contract line carry the service on; its end and price move with it."""
    today = clock.today()
    start = renewal_start(line.start_month, service.service_until, today)
    term = ServiceTerm(
        customer_id=service.customer_id,
        service_id=service.id,
        contract_line_id=line.id,
        starts_on=start,
        ends_on=last_day(start, paid_months=line.paid_months, gift_months=line.gift_months),
        paid_months=line.paid_months,
        gift_months=line.gift_months,
        month_price=month_price(line.amount, line.paid_months),
    )
    session.add(term)
    service.service_until, service.month_price = term.ends_on, term.month_price
    service.unrenewed = term.ends_on < today
    session.flush()
    return term


def renewed(step: Step) -> None:
    line = step.session.get_one(ContractLine, int(step.data["line_id"]))
    add_term(step.session, step.row, line)
    publish(step.session, ServiceRenewed(step.row.id))


def is_bookkeeping(_session: Session, service: PeriodicService, _identity: Identity) -> bool:
    return service.kind == "bookkeeping"


def suspended(step: Step) -> None:
    mark_suspended(step.session, step.row.id, true())


def resumed(step: Step) -> None:
    mark_suspended(step.session, step.row.id, false())


def ended(step: Step) -> None:
    """The last day of service counts; open rows of later periods are taken back, earlier ones stay due."""
    service: PeriodicService = step.row
    day = step.data["ended_on"]
    if day < service.started_on:
        raise FieldErrors(
            _l("This cannot be done yet."), {"ended_on": [_l("This is before the service began.")]}
        )
    service.ended_on, service.end_reason, service.unrenewed = day, step.reason[:200], False
    with elevated(step.session):
        withdraw(step.session, service.id, after=month_end(day))
        settle(step.session, service.customer_id)
    publish(step.session, ServiceEnded(service.id))


def accountants(session: Session, service: PeriodicService | None) -> Sequence[tuple[Any, Any]]:
    """Who may take the books over: everybody of bookkeeping but the present accountant."""
    present = service.accountant_id if service is not None else None
    return [(person_id, name) for person_id, name in people_of_bookkeeping(session) if person_id != present]


def handed_over(step: Step) -> None:
    service: PeriodicService = step.row
    chosen, former = int(step.data["accountant_id"]), service.accountant_id
    people = dict(people_of_bookkeeping(step.session))
    if chosen not in people:
        raise FieldErrors(
            _l("This cannot be done yet."), {"accountant_id": [_l("This person keeps no books.")]}
        )
    service.accountant_id = chosen
    service.accountant = step.session.get_one(Person, chosen)
    step.session.flush()
    with elevated(step.session):
        settle(step.session, service.customer_id)
    publish(step.session, EngagementHandedOver(service.id, chosen, former))


# Filings ----------------------------------------------------------------------------------------------------


def owes_money(_session: Session, filing: TaxFiling, _identity: Identity) -> Sequence[Any]:
    """Statements and reports end when filed, and a zero filing owes nothing."""
    if filing.tax_code in ENDS_FILED:
        return [_l("Statements and reports are finished when filed.")]
    if filing.zero:
        return [_l("A zero filing owes nothing.")]
    return []


def may_be_zero(_session: Session, filing: TaxFiling, _identity: Identity) -> Sequence[Any]:
    return [_l("Only a tax can be filed as zero.")] if filing.tax_code in ENDS_FILED else []


def filed(step: Step) -> None:
    _file(step, step.data.get("amount"))


def filed_zero(step: Step) -> None:
    _file(step, Decimal("0.00"))
    step.row.zero = True


def _file(step: Step, amount: Decimal | None) -> None:
    filing: TaxFiling = step.row
    filing.filed_on, filing.filed_by_id = clock.today(), step.identity.person_id
    filing.amount = amount if amount is not None else filing.amount
    filing.zero = False


def paid(step: Step) -> None:
    filing: TaxFiling = step.row
    filing.paid_on = clock.today()
    amount = step.data.get("amount")
    filing.amount = amount if amount is not None else filing.amount


def without_tax(step: Step) -> None:
    step.row.amount = Decimal("0.00")


def noted(step: Step) -> None:
    step.row.note = step.reason[:300] or None


def reopened(step: Step) -> None:
    """A correction starts over; what was filed before stands in the audit trail and on the timeline."""
    filing: TaxFiling = step.row
    filing.filed_on = filing.paid_on = filing.filed_by_id = None
    filing.zero, filing.note = False, step.reason[:300] or None
