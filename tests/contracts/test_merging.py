"""Two people on one draft: what only one wrote is taken over, what both wrote is asked, nothing is lost."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.contracts.models import Contract
from tests.contracts.test_contract_screens import contracts, form_of, seller
from tests.desk import Desk
from tests.field_rights import limited
from tests.people import as_system
from tests.web_processes import fields_in

__all__ = ["seller"]


def opened(boss: Desk, address: str, **changes: str) -> dict[str, str]:
    """What the boss's browser would send of the form as it opens, with changes."""
    return sent_by(boss.get(address).text) | changes


def sent_by(page: str) -> dict[str, str]:
    form = page.split("data-contract-form")[1].split("</form>")[0]
    return {name: value for name, value in fields_in(form.split("<template>")[0]) if name != "csrf_token"}


def price_of(data: dict[str, str]) -> str:
    return next(name for name in data if name.startswith("lines-0-price-"))


def a_draft(app: Flask, seller: FlaskClient) -> tuple[str, dict[str, str]]:
    data = form_of(app, seller, save="1")
    seller.post("/contract/new", data=data)
    [contract] = contracts(app)
    return f"/contract/{contract.id}/edit", data


def changed_by_the_seller(app: Flask, seller: FlaskClient, address: str, data: Any, **changes: str) -> None:
    [contract] = contracts(app)
    sent = data | {"version": str(contract.version), "token": "s" * 32} | changes
    assert seller.post(address, data=sent).status_code == 302


def test_what_only_the_other_wrote_is_taken_over_header_and_lines(app: Flask, seller: FlaskClient) -> None:
    address, data = a_draft(app, seller)
    boss = Desk(app, "laoban")
    late = opened(boss, address, note="急")
    price = price_of(data)
    changed_by_the_seller(app, seller, address, data, payer="张三", **{price: "1,400.00"})
    answer = boss.post(address, late)
    assert answer.status_code == 409
    panel = answer.text.split('class="panel merge"')[1].split("</div>\n</div>")[0]
    assert "陈宇航" in panel and "张三" in panel and "1 行，共 ¥1,400.00" in panel

    assert "data-take-theirs" not in panel and 'name="take_lines"' not in panel
    assert 'value="张三"' in answer.text and 'value="1,400.00"' in answer.text and "急" in answer.text
    assert boss.post(address, sent_by(answer.text) | {"note": "急", "save": "1"}).status_code == 302
    with as_system(app) as session:
        contract = session.scalars(select(Contract)).one()
        assert (contract.payer, contract.note, str(contract.amount)) == ("张三", "急", "1400.00")


def test_lines_both_changed_stay_as_typed_until_theirs_are_taken(app: Flask, seller: FlaskClient) -> None:
    address, data = a_draft(app, seller)
    boss = Desk(app, "laoban")
    price = price_of(data)
    late = opened(boss, address, payer="李四", **{price: "1,450.00"})
    changed_by_the_seller(app, seller, address, data, payer="张三", **{price: "1,400.00"})
    answer = boss.post(address, late)
    assert answer.status_code == 409
    assert 'data-take-theirs="payer"' in answer.text and 'name="take_lines"' in answer.text
    assert 'value="李四"' in answer.text and 'value="1,450.00"' in answer.text
    now = sent_by(answer.text)
    taken = boss.post(address, now | {"take_lines": "1"})
    assert taken.status_code == 200 and 'value="1,400.00"' in taken.text and 'value="李四"' in taken.text
    assert boss.post(address, now | {"save": "1"}).status_code == 302
    with as_system(app) as session:
        contract = session.scalars(select(Contract)).one()
        assert (contract.payer, str(contract.amount)) == ("李四", "1450.00")


def test_lines_nobody_else_touched_are_not_asked_about(app: Flask, seller: FlaskClient) -> None:
    address, data = a_draft(app, seller)
    boss = Desk(app, "laoban")
    late = opened(boss, address, **{price_of(data): "1,450.00"})
    changed_by_the_seller(app, seller, address, data, payer="张三")
    answer = boss.post(address, late)
    assert answer.status_code == 409
    assert 'name="take_lines"' not in answer.text and 'value="1,450.00"' in answer.text
    assert 'value="张三"' in answer.text


def test_taking_their_lines_shows_them_to_nobody_who_may_not_write_the_draft(
    app: Flask, seller: FlaskClient
) -> None:
    address, data = a_draft(app, seller)
    boss = Desk(app, "laoban")
    taking = opened(boss, address) | {"take_lines": "1"}
    assert Desk(app, "xiaoshou2").post(address, taking).status_code == 404
    with limited(app, "principal", ["contract.amount"], "hidden"):
        answer = boss.post(address, taking)
        assert answer.status_code == 403 and data[price_of(data)] not in answer.text
