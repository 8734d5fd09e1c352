"""TABLE of what can be reminded of: each source answers which subjects fall due on which day.

A source is one select over the stages' tables: subject id, its day, an occurrence that stays the same when
the day moves, customer, owner and accountant, and the words. It answers for days from `first` to `last`,
both included, and again for one subject when the obligation is fulfilled: what no longer applies is void.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import literal, select

from app.bookkeeping.models import PeriodicService, TaxFiling
from app.companies.models import Company
from app.customers.models import ContactObligation, Customer
from app.finance.models import Receivable

Answer = Any
"""A select; which columns it has is said above, since no type can name them."""


@dataclass(frozen=True)
class Source:
    """`select_due` gives columns subject_id, day, occurrence, customer_id, owner_id, accountant_id, name.

    `subject` is the model whose id is the subject; `endpoint` the page the reminder opens, with the column
    of that page's key.
    """

    label: Any
    title: str
    select_due: Callable[[], Answer]
    day: Any
    subject: Any
    endpoint: str
    key: str = "customer_id"


def contacts_due() -> Answer:
    """Open checkpoints of the contact rule."""
    return (
        select(
            ContactObligation.id.label("subject_id"),
            ContactObligation.due_on.label("day"),
            literal("checkpoint").label("occurrence"),
            Customer.id.label("customer_id"),
            ContactObligation.person_id.label("owner_id"),
            literal(None).label("accountant_id"),
            Customer.name.label("name"),
        )
        .join(Customer, Customer.id == ContactObligation.customer_id)
        .where(ContactObligation.state == "open", Customer.stage == "prospect")
    )


def next_contacts() -> Answer:
    """The next contact a salesperson noted."""
    return select(
        Customer.id.label("subject_id"),
        Customer.next_contact_on.label("day"),
        Customer.next_contact_on.label("occurrence"),
        Customer.id.label("customer_id"),
        Customer.owner_id.label("owner_id"),
        literal(None).label("accountant_id"),
        Customer.name.label("name"),
    ).where(Customer.next_contact_on.is_not(None), Customer.owner_id.is_not(None))


def filings_due() -> Answer:
    """Filings not yet made, of engagements in service."""
    return (
        select(
            TaxFiling.id.label("subject_id"),
            TaxFiling.due_on.label("day"),
            literal("filing").label("occurrence"),
            TaxFiling.customer_id.label("customer_id"),
            Customer.owner_id.label("owner_id"),
            PeriodicService.accountant_id.label("accountant_id"),
            Company.name.label("name"),
        )
        .join(PeriodicService, PeriodicService.id == TaxFiling.service_id)
        .join(Company, Company.id == TaxFiling.company_id)
        .join(Customer, Customer.id == TaxFiling.customer_id)
        .where(TaxFiling.state == "to_file", TaxFiling.suspended.is_(False))
    )


def receivables_due() -> Answer:
    """Receivables with an open balance."""
    return (
        select(
            Receivable.id.label("subject_id"),
            Receivable.due_on.label("day"),
            literal("receivable").label("occurrence"),
            Receivable.customer_id.label("customer_id"),
            Customer.owner_id.label("owner_id"),
            literal(None).label("accountant_id"),
            Customer.name.label("name"),
        )
        .join(Customer, Customer.id == Receivable.customer_id)
        .where(Receivable.amount - Receivable.waived - Receivable.paid > 0)
    )


def services_ending() -> Answer:
    """Periodic services whose term ends; a renewal moves the day on, and that is a new occurrence."""
    return (
        select(
            PeriodicService.id.label("subject_id"),
            PeriodicService.service_until.label("day"),
            PeriodicService.service_until.label("occurrence"),
            PeriodicService.customer_id.label("customer_id"),
            Customer.owner_id.label("owner_id"),
            PeriodicService.accountant_id.label("accountant_id"),
            Company.name.label("name"),
        )
        .join(Company, Company.id == PeriodicService.company_id)
        .join(Customer, Customer.id == PeriodicService.customer_id)
        .where(PeriodicService.state == "active", PeriodicService.service_until.is_not(None))
    )


SOURCES: Mapping[str, Source] = {
    "contact_rule": Source(
        label=_l("Contact rule"),
        title="Contact %(name)s, due %(day)s",
        select_due=contacts_due,
        day=ContactObligation.due_on,
        subject=ContactObligation,
        endpoint="customer.show",
    ),
    "next_contact": Source(
        label=_l("Next contact"),
        title="Planned contact with %(name)s, %(day)s",
        select_due=next_contacts,
        day=Customer.next_contact_on,
        subject=Customer,
        endpoint="customer.show",
    ),
    "filing": Source(
        label=_l("Tax filing"),
        title="Filing of %(name)s, due %(day)s",
        select_due=filings_due,
        day=TaxFiling.due_on,
        subject=TaxFiling,
        endpoint="filing.show",
        key="subject_id",
    ),
    "arrears": Source(
        label=_l("Receivable"),
        title="Money of %(name)s, due %(day)s",
        select_due=receivables_due,
        day=Receivable.due_on,
        subject=Receivable,
        endpoint="customer.show",
    ),
    "renewal": Source(
        label=_l("End of service"),
        title="Service of %(name)s ends %(day)s",
        select_due=services_ending,
        day=PeriodicService.service_until,
        subject=PeriodicService,
        endpoint="engagement.show",
        key="subject_id",
    ),
}


def due_between(source: Source, first: date, last: date) -> Answer:
    """Subjects of the source whose day lies in the interval, both ends included."""
    return source.select_due().where(source.day.between(first, last))


def still_due(source: Source, subject_id: int) -> Answer:
    """The subject if it still falls due; no row when it was done meanwhile."""
    return source.select_due().where(source.subject.id == subject_id)
