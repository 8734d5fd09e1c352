"""Figures and findings of the workbench. Counts stop at the cap; nothing reads a table whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from app.approval.operations import inbox
from app.bookkeeping.models import PeriodicService, TaxFiling
from app.catalogue.models import PriceTier
from app.companies.models import Company
from app.contracts.models import Contract
from app.customers.models import Customer
from app.delivery.models import WorkItem
from app.finance.checks import OPEN
from app.finance.models import Receipt, Receivable
from app.finance.queries import is_open, open_amount
from app.platform import clock
from app.platform.access import Identity
from app.platform.masking import sees
from app.platform.money import ZERO, format_money
from app.platform.screens.listing import COUNT_CAP, count_in_sight
from app.reminders.entity import page_of, words
from app.reminders.models import Reminder
from app.reports.definitions import REPORTS
from app.reports.models import ReportSnapshot
from app.reports.row_fields import kept_as_seen


@dataclass(frozen=True)
class Figure:
    """One counted thing: its key in the page, who may see it, and the rows it counts."""

    key: str
    permission: tuple[str, str]
    rows: Callable[[], Select[Any]]


def _stage(stage: str) -> Callable[[], Select[Any]]:
    return lambda: select(Customer.id).where(Customer.stage == stage)


FIGURES = (
    Figure("prospect", ("can_list", "customer"), _stage("prospect")),
    Figure("signed", ("can_list", "customer"), _stage("signed")),
    Figure("retained", ("can_list", "customer"), _stage("retained")),
    Figure("public", ("can_claim", "customer"), _stage("public")),
    Figure(
        "library",
        ("can_list", "company"),
        lambda: select(Company.id).where(Company.library_since.is_not(None)),
    ),
    Figure(
        "bookkeeping",
        ("can_list", "engagement"),
        lambda: select(PeriodicService.id).where(
            PeriodicService.kind == "bookkeeping", PeriodicService.state != "ended"
        ),
    ),
    Figure(
        "contract_pending",
        ("can_list", "contract"),
        lambda: select(Contract.id).where(Contract.state == "pending"),
    ),
    Figure(
        "work_item_open",
        ("can_list", "work_item"),
        lambda: select(WorkItem.id).where(
            WorkItem.state.in_(("unassigned", "assigned", "in_progress", "done"))
        ),
    ),
    Figure(
        "receipt_pending",
        ("can_list", "receipt"),
        lambda: select(Receipt.id).where(Receipt.state == "pending"),
    ),
    Figure(
        "filing_open",
        ("can_list", "filing"),
        lambda: select(TaxFiling.id).where(TaxFiling.state == "to_file", TaxFiling.due_on <= _month_end()),
    ),
)


def _month_end() -> date:
    today = clock.today()
    return (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def counts(session: Session, identity: Identity) -> dict[str, str]:
    """Every figure this person may see, as text; above the cap it says so."""
    found = {
        f.key: _text(count_in_sight(session, f.rows(), identity))
        for f in FIGURES
        if identity.can(*f.permission)
    }
    found["approval"] = str(len(inbox(session, identity)))
    found["bell"] = _text(open_reminders(session, identity))
    if _sees_arrears(identity):
        asked, late = _arrears(session)
        found["arrears"] = f"¥{format_money(asked)}"
        found["late"] = f"¥{format_money(late)}"
    return found


def _sees_arrears(identity: Identity) -> bool:
    """A sum over receivables is for who sees each of them."""
    return identity.can("can_list", "receivable") and sees(identity, OPEN)


def _text(count: int) -> str:
    return f"{COUNT_CAP:,}+" if count > COUNT_CAP else f"{count:,}"


def _arrears(session: Session) -> tuple[Any, Any]:
    late = case((Receivable.due_on < clock.today(), open_amount()), else_=0)
    asked, overdue = session.execute(select(func.sum(open_amount()), func.sum(late)).where(is_open())).one()
    return asked or ZERO, overdue or ZERO


@dataclass(frozen=True)
class Months:
    """Sums of the last twelve months, the running one last; amounts in yuan."""

    labels: list[str]
    signed: list[Decimal]
    received: list[Decimal]

    @property
    def in_ten_thousands(self) -> list[dict[str, Any]]:
        """The two series for the chart, in 万."""
        return [
            {"label": _("Signed contracts"), "values": [float(value / 10_000) for value in self.signed]},
            {"label": _("Received"), "values": [float(value / 10_000) for value in self.received]},
        ]


def months(session: Session, identity: Identity) -> Months | None:
    """Signed and received by month, in the person's own scope; None without the right to see both.

    A role that hides the amounts hides their sums, and the curve of the sums.
    """
    lists = identity.can("can_list", "contract") and identity.can("can_list", "receipt")
    if not (lists and sees(identity, "contract.amount receipt.amount")):
        return None
    starts = _last_months(12)
    return Months(
        labels=[_("%(month)s.", month=start.month) for start in starts],
        signed=_by_month(session, starts, Contract.activated_at, Contract.amount),
        received=_by_month(session, starts, Receipt.booked_at, Receipt.amount),
    )


def _last_months(count: int) -> list[date]:
    """The first days of the last months, the running one last."""
    first = clock.today().replace(day=1)
    starts = [first]
    while len(starts) < count:
        first = (first - timedelta(days=1)).replace(day=1)
        starts.append(first)
    return starts[::-1]


def _by_month(session: Session, starts: list[date], moment: Any, amount: Any) -> list[Decimal]:
    """One statement: the sum of each month, by the agency's own calendar."""
    edges = [clock.start_of(start) for start in starts]
    sums = [
        func.sum(case(((moment >= low) & (moment < high), amount), else_=0))
        for low, high in zip(edges, [*edges[1:], clock.now()], strict=True)
    ]
    row = session.execute(select(*sums).where(moment >= edges[0])).one()
    return [value or ZERO for value in row]


def open_reminders(session: Session, identity: Identity) -> int:
    """How many reminders of this person are open."""
    return session.scalar(select(func.count()).select_from(_open(identity).subquery())) or 0


def _open(identity: Identity) -> Select[Any]:
    today = clock.today()
    return select(Reminder).where(
        Reminder.person_id == identity.person_id,
        Reminder.done_at.is_(None),
        or_(Reminder.snoozed_until.is_(None), Reminder.snoozed_until <= today),
    )


def reminder_groups(session: Session, identity: Identity) -> list[dict[str, Any]]:
    """The lower right region: overdue, today, coming; at most ten rows in all."""
    today = clock.today()
    rows = session.scalars(_open(identity).order_by(Reminder.due_on, Reminder.id).limit(10)).all()
    groups: Sequence[tuple[Any, str, Callable[[Reminder], bool]]] = (
        (_("Overdue"), "bad", lambda row: row.due_on < today),
        (_("Today"), "warn", lambda row: row.due_on == today),
        (_("Coming"), "info", lambda row: row.due_on > today),
    )
    return [
        {
            "label": label,
            "tone": tone,
            "rows": [
                {"id": r.id, "text": words(r), "url": page_of(r), "due_on": r.due_on}
                for r in rows
                if belongs(r)
            ],
        }
        for label, tone, belongs in groups
        if any(belongs(row) for row in rows)
    ]


def today_counts(session: Session, identity: Identity) -> list[tuple[Any, int]]:
    """What the greeting says is to do today: contacts and filings due, in words and numbers."""
    today = clock.today()
    found: list[tuple[Any, int]] = []
    if identity.can("can_follow_up", "customer"):
        statement = select(func.count(Customer.id)).where(
            Customer.owner_id == identity.person_id,
            Customer.next_contact_on <= today,
            Customer.stage == "prospect",
        )
        found.append((_("Contacts"), session.scalar(statement) or 0))
    if identity.can("can_mark_filed", "filing"):
        statement = select(func.count(TaxFiling.id)).where(
            TaxFiling.state == "to_file", TaxFiling.due_on <= today
        )
        found.append((_("Filings"), session.scalar(statement) or 0))
    return found


def strip(session: Session, identity: Identity) -> list[dict[str, Any]]:
    """The upper region: customer stages, money, prices; figures arrive by the later request."""
    cells = (
        (_l("Prospects"), "prospect", "prospect", "prospect.index", ("can_list", "customer"), True),
        (_l("Signed"), "signed", "signed", "signed_customer.index", ("can_list", "customer"), True),
        (_l("Library"), "retained", "library", "library.index", ("can_list", "company"), True),
        (
            _l("Bookkeeping"),
            "bookkeeping",
            "bookkeeping",
            "engagement.index",
            ("can_list", "engagement"),
            False,
        ),
        (_l("Public"), "public", "public", "public_customer.index", ("can_claim", "customer"), False),
    )
    shown: list[dict[str, Any]] = [
        {"label": label, "stage": stage, "key": key, "url": url_for(endpoint), "flows": flows, "value": "–"}
        for label, stage, key, endpoint, permission, flows in cells
        if identity.can(*permission)
    ]
    if _sees_arrears(identity):
        shown.append(
            {
                "label": _("Finance centre"),
                "icon": "wallet",
                "key": "arrears",
                "url": url_for("receivable.index"),
                "value": "–",
                "note": _("open receivables"),
            }
        )
    if identity.can("can_list", "price_tier"):
        shown.append(
            {
                "label": _("Price system"),
                "icon": "tags",
                "url": url_for("price_tier.index"),
                "value": _tiers(session),
            }
        )
    return shown


def _tiers(session: Session) -> str:
    return str(session.scalar(select(func.count(PriceTier.id)).where(PriceTier.active.is_(True))) or 0)


def newest_snapshots(session: Session, identity: Identity) -> list[dict[str, Any]]:
    """The lower left region: the newest result of each report this person ran."""
    newest = (
        select(func.max(ReportSnapshot.id))
        .where(ReportSnapshot.person_id == identity.person_id)
        .group_by(ReportSnapshot.report)
    )
    rows = session.scalars(
        select(ReportSnapshot).where(ReportSnapshot.id.in_(newest)).order_by(ReportSnapshot.id.desc())
    )
    known = [(row, REPORTS[row.report]) for row in rows if row.report in REPORTS]
    return [
        {"row": row, "report": report, "kept": kept_as_seen(row, report, identity)} for row, report in known
    ]
