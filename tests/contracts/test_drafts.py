"""Writing a contract down: what is believed, what is refused, and what it becomes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.models import Contract, ContractLine
from app.contracts.operations import (
    check_prices,
    copy_to_draft,
    input_of,
    line_closed_or_opened,
    save_contract,
    submit_contract,
)
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.models import Customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from tests.contracts.deals import company_of, customer_of, draft, kind, line
from tests.people import acting, as_system, log_in, person_id

MAY = date(2026, 5, 17)


def test_lines_and_items_add_up_and_keep_the_prices_of_the_day(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer = customer_of(session)
        company = company_of(session, customer)
        contract = draft(
            session,
            customer,
            line(session, "SL01", "1500"),
            line(session, "JZ02", "6600", "400", start_month=MAY, gift_months=2, company_id=company.id),
        )
        formation, books = contract.lines
        assert (contract.amount, contract.discount) == (Decimal("7700.00"), Decimal("400.00"))
        assert (formation.recurring, formation.paid_months, formation.below_authority) == (False, 0, 0)
        assert (books.recurring, books.start_month, books.company_id) == (True, date(2026, 5, 1), company.id)
        # 750.00 a month for 14 months, gifts included, against 6,200.00
        assert books.below_authority == Decimal("4300.00")
        [item] = books.items
        assert (item.reference_price, item.authority_price) == (Decimal("1000.00"), Decimal("750.00"))


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("lines-0-quantity", {"quantity": 0}),
        ("lines-0-paid_months", {"paid_months": 0}),
        ("lines-0-gift_months", {"gift_months": -1}),
        ("lines-0-interval_months", {"interval_months": 5}),
        ("lines-0-start_month", {"start_month": date(1999, 1, 1)}),
        ("lines-0-business_type_id", {"business_type_id": 9999}),
        ("lines-0-items", {"items": ()}),
        ("lines-0-items", {"items": (ItemInput(9999, Decimal(1)),)}),
        ("lines-0-company_id", {"company_id": 9999}),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_line_that_cannot_be_is_refused_by_its_field(
    app: Flask, fault: str, change: dict[str, Any]
) -> None:
    with acting(app, "xiaoshou1") as session:
        books = kind(session, "JZ01")
        sound: dict[str, Any] = {
            "business_type_id": books.id,
            "items": (ItemInput(books.items[0].id, Decimal(100)),),
        }
        data = ContractInput(customer_id=customer_of(session).id, lines=(LineInput(**{**sound, **change}),))
        with pytest.raises(FieldErrors) as refused:
            save_contract(session, None, data)
        assert fault in refused.value.fields
        assert session.scalars(select(Contract)).all() == []


@pytest.mark.parametrize(
    ("amount", "discount", "part"),
    [("-1", "0", "price"), ("1", "1.01", "discount"), ("1", "-1", "discount"), ("1.001", "0", "price")],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_money_is_never_negative_nor_finer_than_a_fen(
    app: Flask, amount: str, discount: str, part: str
) -> None:
    with acting(app, "xiaoshou1") as session:
        item_id = kind(session, "SL01").items[0].id
        with pytest.raises(FieldErrors) as refused:
            draft(session, customer_of(session), line(session, "SL01", amount, discount))
        assert f"lines-0-{part}-{item_id}" in refused.value.fields


def test_foreign_customers_and_companies_are_refused_like_absent_ones(app: Flask) -> None:
    with acting(app, "xiaoshou2") as session:
        foreign = customer_of(session, "别人的客户")
        foreign_company = company_of(session, foreign, "别人的公司")
    with acting(app, "xiaoshou1") as session:
        with pytest.raises(FieldErrors) as refused:
            draft(session, foreign, line(session, "SL01", "1500"))
        assert "customer_id" in refused.value.fields
        with pytest.raises(FieldErrors) as refused:
            draft(
                session,
                customer_of(session),
                line(session, "SL01", "1500", company_id=foreign_company.id),
                company_id=foreign_company.id,
            )
        assert "company_id" in refused.value.fields


def test_somebody_elses_contract_does_not_exist(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        contract_id = draft(session, customer_of(session), line(session, "SL01", "1500")).id
    with acting(app, "xiaoshou2") as session:
        assert session.scalars(select(Contract)).all() == []
        with pytest.raises(NotFound):
            submit_contract(session, contract_id)


def test_who_may_not_write_contracts_is_refused(app: Flask) -> None:
    with acting(app, "caiwu") as session, pytest.raises(NotAllowed):
        save_contract(session, None, ContractInput(customer_id=1))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "还没有明细"),
        ([("JZ01", {"start_month": None})], "要填起始月"),
        ([("JZ01", {"start_month": MAY})], "要选记账的公司"),
    ],
)
def test_what_is_not_ready_stays_a_draft(app: Flask, lines: list[Any], words: str) -> None:
    with acting(app, "xiaoshou1") as session:
        made = [line(session, code, "7200", **more) for code, more in lines]
        contract = draft(session, customer_of(session), *made)
        with pytest.raises(BusinessError, match=words):
            submit_contract(session, contract.id)


def test_the_same_form_twice_makes_one_contract(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        data = ContractInput(customer_id=customer_of(session).id, lines=(line(session, "SL01", "1500"),))
        first = save_contract(session, None, data, token="form")
        assert save_contract(session, None, data, token="form") is first
        assert len(session.scalars(select(Contract)).all()) == 1


def test_a_stale_form_and_a_submitted_contract_are_not_overwritten(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        data = ContractInput(customer_id=customer_of(session).id, lines=(line(session, "SL01", "1500"),))
        contract = save_contract(session, None, data)
        opened = contract.version
        save_contract(session, contract, data, version=opened)
        with pytest.raises(Stale):
            save_contract(session, contract, data, version=opened)
        submit_contract(session, contract.id)
        with pytest.raises(Stale, match="已不是草稿"):
            save_contract(session, contract, data)


def test_a_copy_is_a_new_draft_with_the_same_lines(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        original = draft(session, customer_of(session), line(session, "SL01", "1500"), note="加急")
        submit_contract(session, original.id)
        copy = copy_to_draft(session, original)
        assert (copy.state, copy.number, copy.copied_from_id) == ("draft", None, original.id)
        assert (copy.amount, copy.note, len(copy.lines)) == (original.amount, "加急", 1)
        assert (original.state, len(original.lines)) == ("active", 1)


def test_the_contract_closes_with_its_last_line_and_only_once(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        contract = draft(
            session, customer_of(session), line(session, "SL01", "1500"), line(session, "SW01", "500")
        )
        submit_contract(session, contract.id)
        first, second = (each.id for each in contract.lines)
    with as_system(app) as session:
        line_closed_or_opened(session, first, "closed", forced=False)
        assert session.get_one(Contract, contract.id).state == "active"
        line_closed_or_opened(session, second, "closed", forced=True)
        line_closed_or_opened(session, second, "opened", forced=False)
        done = session.get_one(ContractLine, second)
        assert (session.get_one(Contract, contract.id).state, done.done, done.forced) == (
            "closed",
            "closed",
            True,
        )


def test_nobody_gives_up_a_customer_who_waits_for_a_contract(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer = customer_of(session)
        contract = draft(session, customer, line(session, "SL01", "700", reason="老客户"))
        submit_contract(session, contract.id)
        with pytest.raises(BusinessError, match=contract.number or ""):
            CUSTOMER_LIFECYCLE.perform(
                session, customer.id, "give_up", data={"reason": "price", "note": "太贵"}
            )
        CONTRACT_LIFECYCLE.perform(session, contract.id, "withdraw")
        assert not [
            reason
            for reason in CUSTOMER_LIFECYCLE.objections(
                session, customer, CUSTOMER_LIFECYCLE.transitions["give_up"], session.info["identity"]
            )
            if "HT-" in str(reason)
        ]


def test_a_price_check_saves_nothing_and_names_who_would_approve(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        broken = LineInput(business_type_id=9999)
        data = ContractInput(
            customer_id=customer_of(session).id, lines=(broken, line(session, "SL01", "700"))
        )
        check = check_prices(session, data)
        assert check.places == (1,)
        assert check.facts["below_authority"] == Decimal("50.00")
        assert [(level, person.username) for level, _rule, person in check.approvers if person] == [
            (1, "xszhuguan"),
            (2, "laoban"),
        ]
        assert session.scalars(select(Contract)).all() == []


@pytest.mark.parametrize(
    ("login", "free"), [("xiaoshou1", True), ("xszhuguan", True), ("laoban", True), ("xiaoshou2", False)]
)
def test_a_draft_is_in_the_hands_of_author_owner_and_superiors(app: Flask, login: str, free: bool) -> None:
    """xiaoshou2 takes part in the customer and sees the draft of xiaoshou1, but it is not theirs to move."""
    with acting(app, "xiaoshou1") as session:
        customer = customer_of(session)
        contract_id = draft(session, customer, line(session, "SL01", "1500")).id
    with acting(app, "xszhuguan") as session:
        colleague = {"person": str(person_id(session, "xiaoshou2"))}
        CUSTOMER_LIFECYCLE.perform(session, customer.id, "share", data=colleague)
    client = app.test_client()
    log_in(app, client, login)
    page = client.get(f"/contract/{contract_id}")
    assert page.status_code == 200
    for address in (f"/contract/{contract_id}/edit", f"/contract/{contract_id}/do/discard"):
        assert (address in page.text) is free
    assert client.get(f"/contract/{contract_id}/edit").status_code == (200 if free else 403)
    if free:
        with acting(app, login) as session:
            assert submit_contract(session, contract_id).state == "active"
        return
    for name, data in {"submit": {}, "discard": {"reason": "不是我的"}}.items():
        with acting(app, login) as session, pytest.raises(BusinessError) as refusal:
            CONTRACT_LIFECYCLE.perform(session, contract_id, name, data=data)
        assert refusal.value.code == "guard"
    with acting(app, login) as session, pytest.raises(NotAllowed):
        contract = session.get_one(Contract, contract_id)
        save_contract(session, contract, input_of(contract))


def test_the_owner_moves_the_draft_a_colleague_wrote(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        customer_id = customer_of(session).id
    with acting(app, "xszhuguan") as session:
        colleague = {"person": str(person_id(session, "xiaoshou2"))}
        CUSTOMER_LIFECYCLE.perform(session, customer_id, "share", data=colleague)
    with acting(app, "xiaoshou2") as session:
        contract_id = draft(session, session.get_one(Customer, customer_id), line(session, "SL01", "1500")).id
    with acting(app, "xiaoshou1") as session:
        CONTRACT_LIFECYCLE.perform(session, contract_id, "discard", data={"reason": "客户改主意了"})
        assert session.get_one(Contract, contract_id).state == "void"
