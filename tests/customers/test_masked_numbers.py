"""A masked number stays masked: no dialog, no flag and no detour shows it or gets around its owner."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.companies.contact_fields import CONTACT_FIELDS
from app.companies.models import ContactPerson
from app.companies.operations import create_company, save_contact
from app.customers.models import ContactPoint
from app.customers.operations import create_customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform.errors import FieldErrors
from tests.people import acting, as_system, log_in, token_in

NUMBER = "13800138000"


def test_the_number_of_a_pool_customer_shows_in_no_dialog(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        pk = create_customer(session, name="甲方", contacts=[("王", "mobile", NUMBER, False)]).id
        CUSTOMER_LIFECYCLE.perform(session, pk, "give_up", data={"reason": "没有需求"})
    with as_system(app) as session:
        point = session.scalars(select(ContactPoint.id)).one()
    client = app.test_client()
    log_in(app, client, "xiaoshou2")
    answer = client.get(f"/customer/{pk}/contact/{point}/edit")
    assert answer.status_code == 403 and NUMBER not in answer.text


def test_calling_the_own_number_shared_does_not_pass_a_colleagues_claim(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="甲方", contacts=[("王", "mobile", NUMBER, False)])
    with pytest.raises(FieldErrors), acting(app, "xiaoshou2") as session:
        create_customer(session, name="乙方", contacts=[("王", "mobile", NUMBER, True)])
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="总机", contacts=[("前台", "mobile", "13900139000", True)])
    with acting(app, "xiaoshou2") as session:
        create_customer(session, name="也用总机", contacts=[("前台", "mobile", "13900139000", True)])


def test_a_clerk_reveals_no_number_of_a_companys_contact(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer = create_customer(session, name="甲方", contacts=[("王", "mobile", "13900139001", False)])
        company = create_company(session, customer.id, name="甲方有限公司")
        data = {field.name: None for field in CONTACT_FIELDS} | {"name": "王会计", "mobile": NUMBER}
        save_contact(session, company, None, data)
        company_id = company.id
    with as_system(app) as session:
        contact = session.scalars(select(ContactPerson.id)).one()
    for login, status in (("xingzheng", 403), ("laoban", 200)):
        client = app.test_client()
        log_in(app, client, login)
        token = token_in(client.get("/account/sessions").text)
        address = f"/company/{company_id}/contacts/{contact}/reveal/mobile"
        answer = client.post(address, data={"csrf_token": token})
        assert (answer.status_code, NUMBER in answer.text) == (status, status == 200)
