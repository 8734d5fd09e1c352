"""The tax profile of a company: which taxes it files, how often, and the rows that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.bookkeeping.filing_calendar import notices
from app.bookkeeping.models import PeriodicService, TaxFiling, TaxProfileLine
from app.bookkeeping.month_rows import DueFiling, due_in, keep_only, lay_down_month
from app.bookkeeping.rules import add_months, first_of_month, months_between
from app.bookkeeping.states import FilingState
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
_ONE_DAY = timedelta(days=1)


def default_of(company: Company) -> dict[str, Frequency]:
    """What follows from legal form, taxpayer kind and collection method; empty before the kind is known."""
    kind = TaxpayerKind(company.taxpayer_kind) if company.taxpayer_kind else None
    return dict(
        default_profile(EntityType(company.entity_type), kind, CollectionMethod(company.collection_method))
    )


def live_lines(session: Session, company_id: int) -> list[TaxProfileLine]:
    """The lines of the profile that are in force this month or later."""
    this_month = first_of_month(clock.today())
    still = or_(TaxProfileLine.valid_until.is_(None), TaxProfileLine.valid_until >= this_month)
    return list(session.scalars(_lines(company_id).where(still)))


def apply_default(
    session: Session, service: PeriodicService, company: Company, *, since: date | None = None
) -> None:
    """Let the usual taxes follow the company from a month on; what somebody added beside them stays.

    Without a month: from the start of the engagement when the taxes were never determined, so that nothing
    due since then is lost; else from this month, because what went before was filed under the old facts.
    """
    started = first_of_month(service.started_on)
    if since is None:
        known = session.scalars(_lines(company.id).limit(1)).first() is not None
        since = first_of_month(clock.today()) if known else started
    _replace_from(session, service, max(first_of_month(since), started), default_of(company))
    bring_rows_in_line(session, service)


def _replace_from(
    session: Session, service: PeriodicService, since: date, wanted: Mapping[str, Frequency]
) -> None:
    going_on = set()
    eve = since - _ONE_DAY
    for line in session.scalars(_lines(service.company_id)).all():
        if line.tax_code not in DEFAULT_CODES:
            continue
        reaches = line.valid_until is None or line.valid_until >= eve
        if line.valid_from < since and reaches and wanted.get(line.tax_code) == line.frequency:
            line.valid_until = None
            going_on.add(line.tax_code)
        elif line.valid_from >= since:
            session.delete(line)
        elif reaches:
            line.valid_until = eve
    session.flush()
    for code, frequency in wanted.items():
        if code not in going_on:
            _add(session, service, code, frequency, since)
    session.flush()


def edit_lines(session: Session, service: PeriodicService, wanted: Mapping[str, Frequency]) -> None:
    """Correct the profile by hand: a tax left out is not filed and never was, as far as nothing was filed.

    What is filed or overdue keeps its line up to that period; the rest of the open rows is withdrawn. An
    added tax begins with what is due this month.
    """
    today = clock.today()
    begin = max(add_months(first_of_month(today), -1), first_of_month(service.started_on))
    fixed = _last_fixed_periods(session, service.company_id, today)
    starts = dict.fromkeys(wanted, begin)
    for line in live_lines(session, service.company_id):
        if wanted.get(line.tax_code) == line.frequency:
            starts.pop(line.tax_code, None)
            continue
        last = fixed.get(line.tax_code)
        starts[line.tax_code] = line.valid_from
        if last is not None and last >= line.valid_from:
            line.valid_until, starts[line.tax_code] = last, last + _ONE_DAY
        else:
            session.delete(line)
    session.flush()
    for code, start in starts.items():
        if code in wanted:
            _add(session, service, code, wanted[code], start)
    session.flush()
    _withdraw_unasked(session, service)
    lay_down_month(session, today.year, today.month, company_id=service.company_id)


def _last_fixed_periods(session: Session, company_id: int, today: date) -> dict[str, date]:
    """By tax, the end of the last period that is filed already or should have been."""
    settled = or_(TaxFiling.state != FilingState.TO_FILE.value, TaxFiling.due_on < today)
    rows = session.execute(
        select(TaxFiling.tax_code, func.max(TaxFiling.period_end))
        .where(TaxFiling.company_id == company_id, settled)
        .group_by(TaxFiling.tax_code)
    )
    return dict(rows.tuples().all())


def _add(
    session: Session, service: PeriodicService, code: str, frequency: Frequency, valid_from: date
) -> None:
    session.add(
        TaxProfileLine(
            customer_id=service.customer_id,
            company_id=service.company_id,
            tax_code=code,
            frequency=frequency.value,
            valid_from=valid_from,
        )
    )


def _lines(company_id: int) -> Select[TaxProfileLine]:
    return select(TaxProfileLine).where(TaxProfileLine.company_id == company_id).order_by(TaxProfileLine.id)


def bring_rows_in_line(session: Session, service: PeriodicService) -> None:
    """Withdraw open rows the profile no longer asks for, and lay down those it does, up to this month."""
    since = _withdraw_unasked(session, service)
    for year, month in months_between(since, clock.today()):
        lay_down_month(session, year, month, company_id=service.company_id)


def _withdraw_unasked(session: Session, service: PeriodicService) -> date:
    """Returns the first month looked at."""
    today = clock.today()
    oldest = add_months(first_of_month(today), -LOOK_BACK_MONTHS)
    started = first_of_month(service.started_on)
    since = min(started if started >= oldest else first_of_month(today), first_of_month(today))
    lines = session.scalars(_lines(service.company_id)).all()
    stored = notices(session)
    asked = {
        (due.code, due.period.label)
        for year, month in months_between(since, today)
        for due in due_in(year, month, stored)
        if any(_covers(line, due) for line in lines)
    }
    keep_only(session, service.company_id, asked, since=since)
    return since


def _covers(line: TaxProfileLine, due: DueFiling) -> bool:
    return (
        line.tax_code == due.code
        and line.frequency == due.frequency
        and line.valid_from <= due.period.end
        and (line.valid_until is None or line.valid_until >= due.period.start)
    )
