"""Periodic services with terms, accountants and tax profiles; the filings of two months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService, ServiceTerm, TaxFiling, TaxProfileLine
from app.bookkeeping.month_rows import lay_down_month
from app.bookkeeping.participation import REASON
from app.bookkeeping.rules import add_months, first_of_month, kind_of, last_day, month_price, paid_until
from app.bookkeeping.states import FilingState, ServiceKind, ServiceState
from app.bookkeeping.tax_types import ENDS_FILED, default_profile, tax_types
from app.companies.states import CollectionMethod, EntityType, TaxpayerKind
from app.demo.money import covered_until
from app.demo.sales import Deal, Line
from app.demo.scene import Life, Scene
from app.org.models import Participation
from app.platform import clock
from app.platform.money import ZERO
from app.platform.timeline import TimelineEntry

CHUNK = 2_000


def serve(scene: Scene, deal: Deal) -> list[tuple[dict[str, Any], Line]]:
    """Start a service for every recurring line of the contract; answers services with their lines."""
    return [(_start(scene, deal, line), line) for line in deal.lines if line.row["recurring"]]


def _start(scene: Scene, deal: Deal, line: Line) -> dict[str, Any]:
    life, kind = deal.life.beside(), kind_of(line.kind.code, line.kind.bookkeeping)
    service = scene.rows.add(
        PeriodicService,
        customer_id=deal.row["customer_id"],
        company_id=deal.company["id"],
        contract_line_id=line.row["id"],
        kind=kind.value,
        state=ServiceState.ACTIVE.value,
        started_on=line.row["start_month"],
        changed_at=deal.row["activated_at"],
    )
    life.tell(
        "engagement", service, deal.row["activated_at"], deal.prospect.owner, "created",
        "started the service", states=(None, ServiceState.ACTIVE.value), label=deal.company["name"],
    )  # fmt: skip
    add_term(scene, service, line)
    if kind is ServiceKind.BOOKKEEPING:
        _take_up_books(scene, deal, line, service, life)
    return service


def add_term(scene: Scene, service: dict[str, Any], line: Line) -> None:
    """Let the line carry the service on; how far it is paid is told by `note_paid`."""
    row = line.row
    ends_on = last_day(row["start_month"], paid_months=row["paid_months"], gift_months=row["gift_months"])
    price = month_price(row["amount"], row["paid_months"])
    scene.rows.add(
        ServiceTerm,
        customer_id=service["customer_id"],
        service_id=service["id"],
        contract_line_id=row["id"],
        starts_on=row["start_month"],
        ends_on=ends_on,
        paid_months=row["paid_months"],
        gift_months=row["gift_months"],
        month_price=price,
    )
    service.update(service_until=ends_on, month_price=price, unrenewed=ends_on < scene.today)


def note_paid(service: dict[str, Any], lines: Sequence[Line]) -> None:
    """How far booked money covers the service, by the rule of the stage."""
    terms = [
        (
            line.row["id"],
            last_day(
                line.row["start_month"],
                paid_months=line.row["paid_months"],
                gift_months=line.row["gift_months"],
            ),
        )
        for line in lines
    ]
    covered = {line.row["id"]: day for line in lines if (day := covered_until(line)) is not None}
    service["paid_until"] = paid_until(terms, covered)


def _take_up_books(scene: Scene, deal: Deal, line: Line, service: dict[str, Any], life: Life) -> None:
    company = deal.company
    taxpayer = TaxpayerKind(company["taxpayer_kind"]) if company["taxpayer_kind"] else None
    profile = default_profile(
        EntityType(company["entity_type"]), taxpayer, CollectionMethod(company["collection_method"])
    )
    for code, frequency in profile:
        scene.rows.add(
            TaxProfileLine,
            customer_id=service["customer_id"],
            company_id=company["id"],
            tax_code=code,
            frequency=frequency.value,
            valid_from=service["started_on"],
        )
    if line.row["done"] or life.happens(0.6):
        _hand_over(scene, deal, service, life)
    else:
        for department_id in scene.departments.get("bookkeeping", ()):
            scene.rows.add(
                Participation,
                customer_id=service["customer_id"],
                department_id=department_id,
                reason=REASON,
            )
    if line.row["done"]:
        _opened(scene, deal, line, service, life)


def _hand_over(scene: Scene, deal: Deal, service: dict[str, Any], life: Life) -> None:
    accountant = life.chance.choice(scene.team("accountant"))
    service["accountant_id"] = accountant.id
    scene.rows.add(Participation, customer_id=service["customer_id"], person_id=accountant.id, reason=REASON)
    at = life.moment(deal.activated_on + timedelta(days=1))
    life.tell(
        "engagement", service, at, scene.staff["kjzhuguan"], "hand_over", "handed the books over",
        states=(ServiceState.ACTIVE.value, ServiceState.ACTIVE.value), label=deal.company["name"],
    )  # fmt: skip


def _opened(scene: Scene, deal: Deal, line: Line, service: dict[str, Any], life: Life) -> None:
    at = line.row["done_at"]
    life.tell("engagement", service, at, None, "opened", "the service is open", label=deal.company["name"])
    if life.happens(0.03):
        _move(scene, deal, service, life, ServiceState.SUSPENDED, "suspend", "suspended the service")
    elif life.happens(0.04) and service["started_on"] < add_months(first_of_month(scene.today), -2):
        service["ended_on"] = first_of_month(scene.today) - timedelta(days=1)
        service["end_reason"], service["unrenewed"] = "客户自聘会计", False
        _move(scene, deal, service, life, ServiceState.ENDED, "end", "ended the service")


def _move(
    scene: Scene, deal: Deal, service: dict[str, Any], life: Life, state: ServiceState, kind: str, title: str
) -> None:
    at = life.moment(scene.today - timedelta(days=life.chance.randint(2, 12)))
    service.update(state=state.value, changed_at=at)
    life.tell(
        "engagement", service, at, scene.staff["kjzhuguan"], kind, title,
        states=(ServiceState.ACTIVE.value, state.value), body="客户要求", label=deal.company["name"],
    )  # fmt: skip


# Filings ----------------------------------------------------------------------------------------------------


def file_taxes(scene: Scene) -> None:
    """Lay down what is due this month and was due in the last, and bring it as far as accountants would."""
    this_month = first_of_month(scene.today)
    for month in (add_months(this_month, -1), this_month):
        lay_down_month(scene.session, month.year, month.month)
    rows = scene.session.execute(
        select(
            TaxFiling.id, TaxFiling.customer_id, TaxFiling.tax_code, TaxFiling.period, TaxFiling.matrix_month,
            TaxFiling.due_on, PeriodicService.accountant_id,
        )
        .join(PeriodicService, PeriodicService.id == TaxFiling.service_id)
        .where(PeriodicService.accountant_id.is_not(None), TaxFiling.suspended.is_(False))
        .order_by(TaxFiling.matrix_month, TaxFiling.company_id, TaxFiling.tax_code, TaxFiling.period)
    ).all()  # fmt: skip
    chance = Random(f"{scene.seed}:filings")
    decided = [
        values
        for (_month, _accountant), group in groupby(rows, key=lambda r: (r.matrix_month, r.accountant_id))
        for row in group
        if (values := _decide(scene, chance, row, this_month)) is not None
    ]
    _write(scene.session, decided)
    _tell_filings(scene, rows, {values["key"]: values for values in decided})
    scene.rows.flush()


PAST = (
    (FilingState.PAID, 55),
    (FilingState.NO_TAX, 22),
    (FilingState.FILED, 14),
    (FilingState.PAYMENT_FAILED, 3),
    (FilingState.NOT_REQUIRED, 2),
    (FilingState.TO_FILE, 4),
)
PRESENT = (
    (FilingState.TO_FILE, 58),
    (FilingState.PAID, 16),
    (FilingState.NO_TAX, 10),
    (FilingState.FILED, 13),
    (FilingState.PAYMENT_FAILED, 2),
    (FilingState.NOT_REQUIRED, 1),
)


def _decide(scene: Scene, chance: Random, row: Any, this_month: date) -> dict[str, Any] | None:
    """The values of a filing somebody worked on; None for one still to file."""
    table = PAST if row.matrix_month < this_month else PRESENT
    state = chance.choices([s for s, _w in table], weights=[w for _s, w in table])[0]
    if row.tax_code in ENDS_FILED and state is not FilingState.TO_FILE:
        state = FilingState.FILED
    filed_on = _filing_day(scene, chance, row)
    if state is FilingState.TO_FILE or filed_on is None:
        return None
    owes = state in (FilingState.PAID, FilingState.PAYMENT_FAILED) or (
        state is FilingState.FILED and row.tax_code not in ENDS_FILED and chance.random() < 0.6
    )
    zero = state is FilingState.FILED and row.tax_code not in ENDS_FILED and not owes
    return {
        "key": row.id,
        "state": state.value,
        "filed_on": None if state is FilingState.NOT_REQUIRED else filed_on,
        "filed_by_id": None if state is FilingState.NOT_REQUIRED else row.accountant_id,
        "paid_on": min(filed_on + timedelta(days=1), scene.today) if state is FilingState.PAID else None,
        "amount": Decimal(chance.randint(1200, 980_000)) / 100 if owes else _nothing(state, zero=zero),
        "zero": zero,
        "note": {FilingState.PAYMENT_FAILED: "账户余额不足", FilingState.NOT_REQUIRED: "本期无需申报"}.get(
            state
        ),
    }


def _nothing(state: FilingState, *, zero: bool) -> Decimal | None:
    return ZERO if zero or state is FilingState.NO_TAX else None


def _filing_day(scene: Scene, chance: Random, row: Any) -> date | None:
    """A day of the filing window that has come; None before the month's filing began."""
    first: date = row.matrix_month
    last: date = min(row.due_on, scene.today)
    if last < first:
        return None
    return first + timedelta(days=chance.randint(0, (last - first).days))


def _write(session: Session, decided: list[dict[str, Any]]) -> None:
    """One statement, many rows: the state is written here as in every other row of the demo data."""
    table = TaxFiling.__table__
    columns = ("state", "filed_on", "filed_by_id", "paid_on", "amount", "zero", "note")
    statement = (
        update(table)
        .where(table.c.id == bindparam("key"))
        .values(**{name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}, version=2)
    )
    for start in range(0, len(decided), CHUNK):
        chunk = decided[start : start + CHUNK]
        session.connection().execute(
            statement,
            [{"key": one["key"], **{f"new_{name}": one[name] for name in columns}} for one in chunk],
        )


_TITLES = {
    FilingState.FILED.value: ("mark_filed", "filed"),
    FilingState.PAID.value: ("mark_paid", "paid the tax"),
    FilingState.NO_TAX.value: ("no_tax", "noted that no tax is due"),
    FilingState.PAYMENT_FAILED.value: ("payment_failed", "noted a failed payment"),
    FilingState.NOT_REQUIRED.value: ("not_required", "noted that nothing has to be filed"),
}


def _tell_filings(scene: Scene, rows: Sequence[Any], decided: dict[int, dict[str, Any]]) -> None:
    """The last deed on each filing, as the engine tells it."""
    names = {person.id: person.name for person in scene.staff.values()}
    types = tax_types()
    for row in rows:
        values = decided.get(row.id)
        if values is None:
            continue
        kind, title = _TITLES[values["state"]]
        day = values["paid_on"] or values["filed_on"] or row.matrix_month
        scene.rows.add(
            TimelineEntry,
            at=min(clock.start_of(day) + timedelta(hours=10), scene.now),
            customer_id=row.customer_id,
            subject="filing",
            subject_id=row.id,
            actor_id=row.accountant_id,
            actor=names.get(row.accountant_id, ""),
            kind=kind,
            title=title,
            details={"label": f"{types[row.tax_code].name} {row.period}"},
            from_state=FilingState.TO_FILE.value,
            to_state=values["state"],
            body=values["note"] or "",
        )
