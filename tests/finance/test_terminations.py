"""A contract ends with its money settled, or with a debt that was kept on purpose."""

from __future__ import annotations

import pytest
from flask import Flask

from app.contracts.models import Contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.platform.errors import BusinessError
from tests.finance.books import balances, receive, sign
from tests.people import acting, as_system


def end(app: Flask, contract_id: int, settlement: str) -> None:
    with acting(app, "xszhuguan") as session:
        data = {"reason": "客户不办了", "settlement": settlement}
        CONTRACT_LIFECYCLE.perform(session, contract_id, "terminate", data=data)


def test_an_open_balance_is_not_settled_and_undoes_the_termination(app: Flask) -> None:
    deal = sign(app, "1000")
    receive(app, deal, "400")
    with pytest.raises(BusinessError):
        end(app, deal.contract_id, "settled")
    with as_system(app) as session:
        assert session.get_one(Contract, deal.contract_id).state == "active"
    receive(app, deal, "600")
    end(app, deal.contract_id, "settled")
    with as_system(app) as session:
        assert session.get_one(Contract, deal.contract_id).state == "terminated"


def test_a_debt_kept_on_purpose_stays_owed(app: Flask) -> None:
    deal = sign(app, "1000")
    receive(app, deal, "400")
    end(app, deal.contract_id, "keep_debt")
    assert balances(app, deal) == ["600.00"]
