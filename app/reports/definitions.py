"""TABLE of the built-in reports: a name, who may run it, its columns, and one select under the row scope.

Amounts are yuan, shares are per cent with one digit. The interval holds both its ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from app.bookkeeping.models import TaxFiling
from app.customers.entity import CUSTOMER
from app.customers.models import Customer
from app.finance.aging import AGING_BOUNDS, AgingBounds
from app.finance.checks import OPEN
from app.finance.models import Receivable
from app.org.models import Person
from app.platform import clock
from app.platform.entity import Entity
from app.platform.money import ZERO


@dataclass(frozen=True)
class Column:
    """One column: `unit` is "yuan", "percent", "rows" or nothing; sums are shown where `summed`.

    `field` is the field of the report's entity the column shows: who may not see that one sees no column.
    `place` names what the column is reckoned from in other records, for the same end (platform/masking.py).
    """

    name: str
    label: Any
    unit: str = ""
    summed: bool = False
    field: str = ""
    place: str = ""


@dataclass(frozen=True)
class Report:
    """`rows` answers lists in the order of the columns; `totals` the last line, None for no sum.

    `of` says what a row is, when it is one customer, company …: then each list of `rows` begins with its id,
    before the columns, and the custom fields that lists show follow them.
    """

    name: str
    label: Any
    note: Any
    permission: str
    columns: tuple[Column, ...]
    rows: Callable[[Session, date, date], list[list[Any]]]
    totals: Callable[[list[list[Any]]], list[Any]]
    of: Entity | None = None


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None


def _sums(rows: list[list[Any]], columns: Sequence[Column]) -> list[Any]:
    return [
        sum((row[i] for row in rows), ZERO if column.unit == "yuan" else 0) if column.summed else None
        for i, column in enumerate(columns)
    ]


CONVERSION = (
    Column("person", _l("Salesperson"), place="customer.owner"),
    Column("created", _l("New prospects"), "rows", summed=True),
    Column("won", _l("Won"), "rows", summed=True),
    Column("given_up", _l("Given up"), "rows", summed=True),
    Column("open", _l("Open"), "rows", summed=True),
    Column("rate", _l("Conversion by cohort"), "percent"),
)


def conversion(session: Session, first: date, last: date) -> list[list[Any]]:
    """Of the prospects created in the interval, how many were won to date, per owner (by cohort)."""
    owner = func.coalesce(Customer.owner_id, Customer.former_owner_id)
    won = case((Customer.signed_at.is_not(None), 1), else_=0)
    lost = case(((Customer.stage == "public") & Customer.signed_at.is_(None), 1), else_=0)
    statement = (
        select(Person.first_name, func.count(Customer.id), func.sum(won), func.sum(lost))
        .select_from(Customer)
        .join(Person, Person.id == owner)
        .where(Customer.created_at >= clock.start_of(first), Customer.created_at < _after(last))
        .group_by(Person.id, Person.first_name)
        .order_by(func.count(Customer.id).desc(), Person.id)
    )
    return [
        [name, created, int(won_), int(lost_), created - int(won_) - int(lost_), _percent(int(won_), created)]
        for name, created, won_, lost_ in session.execute(statement)
    ]


def _conversion_totals(rows: list[list[Any]]) -> list[Any]:
    totals = _sums(rows, CONVERSION)
    return [_("Sum"), *totals[1:5], _percent(totals[2], totals[1])]


_BY_AGE = (
    *(
        Column(code, label, "yuan", summed=True, place=OPEN)
        for code, label in (
            ("not_due", _l("Not due")),
            ("d30", _l("1–30 days")),
            ("d60", _l("31–60 days")),
            ("d90", _l("61–90 days")),
            ("d180", _l("91–180 days")),
            ("d360", _l("181–360 days")),
            ("older", _l("Over 360 days")),
        )
    ),
    Column("open", _l("Open in all"), "yuan", summed=True, place=OPEN),
)
ARREARS = (Column("person", _l("Salesperson"), place="customer.owner"), *_BY_AGE)
CUSTOMER_ARREARS = (
    Column("customer", _l("Customer"), field="name"),
    Column("number", _l("Number"), field="number"),
    Column("owner", _l("Owner"), field="owner"),
    *_BY_AGE,
)


def _in_class(bounds: AgingBounds, day: date) -> Any:
    """Due so many days before the day, both ends included."""
    conditions = [Receivable.due_on >= _back(day, bounds.last)] if bounds.last is not None else []
    if bounds.first is not None:
        conditions.append(Receivable.due_on <= _back(day, bounds.first))
    return and_(*conditions)


def _back(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() - days)


def arrears(session: Session, _first: date, last: date) -> list[list[Any]]:
    """Open receivables by aging class on the last day, per salesperson (classes of 4-rules-and-figures)."""
    statement = (
        select(Person.first_name, *_by_age(last))
        .select_from(Receivable)
        .join(Customer, Customer.id == Receivable.customer_id)
        .join(Person, Person.id == func.coalesce(Customer.owner_id, Customer.former_owner_id))
        .where(_BALANCE > 0)
        .group_by(Person.id, Person.first_name)
        .order_by(func.sum(_BALANCE).desc(), Person.id)
    )
    return [list(row) for row in session.execute(statement)]


_BALANCE = Receivable.amount - Receivable.waived - Receivable.paid


def _by_age(last: date) -> list[Any]:
    classes = [_in_class(bounds, last) for bounds in AGING_BOUNDS]
    return [*(func.sum(case((one, _BALANCE), else_=0)) for one in classes), func.sum(_BALANCE)]


def customer_arrears(session: Session, _first: date, last: date) -> list[list[Any]]:
    """The same per customer, who owes most first."""
    statement = (
        select(Customer.id, Customer.name, Customer.number, Person.first_name, *_by_age(last))
        .select_from(Receivable)
        .join(Customer, Customer.id == Receivable.customer_id)
        .outerjoin(Person, Person.id == Customer.owner_id)
        .where(_BALANCE > 0)
        .group_by(Customer.id, Customer.name, Customer.number, Person.id, Person.first_name)
        .order_by(func.sum(_BALANCE).desc(), Customer.id)
    )
    return [list(row) for row in session.execute(statement)]


FILING_STATE = (
    Column("tax", _l("Tax")),
    Column("due", _l("Due"), "rows", summed=True),
    Column("filed", _l("Filed"), "rows", summed=True),
    Column("paid", _l("Paid or nothing to pay"), "rows", summed=True),
    Column("open", _l("To file"), "rows", summed=True),
    Column("late", _l("Overdue, not filed"), "rows", summed=True),
    Column("share", _l("Filed share"), "percent"),
)

_FILED = ("filed", "paid", "no_tax", "payment_failed")


def filing_state(session: Session, first: date, last: date) -> list[list[Any]]:
    """Filings due in the interval, per tax: how many are filed, paid, open and late."""
    today = clock.today()
    counted = TaxFiling.state != "not_required"
    filed = case((TaxFiling.state.in_(_FILED), 1), else_=0)
    paid = case((TaxFiling.state.in_(("paid", "no_tax")), 1), else_=0)
    late = case(((TaxFiling.state == "to_file") & (TaxFiling.due_on < today), 1), else_=0)
    statement = (
        select(TaxFiling.tax_code, func.count(TaxFiling.id), func.sum(filed), func.sum(paid), func.sum(late))
        .where(TaxFiling.due_on.between(first, last), counted)
        .group_by(TaxFiling.tax_code)
        .order_by(TaxFiling.tax_code)
    )
    return [
        [tax, due, int(f), int(p), due - int(f), int(overdue), _percent(int(f), due)]
        for tax, due, f, p, overdue in session.execute(statement)
    ]


def _filing_totals(rows: list[list[Any]]) -> list[Any]:
    totals = _sums(rows, FILING_STATE)
    return [_("Sum"), *totals[1:6], _percent(totals[2], totals[1])]


def _after(day: date) -> Any:
    return clock.start_of(date.fromordinal(day.toordinal() + 1))


REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report(
            "conversion",
            _l("Conversion rate"),
            _l("Of the prospects created in the interval, how many were won to date."),
            "report_sales",
            CONVERSION,
            conversion,
            _conversion_totals,
        ),
        Report(
            "arrears",
            _l("Arrears by age"),
            _l("Open receivables by days past due on the last day of the interval."),
            "report_finance",
            ARREARS,
            arrears,
            lambda rows: [_("Sum"), *_sums(rows, ARREARS)[1:]],
        ),
        Report(
            "customer_arrears",
            _l("Arrears of customers"),
            _l("Open receivables of each customer by days past due on the last day of the interval."),
            "report_finance",
            CUSTOMER_ARREARS,
            customer_arrears,
            lambda rows: [_("Sum"), *_sums(rows, CUSTOMER_ARREARS)[1:]],
            of=CUSTOMER,
        ),
        Report(
            "filing_state",
            _l("Tax filing state"),
            _l("Filings due in the interval, per tax."),
            "report_bookkeeping",
            FILING_STATE,
            filing_state,
            _filing_totals,
        ),
    )
}
