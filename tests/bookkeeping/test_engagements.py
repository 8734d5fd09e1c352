"""Engagements: started by contracts, renewed, suspended, handed over, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bookkeeping.models import PeriodicService, ServiceTerm, TaxFiling
from app.bookkeeping.operations import (
    determine_taxes,
    draft_renewal,
    flag_unrenewed,
    start_engagement,
    start_services,
)
from app.bookkeeping.states import ServiceState
from app.bookkeeping.transitions import ENGAGEMENT_LIFECYCLE
from app.companies.models import Company
from app.contracts.models import Contract
from app.customers.models import Customer
from app.org.models import Participation
from app.platform.access import elevated
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from app.platform.timeline import TimelineEntry
from tests.bookkeeping.books import (
    MID_APRIL,
    a_company,
    a_contract,
    a_customer,
    a_line,
    an_engagement,
    filings,
    service_of,
)
from tests.people import acting, as_system, log_in, person_id, token_in

ClockAt = Callable[[datetime], None]
APRIL = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _mid_april(clock_at: ClockAt) -> None:
    clock_at(MID_APRIL)


def signed(session: Session, *, gift: int = 0) -> tuple[Customer, Company, Contract]:
    customer = a_customer(session)
    company = a_company(session, customer)
    line = a_line(session, "JZ01", company_id=company.id, start=APRIL, gift=gift)
    return customer, company, a_contract(session, customer, line)


def departments_taking_part(session: Session, customer_id: int) -> list[str]:
    statement = select(Participation.reason).where(
        Participation.customer_id == customer_id,
        Participation.department_id.is_not(None),
        Participation.reason == "accountant",
    )
    return list(session.scalars(statement))


def test_an_approved_contract_starts_the_engagement_from_its_start_month(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer, company, contract = signed(session, gift=2)
        service = service_of(session, company.id)
        assert (service.state, service.started_on, service.service_until) == (
            "active",
            APRIL,
            date(2027, 5, 31),
        )
        assert (service.month_price, service.paid_until, service.accountant_id) == (1000, None, None)
        assert departments_taking_part(session, customer.id) == ["accountant"]
        titles = session.scalars(select(TimelineEntry.title).where(TimelineEntry.subject == "engagement"))
        assert list(titles) == ["started the service"]
        assert filings(session, company.id) == {}, "no taxpayer kind yet: no rows"
        with elevated(session):
            assert start_services(session, contract) == [], "a line carries a service only once"


def test_a_renewal_extends_the_running_engagement(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer, company, _contract = signed(session)
        a_contract(
            session, customer, a_line(session, "JZ01", company_id=company.id, start=APRIL), renewal=True
        )
        service = service_of(session, company.id)
        assert service.service_until == date(2028, 3, 31)
        terms = session.scalars(select(ServiceTerm).order_by(ServiceTerm.starts_on)).all()
        assert [(t.starts_on, t.ends_on) for t in terms] == [
            (date(2026, 4, 1), date(2027, 3, 31)),
            (date(2027, 4, 1), date(2028, 3, 31)),
        ]
        assert session.scalar(select(func.count()).select_from(PeriodicService)) == 1


def test_the_renewal_contract_is_written_at_the_last_price_even_for_an_accountant(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        _customer, company, _contract = signed(session)
        company_id = company.id
    with acting(app, "kjzhuguan") as session:
        service = service_of(session, company_id)
        draft = draft_renewal(session, service, months=6)
        assert (draft.state, draft.renewal_only, draft.amount) == ("draft", True, 6000)
        assert draft.author_id == person_id(session, "xiaoshou1")
        line = draft.lines[0]
        assert (line.start_month, line.paid_months, line.company_id) == (date(2027, 4, 1), 6, company_id)


def test_other_services_of_nameless_lines_get_a_company_in_formation(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer = a_customer(session, "陈记餐饮")
        a_contract(session, customer, a_line(session, "SL02"), a_line(session, "DZ01", start=APRIL))
        company = session.scalars(select(Company)).one()
        assert (company.name, company.registration_state, company.entity_type) == (
            "陈记餐饮",
            "in_formation",
            "sole_trader",
        )
        service = service_of(session, company.id, "address")
        assert service.state == "active" and filings(session, company.id) == {}


def test_a_nameless_line_belongs_to_the_only_company_of_the_customer(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer = a_customer(session)
        company = a_company(session, customer)
        a_contract(session, customer, a_line(session, "SB03", start=APRIL))
        assert service_of(session, company.id, "social_security").company_id == company.id


def test_the_supervisor_starts_an_engagement_by_hand_and_sees_the_company_from_then_on(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        company_id = a_company(session, a_customer(session), "深圳市跃奇信息技术有限公司").id
    with acting(app, "kjzhuguan") as session:
        with pytest.raises(NotFound):
            start_engagement(session, company_id, started_on=APRIL)
        for words in ("", "跃奇信息", "别的公司"):
            with pytest.raises(FieldErrors):
                start_engagement(session, None, named=words, started_on=APRIL)
        accountant = person_id(session, "kuaiji")
        service = start_engagement(
            session,
            None,
            named=" 深圳市跃奇信息技术有限公司 ",
            started_on=APRIL,
            accountant_id=accountant,
        )
        assert (service.company_id, service.accountant_id) == (company_id, accountant)
    with acting(app, "kuaiji") as session:
        assert session.scalars(select(Company.id)).all() == [company_id]
        with pytest.raises(NotAllowed):
            start_engagement(session, company_id, started_on=APRIL)
    with acting(app, "laoban") as session, pytest.raises(BusinessError) as caught:
        start_engagement(session, company_id, started_on=APRIL)
    assert caught.value.code == "duplicate"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_form_finds_a_company_the_supervisor_does_not_see_by_its_whole_name(
    app: Flask, client: FlaskClient
) -> None:
    with acting(app, "xiaoshou1") as session:
        company_id = a_company(session, a_customer(session), "深圳市跃奇信息技术有限公司").id
    log_in(app, client, "kjzhuguan")
    form = {"started_on": "2026-04-01", "csrf_token": token_in(client.get("/engagement/new").text)}
    half = client.post("/engagement/new", data={**form, "named": "跃奇"})
    assert half.status_code == 422 and "正好叫这个名称" in half.text
    assert client.post("/engagement/new", data=form).status_code == 422
    whole = client.post("/engagement/new", data={**form, "named": "深圳市跃奇信息技术有限公司"})
    assert whole.status_code == 302
    with as_system(app) as session:
        assert service_of(session, company_id).state == "active"


def test_the_handover_moves_the_sight_with_the_books(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer, company, _contract = signed(session)
        service_id, company_id, customer_id = service_of(session, company.id).id, company.id, customer.id
    with acting(app, "kuaiji") as session, pytest.raises(NotAllowed):
        ENGAGEMENT_LIFECYCLE.perform(session, service_id, "hand_over", data={"accountant_id": "8"})
    with acting(app, "kjzhuguan") as session:
        chosen = str(person_id(session, "kuaiji"))
        ENGAGEMENT_LIFECYCLE.perform(session, service_id, "hand_over", data={"accountant_id": chosen})
        assert departments_taking_part(session, customer_id) == []
    with acting(app, "kuaiji") as session:
        assert service_of(session, company_id).id == service_id
    with acting(app, "kjzhuguan") as session:
        seller = {"accountant_id": str(person_id(session, "xiaoshou1"))}
        with pytest.raises(BusinessError):
            ENGAGEMENT_LIFECYCLE.perform(session, service_id, "hand_over", data=seller)
        lead = {"accountant_id": str(person_id(session, "kjzhuguan"))}
        ENGAGEMENT_LIFECYCLE.perform(session, service_id, "hand_over", data=lead)
    with acting(app, "kuaiji") as session:
        assert session.scalars(select(PeriodicService)).all() == [], "what moved is out of sight"


def test_suspended_rows_are_marked_and_not_hidden(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        company = a_company(session, a_customer(session))
        company_id = company.id
    with acting(app, "laoban") as session:
        service = an_engagement(session, session.get_one(Company, company_id), started_on=date(2026, 1, 1))
        april = filings(session, company_id, APRIL)
        assert len(april) == 7 and not any(row.suspended for row in april.values())
        ENGAGEMENT_LIFECYCLE.perform(session, service.id, "suspend", data={"reason": "客户失联"})
        assert all(row.suspended for row in filings(session, company_id, APRIL).values())
        ENGAGEMENT_LIFECYCLE.perform(session, service.id, "resume")
        assert not any(row.suspended for row in filings(session, company_id, APRIL).values())


def test_the_end_takes_back_later_periods_and_keeps_earlier_ones_due(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        company_id = a_company(session, a_customer(session)).id
    with acting(app, "laoban") as session:
        company = session.get_one(Company, company_id)
        service = an_engagement(session, company, kind="general", started_on=date(2026, 1, 1))
        before = set(filings(session, company_id))
        assert ("VAT_G", "2026-03") in before and ("VAT_G", "2026-02") in before
        reason = {"ended_on": date(2026, 2, 10), "reason": "客户注销"}
        ENGAGEMENT_LIFECYCLE.perform(session, service.id, "end", data=reason)
        after = set(filings(session, company_id))
        assert ("VAT_G", "2026-02") in after and ("VAT_G", "2026-01") in after
        assert not {period for _code, period in after} & {"2026-03", "2026Q1"}
        assert (service.state, service.ended_on) == ("ended", date(2026, 2, 10))
        with pytest.raises(Stale):
            ENGAGEMENT_LIFECYCLE.perform(session, service.id, "suspend", data={"reason": "x"})


def test_an_expired_engagement_stays_in_service_and_is_flagged(app: Flask, clock_at: ClockAt) -> None:
    with acting(app, "xiaoshou1") as session:
        _customer, company, _contract = signed(session)
        company_id = company.id
    clock_at(datetime(2027, 4, 2, tzinfo=MID_APRIL.tzinfo))
    with as_system(app) as session:
        flag_unrenewed(session)
    with as_system(app) as session:
        service = service_of(session, company_id)
        assert (service.state, service.unrenewed) == ("active", True)


def test_determined_taxes_lay_down_what_is_due_since_the_start(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        _customer, company, _contract = signed(session)
        company_id = company.id
    with acting(app, "kjzhuguan") as session:
        service = service_of(session, company_id)
        facts = {
            "entity_type": "limited_company",
            "taxpayer_kind": "general",
            "collection_method": "by_books",
        }
        determine_taxes(session, service, facts)
        assert filings(session, company_id) == {}, "periods before the start are not ours"


def test_foreign_engagements_do_not_exist(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        _customer, company, _contract = signed(session)
        service_id, company_id = service_of(session, company.id).id, company.id
    with acting(app, "xiaoshou2") as session:
        assert session.get(PeriodicService, service_id) is None
        assert session.scalars(select(TaxFiling)).all() == []
    with acting(app, "kjzhuguan") as session, pytest.raises(NotFound):
        ENGAGEMENT_LIFECYCLE.perform(session, 999_999, "suspend", data={"reason": "x"})
    with acting(app, "laoban") as session:
        assert service_of(session, company_id).id == service_id


@pytest.mark.parametrize("state", list(ServiceState))
@pytest.mark.parametrize(
    ("transition", "from_states"),
    [
        ("hand_over", {"active", "suspended"}),
        ("renew", {"active", "suspended"}),
        ("suspend", {"active"}),
        ("resume", {"suspended"}),
        ("end", {"active", "suspended"}),
    ],
)
def test_every_state_allows_or_refuses_every_transition(
    state: ServiceState, transition: str, from_states: set[str]
) -> None:
    assert (state.value in ENGAGEMENT_LIFECYCLE.transitions[transition].source) is (state in from_states)
