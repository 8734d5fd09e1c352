"""Companies: created, changed, collided, kept apart by row scope."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.companies.models import Company
from app.companies.operations import (
    change_company,
    create_company,
    enter_library,
    remove_contact,
    save_contact,
)
from app.companies.queries import similar_companies
from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import clock
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound
from app.platform.timeline import TimelineEntry
from tests.people import acting, log_in, token_in

GOOD, WRONG_DIGIT, WRONG_SHAPE = "91110000600037341L", "911100006000373411", "9111000060003734"


def a_customer(session: Session, name: str = "华南智造", mobile: str = "13800138000") -> Customer:
    """A prospect of whoever acts."""
    return create_customer(session, name=name, contacts=[(None, "mobile", mobile, False)])


@pytest.fixture
def customer_id(app: Flask) -> int:
    with acting(app, "xiaoshou1") as session:
        return a_customer(session).id


def test_a_company_is_kept_with_its_core_name_and_told_on_the_timeline(app: Flask, customer_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        company = create_company(
            session, customer_id, name="深圳市跃奇信息技术有限公司", uscc=" ９1110000-60003734 1l"
        )
        assert (company.core_name, company.uscc) == ("跃奇信息技术", GOOD)
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.subject == "company")).one()
        assert (told.customer_id, told.actor) == (customer_id, "陈宇航")


@pytest.mark.parametrize(
    ("uscc", "overridden", "refused"),
    [
        (GOOD, False, False),
        (None, False, False),
        (WRONG_DIGIT, False, True),
        (WRONG_DIGIT, True, False),
        (WRONG_SHAPE, False, True),
        (WRONG_SHAPE, True, True),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_wrong_shape_is_an_error_and_a_wrong_check_digit_can_be_overridden(
    app: Flask, customer_id: int, uscc: str | None, overridden: bool, refused: bool
) -> None:
    with acting(app, "xiaoshou1") as session:
        if refused:
            with pytest.raises(FieldErrors) as caught:
                create_company(session, customer_id, name="甲", uscc=uscc, uscc_overridden=overridden)
            assert set(caught.value.fields) == {"uscc"}
        else:
            company = create_company(session, customer_id, name="甲", uscc=uscc, uscc_overridden=overridden)
            assert company.uscc_overridden is (uscc == WRONG_DIGIT)


def test_one_code_belongs_to_one_company(app: Flask, customer_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        create_company(session, customer_id, name="甲公司", uscc=GOOD)
    with pytest.raises(BusinessError), acting(app, "xiaoshou1") as session:
        create_company(session, customer_id, name="乙公司", uscc=GOOD)


def test_a_similar_name_warns_with_name_and_owner_across_all_scopes(app: Flask, customer_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        create_company(session, customer_id, name="深圳市跃奇信息技术有限公司")
    with acting(app, "xiaoshou2") as session:
        assert session.scalars(select(Company)).all() == []
        assert similar_companies(session, "跃奇信息") == [("深圳市跃奇信息技术有限公司", "陈宇航")]
        assert similar_companies(session, "跃奇餐饮") == []


def test_companies_of_strangers_do_not_exist(app: Flask, customer_id: int) -> None:
    with acting(app, "xiaoshou2") as session, pytest.raises(NotFound):
        create_company(session, customer_id, name="甲")
    with pytest.raises(NotAllowed), acting(app, "xiaoshou2") as session:
        session.add(Company(customer_id=customer_id, name="甲", created_at=clock.now()))


def test_a_company_stays_with_its_customer_and_cannot_lose_its_name(app: Flask, customer_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        other = a_customer(session, "另一家", "13900139000").id
        company = create_company(session, customer_id, name="甲")
        with pytest.raises(FieldErrors):
            change_company(session, company, {"customer_id": other})
        with pytest.raises(FieldErrors):
            change_company(session, company, {"name": " "})
        session.refresh(company)


def test_the_first_closing_puts_it_into_the_library_for_good(app: Flask, customer_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        company = create_company(session, customer_id, name="甲")
        enter_library(session, company.id, day=date(2026, 4, 14))
        enter_library(session, company.id, day=date(2026, 5, 1))
        assert company.library_since == date(2026, 4, 14)


def test_contact_persons_need_a_name_and_a_number_and_belong_to_one_company(
    app: Flask, customer_id: int
) -> None:
    with acting(app, "xiaoshou1") as session:
        one, two = (create_company(session, customer_id, name=name) for name in ("甲", "乙"))
        contact = save_contact(session, one, None, {"name": "李国栋", "mobile": "13800138000"})
        assert save_contact(session, one, contact.id, {"name": "李栋", "wechat": "lidong88"}).mobile is None
        with pytest.raises(NotFound):
            remove_contact(session, two, contact.id)
        remove_contact(session, one, contact.id)
        for data in ({"name": "", "mobile": "1"}, {"name": "王"}):
            with pytest.raises(BusinessError), session.begin_nested():
                save_contact(session, one, None, data)


def test_a_company_goes_through_the_screens(app: Flask, client: FlaskClient, customer_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        company_id = create_company(session, customer_id, name="深圳市跃奇信息技术有限公司").id
    log_in(app, client, "xiaoshou1")
    form = client.get(f"/company/{company_id}/edit")
    data = {
        "csrf_token": token_in(form.text),
        "customer_id": str(customer_id),
        "name": "深圳市跃奇信息技术有限公司",
        "uscc": WRONG_DIGIT,
        "entity_type": "limited_company",
        "registration_state": "existing",
        "collection_method": "by_books",
        "taxpayer_kind": "small_scale",
        "version": "1",
    }
    assert client.post(f"/company/{company_id}/edit", data=data).status_code == 422
    saved = client.post(f"/company/{company_id}/edit", data={**data, "uscc_overridden": "y"})
    assert saved.status_code == 302
    added = client.post(
        f"/company/{company_id}/contacts/new",
        data={"csrf_token": data["csrf_token"], "name": "王小燕", "mobile": "13600136000"},
    )
    assert added.status_code == 302
    page = client.get(f"/company/{company_id}").text
    assert WRONG_DIGIT in page and "13600136000" in page
    assert client.get("/company/").status_code == client.get("/library/?tab=missing").status_code == 200
    assert client.get("/company/choices?customer_id=abc").json["results"] == []
    assert client.get(f"/company/choices?customer_id={customer_id}").json["results"][0]["id"] == company_id


def test_outsiders_see_masked_numbers_and_looking_is_logged(
    app: Flask, client: FlaskClient, customer_id: int
) -> None:
    with acting(app, "xiaoshou1") as session:
        company = create_company(session, customer_id, name="甲")
        contact = save_contact(session, company, None, {"name": "王小燕", "mobile": "13600136000"})
        address = f"/company/{company.id}/contacts/{contact.id}/reveal/mobile"
        company_id = company.id
    log_in(app, client, "caiwu")
    page = client.get(f"/company/{company_id}").text
    assert "136****6000" in page and "13600136000" not in page
    assert client.post(address, data={"csrf_token": token_in(page)}).json == {"text": "13600136000"}
    assert client.post(address.replace("mobile", "name")).status_code in (400, 404)


def test_strangers_meet_the_same_not_found(app: Flask, client: FlaskClient, customer_id: int) -> None:
    with acting(app, "xiaoshou1") as session:
        company_id = create_company(session, customer_id, name="甲").id
    log_in(app, client, "xiaoshou2")
    for address in (f"/company/{company_id}", f"/company/{company_id}/edit", "/company/999999"):
        assert client.get(address).status_code == 404
