"""New prices: drafted, weighed against contracts, approved, and never changed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.draft_effects import DraftEffects, effects_of_draft
from app.catalogue.entity import PRICE_VERSION
from app.catalogue.grid import grid_of
from app.catalogue.models import DetailItem, PriceTier, PriceTierVersion, TierPrice
from app.catalogue.operations import (
    Pair,
    PercentChange,
    Staff,
    change_by_percent,
    copy_tier,
    perform,
    start_draft,
    times,
    write_prices,
)
from app.catalogue.price_book import read_price_book
from app.catalogue.queries import prices_for, version_in_scope
from app.catalogue.transitions import PRICE_VERSION_LIFECYCLE
from app.contracts.models import Contract
from app.contracts.operations import submit_contract
from app.org.models import Department, Person
from app.platform import clock
from app.platform.access import identity_of
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from tests.contracts.deals import customer_of, draft, line
from tests.people import acting, as_system, log_in, person_id, token_in

TODAY = datetime(2026, 4, 14, 2, tzinfo=clock.AGENCY_ZONE)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
ClockAt = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def _april(clock_at: ClockAt) -> None:
    clock_at(TODAY)


def tier_id(session: Session, role: str = "salesperson") -> int:
    return session.scalars(select(PriceTier.id).where(PriceTier.role == role)).one()


def item_id(session: Session, code: str = "SL01-I1") -> int:
    return session.scalars(select(DetailItem.id).where(DetailItem.code == code)).one()


def drafted(
    app: Flask,
    authority: str = "900",
    reference: str = "1500",
    days: tuple[date, date | None] = (MAY, None),
) -> int:
    """A draft of the administrator with one other price; 公司设立 stands at 1,500 and 750 before."""
    with acting(app, "admin") as session:
        version = start_draft(session, tier_id(session))
        pair = Pair(Decimal(reference), Decimal(authority))
        write_prices(session, version.id, days, {item_id(session): pair}, form_version=None)
        return version.id


def do(app: Flask, login: str, version_id: int, name: str, **data: str) -> str:
    with acting(app, login) as session:
        return str(perform(session, version_id, name, data).state)


def authority(app: Flask, day: date, login: str = "xiaoshou1") -> Decimal:
    with as_system(app) as session:
        seller = session.get_one(Person, person_id(session, login))
        number = item_id(session)
        return prices_for(session, seller, [number], day, None)[number].authority


def publish(app: Flask, version_id: int) -> None:
    assert do(app, "admin", version_id, "submit") == "pending"
    assert do(app, "laoban", version_id, "approve") == "published"


def test_new_prices_speak_from_their_day_on_once_the_principal_approved(app: Flask) -> None:
    version_id = drafted(app)
    assert authority(app, MAY) == 750
    assert do(app, "admin", version_id, "submit") == "pending"
    with pytest.raises(NotAllowed):
        do(app, "admin", version_id, "approve")
    assert authority(app, MAY) == 750
    assert do(app, "laoban", version_id, "approve") == "published"
    assert (authority(app, date(2026, 4, 30)), authority(app, MAY)) == (Decimal(750), Decimal(900))


def test_a_contract_keeps_the_prices_it_was_sold_at(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        sold = draft(session, customer_of(session), line(session, "SL01", "800"))
        submit_contract(session, sold.id)
        contract_id = sold.id
    publish(app, drafted(app))
    with as_system(app) as session:
        item = session.get_one(Contract, contract_id).lines[0].items[0]
        assert item.authority_price == 750


def test_published_prices_never_change_again(app: Flask) -> None:
    version_id = drafted(app)
    publish(app, version_id)
    with acting(app, "admin") as session, pytest.raises(BusinessError):
        write_prices(session, version_id, (JUNE, None), {}, form_version=None)
    for change in (_cheaper, _later, _gone):
        with pytest.raises(BusinessError), acting(app, "admin") as session:
            change(session, version_in_scope(session, version_id))
            session.flush()
    assert authority(app, MAY) == 900


def _cheaper(_session: Session, version: PriceTierVersion) -> None:
    version.prices[0].authority_price = Decimal(1)


def _later(_session: Session, version: PriceTierVersion) -> None:
    version.valid_from = JUNE


def _gone(session: Session, version: PriceTierVersion) -> None:
    session.delete(version.prices[0])


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((date(2026, 4, 13), None), "is past"),
        ((date(2020, 1, 1), None), "is past"),
        ((JUNE, MAY), "ends before"),
        ((MAY, None), "starts on"),
        ((date(2026, 4, 20), date(2026, 4, 30)), None),
        ((date(2026, 4, 20), MAY), "starts on"),
        ((date(2026, 7, 5), None), "overlaps"),
        ((date(2026, 6, 20), date(2026, 7, 1)), "overlaps"),
        ((date(2026, 7, 11), None), None),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_days_that_do_not_fit_are_refused_in_words(
    app: Flask, days: tuple[date, date | None], said: str | None
) -> None:
    publish(app, drafted(app))
    publish(app, drafted(app, "950", days=(date(2026, 7, 1), date(2026, 7, 10))))
    version_id = drafted(app, "980", days=days)
    with acting(app, "admin") as session:
        row = version_in_scope(session, version_id)
        submit = PRICE_VERSION_LIFECYCLE.transitions["submit"]
        reasons = PRICE_VERSION_LIFECYCLE.objections(session, row, submit, identity_of(session))
        texts = [str(getattr(reason, "_args", (reason,))[0]) for reason in reasons]
    assert (said is None and not texts) or any(said in text for text in texts if said), texts


def test_an_approval_that_comes_too_late_is_refused_and_the_draft_comes_back(
    app: Flask, clock_at: ClockAt
) -> None:
    version_id = drafted(app)
    do(app, "admin", version_id, "submit")
    clock_at(datetime(2026, 5, 2, 9, tzinfo=clock.AGENCY_ZONE))
    with pytest.raises(BusinessError):
        do(app, "laoban", version_id, "approve")
    assert do(app, "laoban", version_id, "hand_back", reason="五一已过") == "draft"
    with acting(app, "admin") as session:
        write_prices(session, version_id, (JUNE, None), {}, form_version=None)
    publish(app, version_id)
    assert (authority(app, MAY), authority(app, JUNE)) == (Decimal(750), Decimal(900))


@pytest.mark.parametrize("prices", [("750", "1500"), ("1600", "1500")], ids=["unchanged", "above reference"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_prices_that_make_no_sense_are_not_submitted(app: Flask, prices: tuple[str, str]) -> None:
    with pytest.raises(BusinessError):
        do(app, "admin", drafted(app, *prices), "submit")


def test_a_tier_has_one_draft_and_only_its_keepers_touch_it(app: Flask) -> None:
    version_id = drafted(app)
    with acting(app, "laoban") as session, pytest.raises(BusinessError) as refused:
        start_draft(session, tier_id(session))
    assert refused.value.code == "draft_exists"
    with acting(app, "xiaoshou1") as session:
        with pytest.raises(NotAllowed):
            start_draft(session, tier_id(session))
        with pytest.raises(NotAllowed):
            write_prices(session, version_id, (MAY, None), {}, form_version=None)
    other = drafted_of_the_principal(app)
    with acting(app, "xiaoshou1") as session:
        with pytest.raises(NotFound):
            version_in_scope(session, other)
        assert PRICE_VERSION.where is not None
        listed = session.scalars(select(PriceTierVersion).where(*PRICE_VERSION.where())).all()
        assert {version.tier.name for version in listed} == {"业务员标准价"}
    with acting(app, "admin") as session, pytest.raises(Stale):
        write_prices(session, version_id, (MAY, None), {}, form_version=1)
    assert do(app, "admin", version_id, "discard") == "discarded"
    drafted(app)


def drafted_of_the_principal(app: Flask) -> int:
    with acting(app, "laoban") as session:
        return start_draft(session, tier_id(session, "principal")).id


def test_a_percentage_moves_the_chosen_groups_alone(app: Flask) -> None:
    with acting(app, "laoban") as session:
        version = start_draft(session, tier_id(session))
        change = PercentChange(Decimal(10), frozenset({"公司设立"}), frozenset({"reference"}), Decimal(1))
        moved = change_by_percent(session, version.id, change, form_version=None)
        rows = grid_of(session, version)
        changed = [row for row in rows if row.changed]
        assert len(changed) == moved > 0 and {row.group for row in changed} == {"公司设立"}
        for row in changed:
            assert row.old_reference is not None and row.authority == row.old_authority
            assert row.reference == (row.old_reference * Decimal("1.1")).quantize(Decimal(1))
        for bad in (Decimal(-91), Decimal(501)):
            with pytest.raises(BusinessError):
                silly = PercentChange(bad, frozenset(), frozenset({"reference"}), Decimal(1))
                change_by_percent(session, version.id, silly, form_version=None)


@given(
    price=st.decimals(0, Decimal("9999999999.99"), places=2),
    percent=st.decimals(-90, 500, places=2),
    step=st.sampled_from([Decimal("0.01"), Decimal(1), Decimal(10)]),
)
def test_a_percentage_gives_whole_steps_never_negative_and_zero_stays_zero(
    price: Decimal, percent: Decimal, step: Decimal
) -> None:
    new = times(price, PercentChange(percent, frozenset(), frozenset({"reference"}), step))
    assert 0 <= new <= Decimal("9999999999.99")
    exact = price * (100 + percent) / 100
    assert abs(new - exact) <= step / 2 or new == Decimal("9999999999.99")
    assert times(Decimal(0), PercentChange(percent, frozenset(), frozenset(), step)) == 0


def test_a_tier_is_copied_to_other_staff_but_not_twice(app: Flask) -> None:
    with acting(app, "laoban") as session:
        staff = Staff(person_id=person_id(session, "xiaoshou1"))
        version_id = copy_tier(session, tier_id(session), "陈宇航价", staff).versions[0].id
        for name, taken in (("再来一份", staff), ("业务员价二", Staff(role="salesperson"))):
            with pytest.raises(FieldErrors):
                copy_tier(session, tier_id(session), name, taken)
        with pytest.raises(FieldErrors):
            copy_tier(session, tier_id(session), "都要", Staff(role="cashier", person_id=staff.person_id))
        pair = {item_id(session): Pair(Decimal(1000), Decimal(500))}
        write_prices(session, version_id, (MAY, None), pair, form_version=None)
    do(app, "laoban", version_id, "submit")
    do(app, "laoban", version_id, "approve")
    assert authority(app, MAY) == 500
    assert authority(app, MAY, "xiaoshou2") == 750


def sold(app: Flask, login: str, name: str, amount: str, signed_on: date | None) -> None:
    """A contract of the author; one without a day stays a draft."""
    with acting(app, login) as session:
        contract = draft(
            session, customer_of(session, name), line(session, "SL01", amount), signed_on=signed_on
        )
        if signed_on is not None:
            submit_contract(session, contract.id)


def weighed(app: Flask, version_id: int, login: str = "laoban") -> DraftEffects | None:
    with acting(app, login) as session:
        return effects_of_draft(session, version_in_scope(session, version_id), identity_of(session))


def test_a_draft_says_which_contracts_would_need_approval_and_what_they_would_bring(app: Flask) -> None:
    for who, name, amount, day in (
        ("xiaoshou1", "够价", "1000", date(2026, 3, 31)),
        ("xiaoshou1", "差五十", "850", date(2026, 1, 1)),
        ("xiaoshou1", "太早", "850", date(2025, 12, 31)),
        ("xiaoshou1", "本季", "850", date(2026, 4, 1)),
        ("xszhuguan", "别的价", "850", date(2026, 2, 1)),
        ("xiaoshou2", "草稿", "760", None),
    ):
        sold(app, who, name, amount, day)
    effects = weighed(app, drafted(app, "900", "2250"))
    assert effects is not None and (effects.first, effects.last) == (date(2026, 1, 1), date(2026, 3, 31))
    assert [(each.customer, each.lacking, each.is_draft) for each in effects.affected] == [
        ("差五十", Decimal(50), False),
        ("草稿", Decimal(140), True),
    ]
    assert (effects.looked_at, effects.contracts, effects.drafts, effects.freed) == (3, 1, 1, 0)
    # Sold at 1,000 and 850 of a reference price of 1,500: at 2,250 they bring half as much again.
    assert effects.revenue == Decimal("925.00")
    assert [count for _name, count in effects.by_item] == [2]


def test_cheaper_prices_free_contracts_and_who_sees_no_contract_is_told_nothing(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        low = draft(session, customer_of(session, "低价"), line(session, "SL01", "700", reason="老客户"))
        assert low.lines[0].below_authority == 50
    effects = weighed(app, drafted(app, "650", "1500"))
    assert effects is not None and effects.freed == 1
    assert not effects.affected and effects.revenue == 0
    with acting(app, "xingzheng") as session:
        version = session.scalars(select(PriceTierVersion).where(PriceTierVersion.state == "draft")).one()
        identity = identity_of(session)
        shown = effects_of_draft(session, version, identity)
        assert shown is None or identity.can("can_list", "contract")


def test_the_price_book_agrees_with_the_price_of_each_seller(app: Flask) -> None:
    with as_system(app) as session:
        seller = person_id(session, "xiaoshou1")
        rooms = dict(session.execute(select(Department.name, Department.id)).tuples().all())
        for name, price, whom in (
            ("全员价", 100, {}),
            ("部门价", 700, {"department_id": rooms["销售部"]}),
            ("小组价", 710, {"department_id": rooms["销售一部"]}),
            ("本人价", 720, {"person_id": seller}),
            ("东莞价", 650, {"role": "salesperson", "region": "东莞"}),
        ):
            prices = [
                TierPrice(
                    item_id=item_id(session),
                    reference_price=Decimal(2000),
                    authority_price=Decimal(price),
                )
            ]
            version = PriceTierVersion(
                tier=PriceTier(name=name, **whom), valid_from=date(2026, 1, 1), prices=prices
            )
            PRICE_VERSION_LIFECYCLE.begin(session, version, "draft", title="drafted prices")
            PRICE_VERSION_LIFECYCLE.perform(session, version.id, "publish")
        items = [item_id(session), item_id(session, "SL02-I1"), item_id(session, "JZ01-I1")]
        people = session.scalars(select(Person)).all()
        book = read_price_book(session, [one.id for one in people], items, day=MAY)
        for person in people:
            for region in (None, "东莞", "深圳"):
                one_by_one = prices_for(session, person, items, MAY, region)
                for each in items:
                    found, wanted = book.price(person.id, each, region), one_by_one.get(each)
                    assert (found.authority_price if found else None) == (
                        wanted.authority if wanted else None
                    ), (person.username, region, each)


def test_the_grid_is_typed_on_its_page_and_keeps_what_was_typed_when_refused(app: Flask) -> None:
    version_id = drafted(app)
    page = f"/price_tier_version/{version_id}"
    browser = app.test_client()
    log_in(app, browser, "admin")
    html = browser.get(page).text
    with as_system(app) as session:
        number, row_version = item_id(session), session.get_one(PriceTierVersion, version_id).version
    typed = {
        "csrf_token": token_in(html),
        "version": row_version,
        "valid_from": "2026-05-01",
        f"reference-{number}": "1,600",
    }
    refused = browser.post(f"{page}/prices", data={**typed, f"authority-{number}": "八百"})
    assert refused.status_code == 422 and "八百" in refused.text and "1,600" in refused.text
    saved = browser.post(f"{page}/prices", data={**typed, f"authority-{number}": "８００"})
    assert saved.status_code == 302
    stale = browser.post(f"{page}/prices", data={**typed, f"authority-{number}": "1"})
    assert stale.status_code == 409
    assert "800.00" in browser.get(page).text
    moved = browser.post(
        f"{page}/percent",
        data={"csrf_token": typed["csrf_token"], "percent": "-5", "columns": "authority", "step": "10"},
    )
    assert moved.status_code == 302
    assert "760.00" in browser.get(page).text
    for login, status in (("xiaoshou1", 403), ("caiwu", 403), ("laoban", 200)):
        other = app.test_client()
        log_in(app, other, login)
        assert other.get(page).status_code == status, login


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_salesperson_sees_the_prices_of_today_and_no_draft(app: Flask) -> None:
    drafted(app, "987")
    browser = app.test_client()
    log_in(app, browser, "xiaoshou1")
    with as_system(app) as session:
        tier = tier_id(session)
    html = browser.get(f"/price_tier/{tier}").text
    assert "750.00" in html and "987.00" not in html and "price_tier_version" not in html
