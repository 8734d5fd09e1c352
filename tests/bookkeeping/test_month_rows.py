"""The filings of a month: which, due when, laid down once, moved while open."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService, TaxProfileLine
from app.bookkeeping.month_rows import lay_down_month, move_open_months
from app.bookkeeping.operations import determine_taxes, edit_profile, save_notice
from app.bookkeeping.tax_types import default_profile
from app.bookkeeping.transitions import ENGAGEMENT_LIFECYCLE, FILING_LIFECYCLE
from app.companies.models import Company
from app.companies.operations import change_company
from app.companies.states import CollectionMethod, EntityType, TaxpayerKind
from app.customers.models import Customer
from app.platform import clock
from app.platform.audit import AuditEntry
from app.platform.errors import BusinessError, FieldErrors
from tests.bookkeeping.books import MID_APRIL, a_company, a_customer, an_engagement, filings
from tests.people import acting, as_system, person_id

ClockAt = Callable[[datetime], None]
APRIL = date(2026, 4, 1)
DUE_2026 = (20, 24, 16, 20, 22, 15, 15, 17, 15, 26, 16, 15)


@pytest.fixture(autouse=True)
def _mid_april(clock_at: ClockAt) -> None:
    clock_at(MID_APRIL)


def kept_books(
    session: Session, *, kind: str | None = "small_scale", form: str = "limited_company"
) -> PeriodicService:
    """A company whose books are kept since the beginning of 2025."""
    customer = a_customer(session)
    company = a_company(session, customer)
    company.entity_type = form
    return an_engagement(session, company, kind=kind, started_on=date(2026, 1, 1))


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("form", "kind", "codes"),
    [
        (
            "limited_company",
            "small_scale",
            {"VAT_S 2026Q1", "UCT 2026Q1", "EDU 2026Q1", "LEDU 2026Q1", "IIT_W 2026-03", "CIT_Q 2026Q1"}
            | {"FIN 2026Q1"},
        ),
        (
            "limited_company",
            "general",
            {"VAT_G 2026-03", "UCT 2026-03", "EDU 2026-03", "LEDU 2026-03", "IIT_W 2026-03", "CIT_Q 2026Q1"}
            | {"FIN 2026Q1"},
        ),
        (
            "sole_trader",
            "small_scale",
            {"VAT_S 2026Q1", "UCT 2026Q1", "EDU 2026Q1", "LEDU 2026Q1", "IIT_W 2026-03", "IIT_B 2026Q1"},
        ),
        ("limited_company", None, set()),
    ],
)
def test_the_profile_says_what_is_due_in_april(
    app: Flask, form: str, kind: str | None, codes: set[str]
) -> None:
    with acting(app, "laoban") as session:
        service = kept_books(session, kind=kind, form=form)
        rows = filings(session, service.company_id, APRIL)
        assert {f"{code} {period}" for code, period in rows} == codes
        assert {row.due_on for row in rows.values()} <= {date(2026, 4, 20)}


@pytest.mark.parametrize("form", ["sole_trader", "sole_proprietorship", "partnership"])
@pytest.mark.parametrize("kind", list(TaxpayerKind))
@pytest.mark.parametrize("method", list(CollectionMethod))
def test_who_pays_as_a_person_never_pays_corporate_income_tax(
    form: str, kind: TaxpayerKind, method: CollectionMethod
) -> None:
    codes = {code for code, _frequency in default_profile(EntityType(form), kind, method)}
    assert not codes & {"CIT_Q", "CIT_Y"} and "IIT_B" in codes and "AIC_Y" in codes


def test_every_month_of_2026_has_its_lawful_day_on_the_rows(app: Flask) -> None:
    with acting(app, "laoban") as session:
        service = kept_books(session, kind="general")
        company_id, service_id = service.company_id, service.id
    with as_system(app) as session:
        for month in range(1, 13):
            lay_down_month(session, 2026, month)
    with as_system(app) as session:
        rows = filings(session, company_id)
        vat = {row.matrix_month.month: row.due_on.day for (code, _), row in rows.items() if code == "VAT_G"}
        assert vat == {month: DUE_2026[month - 1] for month in range(2, 13)}, (
            "December 2025 is before the start"
        )
        assert ("AIC_Y", "2025") not in rows and ("CIT_Y", "2025") not in rows
        assert all(row.service_id == service_id for row in rows.values())


def test_a_month_laid_down_twice_changes_nothing(app: Flask) -> None:
    with acting(app, "laoban") as session:
        company_id = kept_books(session).company_id
    with as_system(app) as session:
        assert lay_down_month(session, 2026, 5) == 1, "wages of April"
    with as_system(app) as session:
        before = session.scalar(select(func.max(AuditEntry.id)))
        assert lay_down_month(session, 2026, 5) == 0 and lay_down_month(session, 2026, 4) == 0
        assert session.scalar(select(func.max(AuditEntry.id))) == before
        assert len(filings(session, company_id, date(2026, 5, 1))) == 1


def test_a_suspended_engagement_has_marked_rows(app: Flask) -> None:
    with acting(app, "laoban") as session:
        service = kept_books(session)
        ENGAGEMENT_LIFECYCLE.perform(session, service.id, "suspend", data={"reason": "客户失联"})
        lay_down_month(session, 2026, 5)
        assert [row.suspended for row in filings(session, service.company_id, date(2026, 5, 1)).values()] == [
            True
        ]


def test_a_notice_moves_open_rows_and_never_filed_ones(app: Flask) -> None:
    with acting(app, "laoban") as session:
        company_id = kept_books(session).company_id
        wages = filings(session, company_id, APRIL)["IIT_W", "2026-03"]
        FILING_LIFECYCLE.perform(session, wages.id, "mark_filed")
    with acting(app, "kjzhuguan") as session:
        save_notice(
            session,
            None,
            {"year": 2026, "month": 4, "due_on": date(2026, 4, 28), "source": "深税告〔2026〕9号"},
        )
        rows = filings(session, company_id, APRIL)
        assert rows["VAT_S", "2026Q1"].due_on == date(2026, 4, 28)
        assert rows["IIT_W", "2026-03"].due_on == date(2026, 4, 20)
        assert move_open_months(session) == 0


def test_a_notice_of_a_region_moves_its_companies_only(app: Flask) -> None:
    with acting(app, "laoban") as session:
        here = kept_books(session).company_id
        company = a_company(session, a_customer(session, "东莞", "13800138001"), "东莞配件商行")
        company.district = "东莞市南城区"
        there = an_engagement(session, company, started_on=date(2026, 1, 1)).company_id
        region = {"year": 2026, "month": 4, "region": "东莞市", "due_on": date(2026, 4, 30)}
        notice = save_notice(session, None, region)
        assert filings(session, there, APRIL)["VAT_S", "2026Q1"].due_on == date(2026, 4, 30)
        assert filings(session, here, APRIL)["VAT_S", "2026Q1"].due_on == date(2026, 4, 20)
        save_notice(session, notice, {**region, "region": "佛山市"})
        assert filings(session, there, APRIL)["VAT_S", "2026Q1"].due_on == date(2026, 4, 20)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "fault",
    [{"month": 13}, {"year": 1999}, {"due_on": date(2026, 3, 31)}],
)
def test_an_impossible_notice_is_refused(app: Flask, fault: dict[str, object]) -> None:
    with acting(app, "kjzhuguan") as session, pytest.raises(FieldErrors):
        save_notice(session, None, {"year": 2026, "month": 4, "due_on": date(2026, 4, 28), **fault})


def test_there_is_one_notice_per_month_and_region(app: Flask) -> None:
    notice = {"year": 2026, "month": 4, "due_on": date(2026, 4, 28)}
    with acting(app, "kjzhuguan") as session:
        save_notice(session, None, notice)
    with pytest.raises(BusinessError), acting(app, "kjzhuguan") as session:
        save_notice(session, None, notice)


def test_dates_beyond_the_known_calendar_are_estimates(app: Flask) -> None:
    with acting(app, "laoban") as session:
        company_id = kept_books(session, kind="general").company_id
        lay_down_month(session, 2027, 2)
        assert filings(session, company_id, date(2027, 2, 1))["VAT_G", "2027-01"].estimated
        assert not filings(session, company_id, APRIL)["VAT_G", "2026-03"].estimated


def test_another_taxpayer_kind_means_other_rows_from_this_month_on(app: Flask) -> None:
    with acting(app, "laoban") as session:
        service = kept_books(session)
        wages = filings(session, service.company_id, APRIL)["IIT_W", "2026-03"]
        FILING_LIFECYCLE.perform(session, wages.id, "mark_filed")
        change_company(session, service.company, {"taxpayer_kind": "general"})
        april = filings(session, service.company_id, APRIL)
        assert ("VAT_S", "2026Q1") in april, "the quarter before the change is still filed as small-scale"
        assert ("VAT_G", "2026-03") not in april and april["IIT_W", "2026-03"].state == "filed"
        lay_down_month(session, 2026, 5)
        may = filings(session, service.company_id, date(2026, 5, 1))
        assert {("VAT_G", "2026-04"), ("UCT", "2026-04")} <= set(may)
        lay_down_month(session, 2026, 7)
        assert ("VAT_S", "2026Q2") not in filings(session, service.company_id, date(2026, 7, 1))


def test_determining_again_in_the_same_month_corrects_the_rows(app: Flask) -> None:
    with acting(app, "laoban") as session:
        company = a_company(session, a_customer(session))
        service = an_engagement(session, company, kind=None, started_on=date(2026, 3, 1))
        facts = {"entity_type": "limited_company", "collection_method": "by_books"}
        determine_taxes(session, service, {**facts, "taxpayer_kind": "general"})
        assert ("VAT_G", "2026-03") in filings(session, company.id, APRIL), (
            "since the start, though told later"
        )
        trader = {**facts, "entity_type": "sole_trader", "taxpayer_kind": "general"}
        determine_taxes(session, service, trader, since=date(2026, 3, 1))
        codes = {code for code, _period in filings(session, company.id)}
        assert "IIT_B" in codes and codes.isdisjoint({"CIT_Q", "FIN"})
        lines = session.scalars(
            select(TaxProfileLine.tax_code).where(
                TaxProfileLine.company_id == company.id, TaxProfileLine.valid_until.is_(None)
            )
        ).all()
        assert "IIT_B" in lines and "CIT_Q" not in lines


def test_an_edited_profile_adds_and_withdraws_rows_and_keeps_them_beside_the_default(app: Flask) -> None:
    with acting(app, "laoban") as session:
        service = kept_books(session)
        default = {
            line.tax_code: line.frequency
            for line in session.scalars(
                select(TaxProfileLine).where(TaxProfileLine.company_id == service.company_id)
            )
        }
        edit_profile(session, service, {**default, "STAMP": "quarter", "SOC": "month"})
        added = filings(session, service.company_id, APRIL)
        assert added["SOC", "2026-04"].due_on == date(2026, 4, 30) and added["SOC", "2026-04"].estimated
        edit_profile(session, service, {**default, "STAMP": ""})
        assert ("SOC", "2026-04") not in filings(session, service.company_id, APRIL)
        with pytest.raises(FieldErrors):
            edit_profile(session, service, {"VAT_G": "quarter"})


def test_ten_thousand_engagements_are_laid_down_in_seconds(app: Flask) -> None:
    with as_system(app) as session:
        many_engagements(session, 10_000)
    with as_system(app) as session:
        began = time.perf_counter()
        laid = lay_down_month(session, 2026, 4)
        took = time.perf_counter() - began
        assert laid == 70_000 and took < 6, took
        assert lay_down_month(session, 2026, 4) == 0


def many_engagements(session: Session, count: int) -> None:
    """Engagements by the handful, written straight into the tables."""
    owner = person_id(session, "xiaoshou1")
    now, numbers = clock.now(), range(1, count + 1)
    everybody = {"created_at": now, "version": 1}
    session.execute(
        insert(Customer.__table__),
        [
            {"id": n, "name": f"客户{n}", "core_name": "", "stage": "signed", "owner_id": owner, **everybody}
            for n in numbers
        ],
    )
    session.execute(
        insert(Company.__table__),
        [
            {"id": n, "customer_id": n, "name": f"公司{n}", "taxpayer_kind": "small_scale", **everybody}
            for n in numbers
        ],
    )
    session.execute(
        insert(PeriodicService.__table__),
        [
            {"customer_id": n, "company_id": n, "state": "active", "started_on": date(2025, 1, 1)}
            for n in numbers
        ],
    )
    profile = default_profile(EntityType.LIMITED_COMPANY, TaxpayerKind.SMALL_SCALE, CollectionMethod.BY_BOOKS)
    session.execute(
        insert(TaxProfileLine.__table__),
        [
            {
                "customer_id": n,
                "company_id": n,
                "tax_code": code,
                "frequency": frequency.value,
                "valid_from": date(2025, 1, 1),
            }
            for n in numbers
            for code, frequency in profile
        ],
    )


def test_the_slot_of_a_missed_day_lays_down_its_own_month(app: Flask) -> None:
    from app.bookkeeping.jobs import lay_down_filings
    from app.platform.obligations.due_items import DueItem

    with acting(app, "laoban") as session:
        company_id = kept_books(session).company_id
    with as_system(app) as session:
        moment = datetime(2026, 5, 1, tzinfo=UTC)
        item = DueItem(kind="slot:filings", subject_id=0, occurrence="2026-05-01T00:20", due_at=moment)
        lay_down_filings(session, item)
        assert len(filings(session, company_id, date(2026, 5, 1))) == 1
