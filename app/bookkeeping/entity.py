"""Services, filings, deadlines and tax kinds as generated screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, String, and_, cast, exists, or_, select
from sqlalchemy.orm import Session, joinedload, object_session

from app.bookkeeping.models import FilingNotice, PeriodicService, TaxFiling, TaxKind, TaxProfileLine
from app.bookkeeping.participation import people_of_bookkeeping
from app.bookkeeping.queries import filing_overdue, payment_overdue, unfiled, unpaid
from app.bookkeeping.settings import RENEWAL_DAYS
from app.bookkeeping.states import FilingState, ServiceKind, ServiceState
from app.bookkeeping.tax_types import tax_types
from app.bookkeeping.transitions import ENGAGEMENT_LIFECYCLE, FILING_LIFECYCLE
from app.companies.labels import TAXPAYER_KIND_LABELS
from app.companies.models import Company
from app.platform import clock
from app.platform.access import Identity
from app.platform.entity import Entity, Field, Section, Tab

KIND_LABELS = {
    ServiceKind.BOOKKEEPING: _l("Bookkeeping service"),
    ServiceKind.ADDRESS: _l("Address hosting"),
    ServiceKind.SOCIAL_SECURITY: _l("Social insurance service"),
    ServiceKind.OTHER: _l("Other service"),
}
TAX_LABELS = {code: tax.name for code, tax in tax_types().items()}


def of_company(model: type[Any], column: Any) -> Callable[[], ColumnElement[Any]]:
    """A column of the row's company, for searching and sorting lists of other rows."""
    return lambda: select(column).where(Company.id == model.company_id).correlate(model).scalar_subquery()


def of_service(column: Any) -> Callable[[], ColumnElement[Any]]:
    """A column of the engagement behind a filing."""
    return lambda: (
        select(column)
        .where(PeriodicService.id == TaxFiling.service_id)
        .correlate(TaxFiling)
        .scalar_subquery()
    )


def accountant_choices(session: Session) -> list[tuple[Any, Any]]:
    return list(people_of_bookkeeping(session))


def _running() -> ColumnElement[bool]:
    return PeriodicService.state != ServiceState.ENDED.value


def _to_renew(who: Identity) -> ColumnElement[bool]:
    return and_(
        _running(),
        or_(
            PeriodicService.unrenewed.is_(True),
            PeriodicService.service_until <= clock.today() + timedelta(days=RENEWAL_DAYS.under(who.version)),
        ),
    )


def _taxes_unknown() -> ColumnElement[bool]:
    return and_(_running(), ~exists().where(TaxProfileLine.company_id == PeriodicService.company_id))


def _until_tone(service: Any) -> str:
    day = service.service_until
    if day is None or service.state == ServiceState.ENDED:
        return ""
    near = clock.today() + timedelta(days=RENEWAL_DAYS.of(object_session(service)))
    return "bad" if day < clock.today() else "warn" if day <= near else ""


_SERVICE_FIELDS = (
    Field(
        "company",
        _l("Company"),
        value=lambda row: row.name,
        expression=of_company(PeriodicService, Company.name),
        searchable=True,
        sortable=True,
        filterable=True,
    ),
    Field("company_id", _l("Company"), kind="remote", remote="company"),
    Field(
        "named",
        _l("Or its full name or credit code"),
        maximum=120,
        value=lambda row: row.company.name,
        typed=lambda row: None,
        help=_l("For a company you do not see yet."),
    ),
    Field("kind", _l("Kind of service"), kind="choice", choices=KIND_LABELS, filterable=True),
    Field(
        "accountant_id",
        _l("Accountant"),
        kind="choice",
        choices=accountant_choices,
        value=lambda row: row.accountant,
        expression=lambda: cast(PeriodicService.accountant_id, String),
        filterable=True,
        cell="person",
    ),
    Field(
        "taxpayer_kind",
        _l("Taxpayer kind"),
        kind="choice",
        choices=TAXPAYER_KIND_LABELS,
        value=lambda row: row.company.taxpayer_kind if row.company else None,
        expression=of_company(PeriodicService, Company.taxpayer_kind),
        filterable=True,
    ),
    Field("started_on", _l("Kept since"), kind="date", required=True, sortable=True, filterable=True),
    Field("service_until", _l("Service until"), kind="date", sortable=True, filterable=True),
    Field("paid_until", _l("Paid until"), kind="date", sortable=True, filterable=True),
    Field("month_price", _l("Monthly price"), kind="money", sortable=True, filterable=True),
    Field("state", _l("State"), kind="state", filterable=True),
    Field(
        "unrenewed",
        _l("Renewal"),
        kind="bool",
        value=lambda row: _l("Expired, not renewed") if row.unrenewed else None,
        filterable=True,
        cell="deadline",
    ),
    Field("ended_on", _l("Last day of service"), kind="date"),
    Field("end_reason", _l("Why it ended")),
)


def _loads() -> tuple[Any, ...]:
    return (joinedload(PeriodicService.company), joinedload(PeriodicService.accountant))


ENGAGEMENT = Entity(
    name="engagement",
    model=PeriodicService,
    label=_l("engagement"),
    plural=_l("Bookkeeping customers"),
    group=_l("Customers"),
    icon="book",
    title=lambda row: row.name,
    note=lambda row: row.accountant.name if row.accountant else "",
    order="-id",
    lifecycle=ENGAGEMENT_LIFECYCLE,
    where=lambda: (PeriodicService.kind == ServiceKind.BOOKKEEPING.value,),
    fields=_SERVICE_FIELDS,
    list_fields=(
        "company",
        "accountant_id",
        "taxpayer_kind",
        "service_until",
        "paid_until",
        "month_price",
        "state",
        "unrenewed",
    ),
    sections=(
        Section(
            _l("Engagement"),
            (
                "kind",
                "accountant_id",
                "taxpayer_kind",
                "started_on",
                "service_until",
                "paid_until",
                "month_price",
                "unrenewed",
                "ended_on",
                "end_reason",
            ),
        ),
    ),
    form_sections=(
        Section(
            _l("Engagement"),
            ("company_id", "named", "accountant_id", "started_on", "service_until", "month_price"),
        ),
    ),
    tabs=(
        Tab("all", _l("All"), lambda _who: (_running(),)),
        Tab("mine", _l("Mine"), lambda who: (_running(), PeriodicService.accountant_id == who.person_id)),
        Tab("renew", _l("To renew"), lambda who: (_to_renew(who),)),
        Tab(
            "suspended",
            _l("Suspended"),
            lambda _who: (PeriodicService.state == ServiceState.SUSPENDED.value,),
        ),
        Tab("taxes", _l("Taxes not determined"), lambda _who: (_taxes_unknown(),)),
        Tab("ended", _l("Ended"), lambda _who: (PeriodicService.state == ServiceState.ENDED.value,)),
    ),
    loads=_loads,
    detail_loads=_loads,
    empty_hint=_l("An approved bookkeeping contract starts an engagement by itself."),
)

SERVICE = Entity(
    name="service",
    model=PeriodicService,
    label=_l("periodic service"),
    plural=_l("Periodic services"),
    group=_l("Bookkeeping"),
    icon="rotate",
    title=lambda row: row.name,
    order="service_until",
    access="engagement",
    detail="engagement",
    where=lambda: (PeriodicService.kind != ServiceKind.BOOKKEEPING.value,),
    lifecycle=ENGAGEMENT_LIFECYCLE,
    fields=_SERVICE_FIELDS,
    list_fields=("company", "kind", "started_on", "service_until", "paid_until", "month_price", "state"),
    tabs=(
        Tab("running", _l("In service"), lambda _who: (_running(),)),
        Tab("renew", _l("To renew"), lambda who: (_to_renew(who),)),
        Tab("ended", _l("Ended"), lambda _who: (PeriodicService.state == ServiceState.ENDED.value,)),
    ),
    loads=_loads,
    empty_hint=_l("Address hosting, social insurance and whatever else comes back stands here."),
)


def _lateness(filing: Any) -> Any:
    if filing.due_on >= clock.today():
        return _l("estimated") if filing.estimated else None
    if filing.state == FilingState.TO_FILE:
        return _l("Filing overdue")
    return None


_FILING_DETAIL = (
    "company",
    "tax_code",
    "period",
    "due_on",
    "lateness",
    "state",
    "zero",
    "amount",
    "filed_on",
    "paid_on",
    "suspended",
    "note",
    "accountant_id",
)

FILING = Entity(
    name="filing",
    model=TaxFiling,
    label=_l("tax filing"),
    plural=_l("Tax filings"),
    group=_l("Bookkeeping"),
    icon="table-cells",
    title=lambda row: f"{row.company.name if row.company else ''} {row.name}".strip(),
    order="-due_on",
    lifecycle=FILING_LIFECYCLE,
    fields=(
        Field(
            "company",
            _l("Company"),
            value=lambda row: row.company.name if row.company else "",
            expression=of_company(TaxFiling, Company.name),
            searchable=True,
            sortable=True,
            filterable=True,
        ),
        Field("tax_code", _l("Tax"), kind="choice", choices=TAX_LABELS, filterable=True),
        Field("period", _l("Period"), filterable=True, sortable=True),
        Field("due_on", _l("Last day"), kind="date", filterable=True, sortable=True),
        Field("lateness", _l("Remark on the day"), value=_lateness, tones={}, cell="deadline"),
        Field("state", _l("State"), kind="state", filterable=True),
        Field("zero", _l("Zero filing"), kind="bool", filterable=True),
        Field("amount", _l("Tax amount"), kind="money", filterable=True),
        Field("filed_on", _l("Filed on"), kind="date", filterable=True),
        Field("paid_on", _l("Paid on"), kind="date", filterable=True),
        Field("suspended", _l("Suspended"), kind="bool", filterable=True),
        Field("matrix_month", _l("Month"), kind="date", filterable=True),
        Field("note", _l("Remark")),
        Field(
            "accountant_id",
            _l("Accountant"),
            kind="choice",
            choices=accountant_choices,
            value=lambda row: row.service.accountant if row.service else None,
            expression=of_service(cast(PeriodicService.accountant_id, String)),
            filterable=True,
            cell="person",
        ),
    ),
    list_fields=("company", "tax_code", "period", "due_on", "lateness", "state", "amount", "accountant_id"),
    sections=(
        Section(
            _l("Tax filing"),
            _FILING_DETAIL,
        ),
    ),
    tabs=(
        Tab("open", _l("To file"), lambda _who: (unfiled(),)),
        Tab("late", _l("Filing overdue"), lambda _who: (filing_overdue(),)),
        Tab("unpaid", _l("To pay"), lambda _who: (unpaid(),)),
        Tab("unpaid_late", _l("Payment overdue"), lambda _who: (payment_overdue(),)),
        Tab("all", _l("All"), lambda _who: ()),
    ),
    loads=lambda: (
        joinedload(TaxFiling.company),
        joinedload(TaxFiling.service).joinedload(PeriodicService.accountant),
    ),
    detail_loads=lambda: (
        joinedload(TaxFiling.company),
        joinedload(TaxFiling.service).joinedload(PeriodicService.accountant),
    ),
    empty_hint=_l("The rows of a month are laid down on its first day, once the taxes are determined."),
)

NOTICE = Entity(
    name="filing_notice",
    model=FilingNotice,
    label=_l("deadline notice"),
    plural=_l("Filing deadlines"),
    group=_l("Settings"),
    icon="calendar-day",
    title=lambda row: f"{row.year}-{row.month:02} {row.region}".strip(),
    order="-due_on",
    fields=(
        Field("year", _l("Year"), kind="int", required=True, filterable=True, sortable=True),
        Field("month", _l("Month"), kind="int", required=True, filterable=True),
        Field(
            "region",
            _l("Region"),
            searchable=True,
            filterable=True,
            maximum=40,
            help=_l("Empty for the whole country; else how the address or district of companies begins."),
        ),
        Field("due_on", _l("Last day"), kind="date", required=True, sortable=True, filterable=True),
        Field("source", _l("Published in"), searchable=True, maximum=200),
    ),
    list_fields=("due_on", "year", "month", "region", "source"),
    sections=(Section(_l("deadline notice"), ("year", "month", "region", "due_on", "source")),),
    empty_hint=_l("The rule of the law gives every month its day; a notice stands above it."),
)

KIND = Entity(
    name="tax_kind",
    model=TaxKind,
    label=_l("tax kind"),
    plural=_l("Tax kinds"),
    group=_l("Settings"),
    icon="percent",
    title=lambda row: row.name,
    order="position",
    fields=(
        Field("name", _l("Name"), required=True, maximum=60, searchable=True),
        Field("code", _l("Code"), searchable=True),
        Field("short_name", _l("Column of the matrix"), required=True, maximum=20),
        Field("position", _l("Place"), kind="int", required=True, sortable=True),
        Field("active", _l("In use"), kind="bool", filterable=True),
    ),
    list_fields=("name", "code", "short_name", "position", "active"),
    sections=(Section(_l("tax kind"), ("code", "name", "short_name", "position", "active")),),
    form_sections=(Section(_l("tax kind"), ("name", "short_name", "position", "active")),),
)
