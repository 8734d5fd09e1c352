"""The tax profile of a company: which taxes it files, how often, and the rows that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.bookkeeping.filing_calendar import notices
from app.bookkeeping.models import PeriodicService, TaxProfileLine
from app.bookkeeping.month_rows import DueFiling, due_in, keep_only, lay_down_month
from app.bookkeeping.rules import add_months, first_of_month, months_between
from app.bookkeeping.tax_types import Frequency, default_profile
from app.companies.models import Company
from app.companies.states import CollectionMethod, EntityType, TaxpayerKind
from app.platform import clock

LOOK_BACK_MONTHS = 12
"""Rows of past months are laid down for engagements no older than this; older ones were kept elsewhere."""

DEFAULT_CODES = frozenset(
    code
    for form in EntityType
    for kind in TaxpayerKind
    for method in CollectionMethod
    for code, _frequency in default_profile(form, kind, method)
)


def default_of(company: Company) -> dict[str, Frequency]:
    """What follows from legal form, taxpayer kind and collection method; empty before the kind is known."""
    kind = TaxpayerKind(company.taxpayer_kind) if company.taxpayer_kind else None
    return dict(
        default_profile(EntityType(company.entity_type), kind, CollectionMethod(company.collection_method))
    )


def live_lines(session: Session, company_id: int) -> list[TaxProfileLine]:
    """The lines of the profile that are in force this month or later."""
    this_month = first_of_month(clock.today())
    return list(
        session.scalars(
            select(TaxProfileLine)
            .where(
                TaxProfileLine.company_id == company_id,
                or_(TaxProfileLine.valid_until.is_(None), TaxProfileLine.valid_until >= this_month),
            )
            .order_by(TaxProfileLine.id)
        )
    )


def apply_default(session: Session, service: PeriodicService, company: Company) -> None:
    """Let the taxes of the default follow the company; what somebody added beside them stays."""
    own = {
        line.tax_code: Frequency(line.frequency)
        for line in live_lines(session, company.id)
        if line.tax_code not in DEFAULT_CODES
    }
    set_profile(session, service, {**own, **default_of(company)})


def set_profile(session: Session, service: PeriodicService, wanted: Mapping[str, Frequency]) -> None:
    """Make the profile of the company this one, from the present month on, and bring its rows in line.

    The first profile holds from the start of the engagement, so that nothing due since then is lost.
    """
    lines = live_lines(session, service.company_id)
    this_month = first_of_month(clock.today())
    start = this_month if _has_profile(session, service.company_id) else first_of_month(service.started_on)
    for line in lines:
        frequency = wanted.get(line.tax_code)
        if frequency == line.frequency:
            continue
        if line.valid_from < this_month:
            line.valid_until = this_month - timedelta(days=1)
        elif frequency is not None:
            line.frequency = frequency.value
        else:
            session.delete(line)
    session.flush()
    kept = {line.tax_code for line in live_lines(session, service.company_id)}
    for code, frequency in wanted.items():
        if code not in kept:
            session.add(
                TaxProfileLine(
                    customer_id=service.customer_id,
                    company_id=service.company_id,
                    tax_code=code,
                    frequency=frequency.value,
                    valid_from=start,
                )
            )
    session.flush()
    bring_rows_in_line(session, service)


def _has_profile(session: Session, company_id: int) -> bool:
    statement = select(TaxProfileLine.id).where(TaxProfileLine.company_id == company_id).limit(1)
    return session.scalar(statement) is not None


def bring_rows_in_line(session: Session, service: PeriodicService) -> None:
    """Withdraw open rows the profile no longer asks for, and lay down those it does, up to this month."""
    today = clock.today()
    oldest = add_months(first_of_month(today), -LOOK_BACK_MONTHS)
    started = first_of_month(service.started_on)
    since = started if started >= oldest else first_of_month(today)
    lines = list(
        session.scalars(select(TaxProfileLine).where(TaxProfileLine.company_id == service.company_id))
    )
    keep_only(session, service.company_id, _asked_for(session, lines, since, today), since=since)
    for year, month in months_between(since, today):
        lay_down_month(session, year, month, company_id=service.company_id)


def _asked_for(
    session: Session, lines: list[TaxProfileLine], since: date, today: date
) -> set[tuple[str, str]]:
    stored = notices(session)
    asked = set()
    for year, month in months_between(since, today):
        for due in due_in(year, month, stored):
            if any(_covers(line, due) for line in lines):
                asked.add((due.code, due.period.label))
    return asked


def _covers(line: TaxProfileLine, due: DueFiling) -> bool:
    return (
        line.tax_code == due.code
        and line.frequency == due.frequency
        and line.valid_from <= due.period.end
        and (line.valid_until is None or line.valid_until >= due.period.start)
    )
