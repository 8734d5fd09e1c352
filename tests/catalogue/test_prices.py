"""Which price tier speaks for whom, on which day, in which region."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalogue.effects import publish
from app.catalogue.lay_down import lay_down
from app.catalogue.models import BusinessType, DetailItem, PriceTier, PriceTierVersion, TierPrice
from app.catalogue.queries import prices_for
from app.catalogue.transitions import PRICE_VERSION_LIFECYCLE
from app.org.models import Department, Person
from tests.people import acting, as_system, log_in, person_id

DAY = date(2026, 4, 14)


def item_of(session: Session, code: str = "SL01-I1") -> DetailItem:
    return session.scalars(select(DetailItem).where(DetailItem.code == code)).one()


def tier(session: Session, name: str, price: str, **whom: object) -> PriceTierVersion:
    """A published tier with one price for the first item, in force from 2026 on."""
    return published(session, PriceTier(name=name, **whom), date(2026, 1, 1), price)


def published(session: Session, tier: PriceTier, day: date, price: str) -> PriceTierVersion:
    version = drafted(session, tier, day, price)
    publish(session, version)
    return version


def drafted(session: Session, tier: PriceTier, day: date, price: str) -> PriceTierVersion:
    prices = [
        TierPrice(item_id=item_of(session).id, reference_price=Decimal(2000), authority_price=Decimal(price))
    ]
    version = PriceTierVersion(tier=tier, valid_from=day, prices=prices)
    PRICE_VERSION_LIFECYCLE.begin(session, version, "draft", title="drafted prices")
    return version


def authority(
    session: Session, login: str = "xiaoshou1", day: date = DAY, region: str | None = None
) -> Decimal | None:
    person = session.get_one(Person, person_id(session, login))
    item_id = item_of(session).id
    found = prices_for(session, person, [item_id], day, region).get(item_id)
    return found.authority if found else None


def department(session: Session, name: str) -> int:
    return session.scalars(select(Department.id).where(Department.name == name)).one()


def test_the_preset_gives_each_sales_role_its_prices(app: Flask) -> None:
    with as_system(app) as session:
        assert authority(session, "xiaoshou1") == Decimal("750.00")
        assert authority(session, "xszhuguan") == Decimal("637.50")
        assert authority(session, "laoban") == Decimal("0.00")
        assert authority(session, "xingzheng") is None
        assert authority(session, day=date(2019, 12, 31)) is None


def test_person_before_department_before_role_before_everybody(app: Flask) -> None:
    with as_system(app) as session:
        seller = person_id(session, "xiaoshou1")
        tier(session, "所有人", "100")
        assert authority(session) == Decimal("750.00") and authority(session, "xingzheng") == 100
        tier(session, "销售部价", "700", department_id=department(session, "销售部"))
        assert authority(session) == 700
        tier(session, "销售一部价", "710", department_id=department(session, "销售一部"))
        assert (authority(session), authority(session, "xiaoshou2")) == (Decimal(710), Decimal(700))
        tier(session, "陈宇航价", "720", person_id=seller)
        assert (authority(session), authority(session, "xiaoshou2")) == (Decimal(720), Decimal(700))


def test_a_region_of_its_own_before_none_and_a_foreign_one_never(app: Flask) -> None:
    with as_system(app) as session:
        tier(session, "东莞价", "650", role="salesperson", region="东莞")
        assert authority(session, region="东莞") == 650
        assert authority(session, region="深圳") == authority(session) == 750


def test_the_newest_published_version_in_force_counts_alone(app: Flask) -> None:
    with as_system(app) as session:
        first = tier(session, "陈宇航价", "700", person_id=person_id(session, "xiaoshou1"))
        own = first.tier
        published(session, own, DAY, "600")
        published(session, own, DAY + timedelta(1), "500")
        drafted(session, own, DAY - timedelta(3), "1")
        assert [authority(session, day=DAY + timedelta(n)) for n in (-1, 0, 1)] == [700, 600, 500]
        own.active = False
        session.flush()
        assert authority(session) == 750


def test_a_salesperson_sees_only_the_tier_they_sell_by(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        assert session.scalars(select(PriceTier.name)).all() == ["业务员标准价"]
    with acting(app, "caiwu") as session:
        assert len(session.scalars(select(PriceTier)).all()) == 3
    browser = app.test_client()
    log_in(app, browser, "xiaoshou1")
    with as_system(app) as session:
        tiers = dict(session.execute(select(PriceTier.role, PriceTier.id)).tuples().all())
    assert browser.get(f"/price_tier/{tiers['salesperson']}").status_code == 200
    assert browser.get(f"/price_tier/{tiers['principal']}").status_code == 404


def test_laying_the_catalogue_down_again_changes_nothing_somebody_edited(app: Flask) -> None:
    with as_system(app) as session:
        formation = session.scalars(select(BusinessType).where(BusinessType.code == "SL01")).one()
        formation.name, formation.steps[5].item_id = "公司新设", None
        counted = [session.scalar(select(func.count()).select_from(t)) for t in (BusinessType, TierPrice)]
        lay_down(session)
        session.flush()
        assert counted == [
            session.scalar(select(func.count()).select_from(t)) for t in (BusinessType, TierPrice)
        ]
        assert (formation.name, formation.steps[5].item_id) == ("公司新设", None)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_recurring_types_open_and_their_prices_are_per_month(app: Flask) -> None:
    with as_system(app) as session:
        types = {kind.code: kind for kind in session.scalars(select(BusinessType))}
        assert len(types) == 62
        assert {code for code, kind in types.items() if kind.bookkeeping} == {
            "JZ01",
            "JZ02",
            "JZ03",
            "JZ04",
            "JZ05",
        }
        for kind in types.values():
            [paid, complete, steps] = kind.closing_checks
            assert paid[0] == ("first_instalment_booked" if kind.recurring else "paid_in_full")
            assert (complete[0], steps[0]) == ("company_data_complete", "steps_finished")
        hosting = item_of(session, "DZ01-I1")
        price = session.scalars(select(TierPrice).where(TierPrice.item_id == hosting.id)).first()
        assert price is not None and price.reference_price == Decimal("416.67")  # 5,000.00 a year


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_catalogue_has_pages(app: Flask) -> None:
    browser = app.test_client()
    log_in(app, browser, "admin")
    with as_system(app) as session:
        formation = session.scalars(select(BusinessType.id).where(BusinessType.code == "SL01")).one()
    reader = app.test_client()
    log_in(app, reader, "xiaoshou1")
    page = reader.get(f"/business_type/{formation}").text
    assert "卖了「银行开户协助费」时" in page and "领取执照" in page
    for address in ("/business_type/", "/business_type/new", "/price_tier/"):
        assert browser.get(address).status_code == 200, address
