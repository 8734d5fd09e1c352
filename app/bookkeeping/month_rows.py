"""The filing rows of a month, laid down and moved set by set: no row is ever read into memory.

Core statements on purpose: the rows of a month are the agency's duty, whoever asks for them, and a set-based
run writes one audit entry instead of one per row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Select,
    String,
    Subquery,
    and_,
    case,
    delete,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from app.bookkeeping.filing_calendar import notices, regional_notices
from app.bookkeeping.models import PeriodicService, TaxFiling, TaxKind, TaxProfileLine
from app.bookkeeping.periods import Period, due_date, periods_due_in
from app.bookkeeping.rules import first_of_month
from app.bookkeeping.states import FilingState, ServiceKind, ServiceState
from app.bookkeeping.tax_types import Frequency, tax_types
from app.companies.models import Company
from app.platform import audit, clock
from app.platform.filing_deadlines import Notices, Source, filing_deadline
from app.platform.obligations.upsert import inserting

_FILING = TaxFiling.__table__.c
_SERVICE = PeriodicService.__table__.c
_PROFILE = TaxProfileLine.__table__.c
_COMPANY = Company.__table__.c
_LONG_AGO = (1900, 1)
_COLUMNS = (
    "customer_id",
    "company_id",
    "service_id",
    "tax_code",
    "period",
    "period_end",
    "matrix_month",
    "due_on",
    "estimated",
    "state",
    "zero",
    "suspended",
    "version",
)


@dataclass(frozen=True)
class DueFiling:
    """One tax at one frequency as it is due in a month."""

    code: str
    frequency: Frequency
    period: Period
    due_on: date
    estimated: bool


def due_in(year: int, month: int, known_notices: Notices) -> list[DueFiling]:
    """Every tax and frequency that has a period due in the month, with its last day."""
    found = []
    for code, tax in tax_types().items():
        for frequency in tax.frequencies:
            period = periods_due_in((year, month), code, frequency, _LONG_AGO)
            if period is not None:
                deadline = due_date(
                    code, frequency, period, lambda y, m: filing_deadline(y, m, notices=known_notices)
                )
                estimated = deadline.source is Source.ESTIMATE
                found.append(DueFiling(code, frequency, period, deadline.day, estimated))
    return found


def lay_down_month(session: Session, year: int, month: int, *, company_id: int | None = None) -> int:
    """Lay down what is due in the month for every engagement (or one company); returns how many rows are new.

    Running it again changes nothing. Rows of suspended engagements are laid down and marked.
    """
    idle = set(session.scalars(select(TaxKind.code).where(TaxKind.active.is_(False))))
    due = [each for each in due_in(year, month, notices(session)) if each.code not in idle]
    if not due:
        return 0
    statement = inserting(session, cast(Any, TaxFiling.__table__)).from_select(
        list(_COLUMNS), _rows(_as_table(due), date(year, month, 1), company_id)
    )
    laid = _count(
        session, statement.on_conflict_do_nothing(index_elements=["company_id", "tax_code", "period"])
    )
    if laid:
        audit.record(session, "laid down", "tax_filing", month=f"{year}-{month:02}", rows=laid)
        if regional_notices(session, year, month):
            move_due_dates(session, year, month)
    return laid


def _as_table(due: Sequence[DueFiling]) -> Subquery:
    rows = [
        select(
            literal(each.code, String).label("code"),
            literal(each.frequency.value, String).label("frequency"),
            literal(each.period.label, String).label("period"),
            literal(each.period.start, Date).label("period_start"),
            literal(each.period.end, Date).label("period_end"),
            literal(first_of_month(each.period.end), Date).label("last_month"),
            literal(each.due_on, Date).label("due_on"),
            literal(each.estimated, Boolean).label("estimated"),
        )
        for each in due
    ]
    return union_all(*rows).subquery("due")


def _rows(due: Subquery, matrix_month: date, company_id: int | None) -> Select[Any]:
    served_to_the_end = or_(_SERVICE.ended_on.is_(None), due.c.last_month <= _SERVICE.ended_on)
    statement = (
        select(
            _SERVICE.customer_id,
            _SERVICE.company_id,
            _SERVICE.id,
            due.c.code,
            due.c.period,
            due.c.period_end,
            literal(matrix_month, Date),
            due.c.due_on,
            due.c.estimated,
            literal(FilingState.TO_FILE.value, String),
            literal(False, Boolean),
            case((_SERVICE.state == ServiceState.SUSPENDED.value, True), else_=False),
            literal(1),
        )
        .select_from(TaxProfileLine.__table__)
        .join(due, and_(_PROFILE.tax_code == due.c.code, _PROFILE.frequency == due.c.frequency))
        .join(PeriodicService.__table__, _SERVICE.company_id == _PROFILE.company_id)
        .where(
            _SERVICE.kind == ServiceKind.BOOKKEEPING.value,
            _SERVICE.started_on <= due.c.period_end,
            served_to_the_end,
            _PROFILE.valid_from <= due.c.period_end,
            or_(_PROFILE.valid_until.is_(None), _PROFILE.valid_until >= due.c.period_start),
        )
    )
    return statement if company_id is None else statement.where(_SERVICE.company_id == company_id)


def withdraw(session: Session, service_id: int, *, after: date) -> int:
    """Take back open rows of a service whose period ends after the day; returns how many."""
    gone = _count(
        session,
        delete(TaxFiling.__table__).where(
            _FILING.service_id == service_id,
            _FILING.state == FilingState.TO_FILE.value,
            _FILING.period_end > after,
        ),
    )
    if gone:
        audit.record(session, "withdrew", "tax_filing", service=service_id, after=after, rows=gone)
    return gone


def mark_suspended(session: Session, service_id: int, suspended: ColumnElement[bool]) -> None:
    """Mark the open rows of a service as suspended (`true()`) or as running again (`false()`)."""
    session.execute(
        update(TaxFiling.__table__)
        .where(_FILING.service_id == service_id, _FILING.state == FilingState.TO_FILE.value)
        .values(suspended=suspended, version=_FILING.version + 1)
    )


def keep_only(session: Session, company_id: int, kept: set[tuple[str, str]], *, since: date) -> int:
    """Take back open rows of a company, matrix months from `since` on, whose (tax, period) is not kept."""
    rows = delete(TaxFiling.__table__).where(
        _FILING.company_id == company_id,
        _FILING.matrix_month >= since,
        _FILING.state == FilingState.TO_FILE.value,
    )
    if kept:
        rows = rows.where(tuple_(_FILING.tax_code, _FILING.period).not_in(sorted(kept)))
    gone = _count(session, rows)
    if gone:
        audit.record(session, "withdrew", "tax_filing", company=company_id, rows=gone)
    return gone


def move_due_dates(session: Session, year: int, month: int) -> int:
    """Move the open rows of a month to the deadlines in force; filed rows never. Returns how many moved."""
    regions = regional_notices(session, year, month)
    moved = 0
    elsewhere: list[ColumnElement[bool]] = []
    for region, day in regions.items():
        here = _FILING.company_id.in_(_companies_in(region))
        due = due_in(year, month, {**notices(session), (year, month): day})
        moved += _move(session, date(year, month, 1), due, here)
        elsewhere.append(~here)
    due = due_in(year, month, notices(session))
    moved += _move(session, date(year, month, 1), due, and_(True, *elsewhere))
    if moved:
        audit.record(session, "moved due dates", "tax_filing", month=f"{year}-{month:02}", rows=moved)
    return moved


def move_open_months(session: Session) -> int:
    """Move every month with open rows that is not over: after new holidays or notices became known."""
    months = session.scalars(
        select(_FILING.matrix_month)
        .where(
            _FILING.matrix_month >= first_of_month(clock.today()),
            _FILING.state == FilingState.TO_FILE.value,
        )
        .distinct()
    ).all()
    return sum(move_due_dates(session, day.year, day.month) for day in months)


def _companies_in(region: str) -> Select[Any]:
    return select(_COMPANY.id).where(
        or_(
            _COMPANY.district.startswith(region, autoescape=True),
            _COMPANY.address.startswith(region, autoescape=True),
        )
    )


def _move(session: Session, matrix_month: date, due: Sequence[DueFiling], where: ColumnElement[bool]) -> int:
    """One statement per different last day."""
    by_day: dict[tuple[date, bool], set[tuple[str, str]]] = {}
    for each in due:
        by_day.setdefault((each.due_on, each.estimated), set()).add((each.code, each.period.label))
    moved = 0
    for (day, estimated), rows in by_day.items():
        moved += _count(
            session,
            update(TaxFiling.__table__)
            .where(
                _FILING.matrix_month == matrix_month,
                _FILING.state == FilingState.TO_FILE.value,
                tuple_(_FILING.tax_code, _FILING.period).in_(sorted(rows)),
                or_(_FILING.due_on != day, _FILING.estimated.is_(not estimated)),
                where,
            )
            .values(due_on=day, estimated=estimated, version=_FILING.version + 1),
        )
    return moved


def _count(session: Session, statement: Any) -> int:
    """How many rows the statement touched."""
    options = {"preserve_rowcount": True}
    return int(session.execute(statement, execution_options=options).rowcount)  # type: ignore[attr-defined]
