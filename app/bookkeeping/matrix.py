"""One month of filings as a table: companies down, taxes across. Reads a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService, TaxFiling, TaxKind
from app.bookkeeping.queries import filing_overdue, is_finished, tax_kinds, unfiled, unpaid
from app.bookkeeping.states import FilingState
from app.bookkeeping.tax_types import ENDS_FILED
from app.companies.models import Company
from app.companies.states import EntityType, TaxpayerKind
from app.platform import clock
from app.platform.access import Identity
from app.platform.errors import BusinessError
from app.platform.fragment_search import escape_like

ROWS = 50
SHOWN = ("all", "unfiled", "unpaid", "late")


@dataclass(frozen=True)
class MonthRequest:
    """What a person asked of the matrix: the month, whose companies, which of them, where in the list."""

    month: date
    mine: bool = False
    show: str = "all"
    taxpayer: str = ""
    query: str = ""
    after: int | None = None
    before: int | None = None


@dataclass
class MonthProgress:
    """How far the month is, in filings. `codes` are the taxes that occur at all."""

    total: int = 0
    paid: int = 0
    filed: int = 0
    open: int = 0
    other: int = 0
    late: int = 0
    done: int = 0
    codes: set[str] = field(default_factory=set)

    @property
    def percent(self) -> float:
        return 100 * self.done / self.total if self.total else 0.0


@dataclass
class MonthPage:
    """One page of the matrix; `after` and `before` are company ids, None at the ends."""

    rows: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    progress: MonthProgress
    companies: Mapping[str, int]
    after: int | None = None
    before: int | None = None


def read_month(session: Session, wanted: MonthRequest, identity: Identity) -> MonthPage:
    """The page of the matrix this person asked for, within their own scope."""
    kinds = tax_kinds(session)
    progress = _progress(session, wanted, identity)
    groups = _groups(kinds, progress.codes)
    companies, after, before = _companies(session, wanted, identity)
    filings = _filings(session, wanted, [company.id for company in companies])
    return MonthPage(
        rows=[_row(company, filings.get(company.id, []), groups) for company in companies],
        columns=[{"label": name, "note": _rhythm(codes, filings)} for name, codes in groups.items()],
        progress=progress,
        companies=_company_counts(session, wanted, identity),
        after=after,
        before=before,
    )


def _of_month(wanted: MonthRequest, identity: Identity) -> ColumnElement[bool]:
    in_month = TaxFiling.matrix_month == wanted.month
    return and_(in_month, _mine(identity)) if wanted.mine else in_month


def _mine(identity: Identity) -> ColumnElement[bool]:
    mine = select(PeriodicService.id).where(PeriodicService.accountant_id == identity.person_id)
    return TaxFiling.service_id.in_(mine)


def _progress(session: Session, wanted: MonthRequest, identity: Identity) -> MonthProgress:
    late = case((filing_overdue(), 1), else_=0)
    statement = (
        select(TaxFiling.tax_code, TaxFiling.state, TaxFiling.zero, late, func.count())
        .where(_of_month(wanted, identity))
        .group_by(TaxFiling.tax_code, TaxFiling.state, TaxFiling.zero, late)
    )
    found = MonthProgress()
    for code, state, zero, is_late, count in session.execute(statement):
        found.codes.add(code)
        found.total += count
        finished = state in (FilingState.PAID, FilingState.NO_TAX, FilingState.NOT_REQUIRED)
        finished = finished or (state == FilingState.FILED and (zero or code in ENDS_FILED))
        found.done += count if finished else 0
        found.late += count if is_late else 0
        if state == FilingState.PAID:
            found.paid += count
        elif state == FilingState.FILED:
            found.filed += count
        elif state == FilingState.TO_FILE:
            found.open += count
        else:
            found.other += count
    return found


def _groups(kinds: Mapping[str, TaxKind], codes: Iterable[str]) -> dict[str, list[str]]:
    """Columns by short name, in the order of the matrix: taxes of one short name share a column."""
    groups: dict[str, list[str]] = {}
    for code, kind in kinds.items():
        if code in codes:
            groups.setdefault(kind.short_name, []).append(code)
    return groups


_SHOWING = {"unfiled": unfiled, "unpaid": unpaid, "late": filing_overdue}


def _companies(
    session: Session, wanted: MonthRequest, identity: Identity
) -> tuple[list[Company], int | None, int | None]:
    with_filings = select(TaxFiling.id).where(TaxFiling.company_id == Company.id, _of_month(wanted, identity))
    if wanted.show in _SHOWING:
        with_filings = with_filings.where(_SHOWING[wanted.show]())
    statement = select(Company).where(with_filings.correlate(Company).exists())
    if wanted.query:
        pattern = f"%{escape_like(wanted.query)}%"
        statement = statement.where(Company.name.ilike(pattern, escape="\\"))
    if wanted.taxpayer:
        statement = statement.where(Company.taxpayer_kind == wanted.taxpayer)
    backwards = wanted.before is not None
    statement = _from_cursor(session, statement, wanted)
    found = list(session.scalars(statement.limit(ROWS + 1)))
    more, found = len(found) > ROWS, found[:ROWS]
    if backwards:
        found.reverse()
    after = found[-1].id if found and (more or backwards) else None
    before = found[0].id if found and (wanted.after is not None or (more and backwards)) else None
    return found, after, before


def _from_cursor(session: Session, statement: Select[Company], wanted: MonthRequest) -> Select[Company]:
    backwards = wanted.before is not None
    cursor = wanted.before if backwards else wanted.after
    if cursor is not None:
        name = session.scalar(select(Company.name).where(Company.id == cursor))
        if name is None:
            raise BusinessError(_("This page address is damaged. Open the list again."))
        beyond = Company.name < name if backwards else Company.name > name
        tied = Company.id < cursor if backwards else Company.id > cursor
        statement = statement.where(or_(beyond, and_(Company.name == name, tied)))
    if backwards:
        return statement.order_by(Company.name.desc(), Company.id.desc())
    return statement.order_by(Company.name, Company.id)


def _filings(session: Session, wanted: MonthRequest, company_ids: list[int]) -> dict[int, list[TaxFiling]]:
    found: dict[int, list[TaxFiling]] = {}
    rows = session.scalars(
        select(TaxFiling)
        .where(TaxFiling.company_id.in_(company_ids), TaxFiling.matrix_month == wanted.month)
        .order_by(TaxFiling.id)
    )
    for row in rows:
        found.setdefault(row.company_id, []).append(row)
    return found


def _company_counts(session: Session, wanted: MonthRequest, identity: Identity) -> dict[str, int]:
    """How many companies file something this month: one's own, and all in sight."""
    mine = case((_mine(identity), TaxFiling.company_id))
    counted = session.execute(
        select(func.count(TaxFiling.company_id.distinct()), func.count(mine.distinct())).where(
            TaxFiling.matrix_month == wanted.month
        )
    ).one()
    return {"all": counted[0], "mine": counted[1]}


def _row(company: Company, filings: Sequence[TaxFiling], groups: Mapping[str, list[str]]) -> dict[str, Any]:
    by_code: dict[str, list[TaxFiling]] = {}
    for filing in filings:
        by_code.setdefault(filing.tax_code, []).append(filing)
    cells = [_cell([f for code in codes for f in by_code.get(code, ())]) for codes in groups.values()]
    return {
        "id": company.id,
        "name": company.name,
        "service_id": filings[0].service_id if filings else None,
        "taxpayer": _taxpayer(company),
        "cells": cells,
        "missing": _missing(filings),
        "done": sum(is_finished(filing) for filing in filings),
        "total": len(filings),
    }


def _taxpayer(company: Company) -> str:
    if company.entity_type == EntityType.SOLE_TRADER:
        return str(_("sole trader"))
    if company.taxpayer_kind is None:
        return ""
    is_general = company.taxpayer_kind == TaxpayerKind.GENERAL
    return str(_("general") if is_general else _("small-scale"))


def _rhythm(codes: Sequence[str], filings: Mapping[int, Sequence[TaxFiling]]) -> str:
    """How often the taxes of a column are filed by the companies of the page: 月 / 季."""
    periods = {f.period for of_one in filings.values() for f in of_one if f.tax_code in codes}
    words = ((_("month"), "-"), (_("quarter"), "Q"), (_("half-year"), "H"))
    found = [str(word) for word, mark in words if any(mark in period for period in periods)]
    if any(period.isdecimal() for period in periods):
        found.append(str(_("year")))
    return " / ".join(found)


def _missing(filings: Sequence[TaxFiling]) -> str:
    parts = []
    if any(filing.suspended for filing in filings):
        parts.append(_("suspended"))
    late = sum(f.state == FilingState.TO_FILE and f.due_on < clock.today() for f in filings)
    if late:
        parts.append(_("%(count)s not filed in time", count=late))
    if any(filing.state == FilingState.PAYMENT_FAILED for filing in filings):
        parts.append(_("payment failed"))
    return "，".join(parts)


# What stands for a cell with several filings: the one that needs somebody most.
_URGENCY = ("late", "failed", "due", "filed", "zero", "paid", "none")


def _cell(filings: Sequence[TaxFiling]) -> dict[str, Any] | None:
    if not filings:
        return None
    looks = [look_of(filing) for filing in filings]
    state, text = min(looks, key=lambda look: _URGENCY.index(look[0]))
    return {"state": state, "text": text, "url": None, "id": ",".join(str(f.id) for f in filings)}


def look_of(filing: TaxFiling) -> tuple[str, str]:
    """The class and the word of a filing in the matrix; overdue filing and overdue payment say so apart."""
    late = filing.due_on < clock.today()
    match filing.state:
        case FilingState.TO_FILE:
            return ("late", _("Filing overdue")) if late else ("due", _("To file"))
        case FilingState.FILED if filing.zero:
            return "zero", _("Zero filing")
        case FilingState.FILED if late and not is_finished(filing):
            return "late", _("Payment overdue")
        case FilingState.FILED:
            return "filed", _("Filed")
        case FilingState.PAID:
            return "paid", _("Tax paid")
        case FilingState.NO_TAX:
            return "none", _("No tax due")
        case FilingState.PAYMENT_FAILED:
            return "failed", _("Payment failed")
        case _:
            return "none", _("Not required")
