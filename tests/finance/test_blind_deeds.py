"""Nobody sets, confirms or moves an amount their role keeps from them (ORG-4), by whatever way they try."""

from __future__ import annotations

import pytest
from flask import Flask

from app.contracts.operations import save_contract, submit_contract
from app.finance.models import Receipt, Receivable
from app.finance.operations import approve_receipt
from app.finance.waiving import waive
from app.platform.errors import BusinessError, NotAllowed
from app.platform.money import parse_money
from tests.contracts.deals import customer_of, draft, line
from tests.desk import Desk
from tests.finance.books import enter, sign
from tests.people import acting, as_system
from tests.platform.test_field_rights import limit_places

BLIND = "看不到这笔金额"


@pytest.mark.parametrize("level", ["hidden", "masked"])
def test_a_cashier_books_no_receipt_whose_amount_is_kept_from_them(app: Flask, level: str) -> None:
    receipt_id = enter(app, sign(app, "817.43"), "213.61")
    limit_places(app, "cashier", {"receipt.amount": level})
    desk = Desk(app, "caiwu")
    dialog = desk.get(f"/receipt/{receipt_id}/do/approve")
    assert dialog.status_code == 200 and BLIND in dialog.text and "213.61" not in dialog.text
    picked = {"ids": str(receipt_id), "confirmed": "1", "rest": "oldest"}
    assert BLIND in desk.post("/receipt/bulk/approve", picked, follow_redirects=True).text
    with pytest.raises(BusinessError), acting(app, "caiwu") as session:
        approve_receipt(session, receipt_id)
    with as_system(app) as session:
        assert session.get_one(Receipt, receipt_id).state == "pending"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_may_look_at_the_amount_on_request_may_book_it(app: Flask) -> None:
    receipt_id = enter(app, sign(app, "817.43"), "213.61")
    limit_places(app, "cashier", {"receipt.amount": "revealable"})
    assert "213.61" not in Desk(app, "caiwu").get(f"/receipt/{receipt_id}/do/approve").text
    with acting(app, "caiwu") as session:
        assert approve_receipt(session, receipt_id).state == "booked"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_waives_what_they_do_not_see(app: Flask) -> None:
    (receivable_id,) = sign(app, "817.43").receivable_ids
    limit_places(app, "cashier", {"receivable.open": "masked"})
    desk = Desk(app, "caiwu")
    asked = desk.get(f"/receivable/{receivable_id}/waive")
    assert asked.status_code == 403 and BLIND in asked.text
    assert f"/receivable/{receivable_id}/waive" not in desk.get(f"/receivable/{receivable_id}").text
    with pytest.raises(NotAllowed), acting(app, "caiwu") as session:
        waive(session, receivable_id, parse_money("900"), "抹零")
    with as_system(app) as session:
        assert session.get_one(Receivable, receivable_id).waived == 0


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_writes_or_submits_a_contract_whose_prices_they_do_not_see(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        pk = draft(session, customer_of(session), line(session, "SL01", "817.43")).id
    limit_places(app, "salesperson", {"contract.amount": "hidden"})
    desk = Desk(app, "xiaoshou1")
    for address in ("/contract/new", f"/contract/{pk}/edit"):
        refused = desk.get(address)
        assert refused.status_code == 403 and "合同离不开价格" in refused.text
    assert f"/contract/{pk}/edit" not in desk.get(f"/contract/{pk}").text
    dialog = desk.get(f"/contract/{pk}/do/submit").text
    assert BLIND in dialog and "817.43" not in dialog
    with pytest.raises(BusinessError), acting(app, "xiaoshou1") as session:
        submit_contract(session, pk)
    with pytest.raises(NotAllowed), acting(app, "xiaoshou1") as session:
        save_contract(session, None, None)  # type: ignore[arg-type]
