"""Demo data: every stage, the same for the same seed, as sound as what people enter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService, TaxFiling
from app.contracts.models import Contract
from app.customers.models import Comment, ContactObligation, Customer
from app.customers.operations import create_customer
from app.delivery.models import WorkItem
from app.demo.operations import fill
from app.finance import invariants
from app.finance.models import Receipt, Receivable, Waiver
from app.org.models import Participation
from app.platform import audit, clock
from app.platform.timeline import TimelineEntry
from app.reminders.models import Reminder
from tests.people import acting, as_system

Command = Callable[..., Result]
NOW = datetime(2026, 4, 14, 7, 30, tzinfo=UTC)

STATES = {
    Customer.stage: {"prospect", "public", "signed", "retained"},
    Contract.state: {"draft", "pending", "active", "closed", "terminated", "rejected"},
    Receipt.state: {"pending", "booked", "reversed"},
    Waiver.state: {"pending", "booked"},
    WorkItem.state: {
        "unassigned", "assigned", "in_progress", "done", "suspended", "closed", "opened", "cancelled",
    },
    PeriodicService.state: {"active", "suspended", "ended"},
    TaxFiling.state: {"to_file", "filed", "paid", "no_tax", "payment_failed", "not_required"},
    ContactObligation.state: {"open", "met", "made_up", "missed", "excluded"},
}  # fmt: skip
AGES = ((-1000, 0), (1, 30), (31, 60), (61, 90), (91, 180), (181, 360), (361, 1000))


@pytest.fixture
def filled(app: Flask, command: Command, clock_at: Callable[[datetime], None]) -> Flask:
    clock_at(NOW)
    done = command("demo", "--customers", "700", "--seed", "3")
    assert done.exit_code == 0, done.output
    assert "700" in done.stdout
    return app


@pytest.mark.slow
def test_demo_data_is_whole_and_sound(filled: Flask, command: Command) -> None:
    with as_system(filled) as session:
        for column, wanted in STATES.items():
            found = set(session.scalars(select(column).distinct()))
            assert found >= wanted, f"{column}: {wanted - found} missing"
        assert invariants.broken(session) == []
        assert audit.broken_seal(session) is None
        _every_state_was_told(session)
        _spread_over_a_year(session)
        _arrears_of_every_age(session)
        for model in (Comment, Reminder):
            assert session.scalar(select(func.count()).select_from(model)), model
    _people_go_on_working(filled)
    assert command("demo").exit_code == 2, "now there is a customer of their own"


def _every_state_was_told(session: Session) -> None:
    """The last deed on the timeline that names a state names the one the row is in."""
    for subject, model, column in (
        ("customer", Customer, Customer.stage),
        ("contract", Contract, Contract.state),
        ("receipt", Receipt, Receipt.state),
        ("work_item", WorkItem, WorkItem.state),
        ("engagement", PeriodicService, PeriodicService.state),
    ):
        told = dict(
            session.execute(
                select(TimelineEntry.subject_id, TimelineEntry.to_state)
                .where(TimelineEntry.subject == subject, TimelineEntry.to_state.is_not(None))
                .order_by(TimelineEntry.at, TimelineEntry.id)
            )
            .tuples()
            .all()
        )
        rows = dict(session.execute(select(model.id, column)).tuples().all())
        wrong = {key: (state, told.get(key)) for key, state in rows.items() if told.get(key) != state}
        assert not wrong, f"{subject}: {list(wrong.items())[:5]}"


def _spread_over_a_year(session: Session) -> None:
    days = [clock.local(at).date() for at in session.scalars(select(Customer.created_at))]
    assert max(days) <= clock.today() and min(days) >= clock.today() - timedelta(days=365)
    assert len({(day.year, day.month) for day in days}) >= 12
    owners = session.scalars(select(Customer.id).where(Customer.owner_id.is_not(None)))
    part = set(session.scalars(select(Participation.customer_id).where(Participation.reason == "owner")))
    assert set(owners) == part


def _arrears_of_every_age(session: Session) -> None:
    late = [
        (clock.today() - day).days
        for day in session.scalars(
            select(Receivable.due_on).where(Receivable.amount > Receivable.paid + Receivable.waived)
        )
    ]
    for first, last in AGES:
        assert any(first <= days <= last for days in late), f"nothing {first} to {last} days late"


def _people_go_on_working(app: Flask) -> None:
    """Ids and numbers go on behind those of the demo data."""
    with acting(app, "xiaoshou1") as session:
        last = session.scalar(select(func.max(Customer.number)))
        customer = create_customer(session, name="真的客户", contacts=[("王", "mobile", "19912345678")])
        assert customer.number is not None and customer.number > str(last)


def test_the_same_seed_makes_the_same_data(app: Flask, clock_at: Callable[[datetime], None]) -> None:
    clock_at(NOW)
    first, second, other = (fingerprint_of(app, seed) for seed in (1, 1, 2))
    assert first == second
    assert first != other


class TakenBack(Exception):
    """Undoes a run, so that the next one meets the same database."""


def fingerprint_of(app: Flask, seed: int) -> list[object]:
    found: list[object] = []
    with pytest.raises(TakenBack), as_system(app) as session:
        fill(session, customers=60, seed=seed, progress=lambda count: None)
        for columns in (
            (Customer.number, Customer.name, Customer.stage, Customer.created_at),
            (Contract.number, Contract.amount, Contract.state, Contract.activated_at),
            (Receipt.number, Receipt.amount, Receipt.state, Receipt.received_on),
            (TaxFiling.tax_code, TaxFiling.period, TaxFiling.state, TaxFiling.amount),
            (Receivable.due_on, Receivable.amount, Receivable.paid),
        ):
            rows = session.execute(select(*columns)).all()
            found.append(sorted(tuple(str(value) for value in row) for row in rows))
        assert invariants.broken(session) == []
        raise TakenBack
    return found


def test_a_database_with_customers_of_its_own_is_refused(app: Flask, command: Command) -> None:
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="真的客户")
    done = command("demo", "--customers", "60")
    assert done.exit_code == 2 and len(done.stderr.strip().splitlines()) == 1
    with as_system(app) as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_twice_is_once_and_production_is_refused(
    app: Flask, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("demo", "--customers", "20").exit_code == 0
    with as_system(app) as session:
        count = session.scalar(select(func.count()).select_from(Customer))
    assert command("demo", "--customers", "20").exit_code == 0
    with as_system(app) as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == count == 20
    monkeypatch.setitem(app.config, "DEMO_MODE", False)
    assert command("demo").exit_code == 2
