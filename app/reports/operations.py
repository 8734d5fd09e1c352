"""Run a report with the eyes of a person, keep the snapshot, write it out as a sheet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.platform import audit, clock
from app.platform.access import identity_of
from app.platform.errors import BusinessError, NotFound
from app.platform.money import format_money
from app.reports.definitions import REPORTS, Report
from app.reports.models import ReportSnapshot
from app.reports.row_fields import as_seen

LONGEST = 3 * 366


def report_named(name: str) -> Report:
    """The report; NotFound when there is none of this name."""
    if name not in REPORTS:
        raise NotFound()
    return REPORTS[name]


def check_interval(first: date, last: date) -> None:
    """Raise BusinessError for an interval that runs backwards or is longer than three years."""
    if last < first:
        raise BusinessError(_l("The interval ends before it begins."), code="interval")
    if (last - first).days > LONGEST:
        raise BusinessError(_l("The interval is longer than three years."), code="interval")


def run_report(session: Session, name: str, first: date, last: date) -> ReportSnapshot:
    """Run it for the identity of the session and keep the result. Raises NotAllowed without the right."""
    report = report_named(name)
    identity = identity_of(session)
    identity.require("can_run", report.permission)
    check_interval(first, last)
    result = as_seen(session, report, report.rows(session, first, last), identity)
    snapshot = ReportSnapshot(
        person_id=identity.person_id,
        report=name,
        params={"from": first.isoformat(), "to": last.isoformat()},
        columns=[{"name": c.name, "label": str(c.label), "unit": c.unit} for c in result.columns],
        rows=audit.plain(result.rows),
        totals=audit.plain(result.totals),
        created_at=clock.now(),
    )
    session.add(snapshot)
    session.flush()
    return snapshot


def shown(value: Any, unit: str) -> str:
    """A stored value as a person reads it."""
    if value is None:
        return "–"
    if unit == "yuan":
        return format_money(Decimal(str(value)))
    if unit == "percent":
        return f"{value} %"
    return f"{value:,}" if unit == "rows" else str(value)


def typed(value: Any, unit: str) -> Any:
    """A stored value as a sheet wants it: numbers as numbers."""
    return Decimal(str(value)) if value is not None and unit in ("yuan", "percent") else value
