"""Words, links and SQL that the lists of this stage share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, select

from app.contracts.models import Contract
from app.customers.models import Customer
from app.finance import queries
from app.finance.aging import AgingClass, aging_class
from app.finance.models import Receivable
from app.finance.states import AccountKind, PaymentMethod, ReceiptKind
from app.platform import clock
from app.platform.access import Identity

GROUP = _l("Finance")
METHODS = {
    PaymentMethod.BANK: _l("bank transfer"),
    PaymentMethod.WECHAT: _l("WeChat Pay"),
    PaymentMethod.ALIPAY: _l("Alipay"),
    PaymentMethod.CASH: _l("cash"),
    PaymentMethod.OTHER: _l("other way"),
}
ACCOUNT_KINDS = {
    AccountKind.BANK: _l("bank account"),
    AccountKind.WECHAT: _l("WeChat wallet"),
    AccountKind.ALIPAY: _l("Alipay wallet"),
    AccountKind.CASH: _l("cash box"),
}
KINDS = {ReceiptKind.RECEIPT: _l("receipt"), ReceiptKind.REVERSAL: _l("reversal")}
AGING = {
    AgingClass.NOT_DUE: _l("not due"),
    AgingClass.DAYS_1_30: _l("1–30 days overdue"),
    AgingClass.DAYS_31_60: _l("31–60 days overdue"),
    AgingClass.DAYS_61_90: _l("61–90 days overdue"),
    AgingClass.DAYS_91_180: _l("91–180 days overdue"),
    AgingClass.DAYS_181_360: _l("181–360 days overdue"),
    AgingClass.OVER_360: _l("over 360 days overdue"),
}
AGING_TONES = dict.fromkeys(AgingClass, "danger") | {
    AgingClass.NOT_DUE: "plain",
    AgingClass.DAYS_1_30: "warning",
}


def every_row(_identity: Identity) -> Sequence[ColumnElement[bool]]:
    return ()


def customer_name(model: type[Any]) -> Any:
    return lambda: select(Customer.name).where(Customer.id == model.customer_id).scalar_subquery()


def contract_number() -> ColumnElement[Any]:
    return select(Contract.number).where(Contract.id == Receivable.contract_id).scalar_subquery()


def customer_url(row: Any) -> str:
    return url_for("customer.show", pk=row.customer_id)


def contract_url(row: Any) -> str | None:
    return url_for("contract.show", pk=row.contract_id) if row.contract_id is not None else None


def line_words(row: Receivable) -> str:
    """The business a receivable asks for, and which instalment of it when it comes back."""
    name: str = row.line.business_type.name
    if row.covers_from is None:
        return name
    return str(_l("%(name)s, instalment %(number)s", name=name, number=row.instalment))


def age_of(row: Receivable) -> AgingClass | None:
    """The aging class of what is open; None when nothing is."""
    return aging_class(row.due_on, clock.today()) if row.balance > 0 else None


def age_sql() -> ColumnElement[Any]:
    return case((queries.is_open(), queries.aging(clock.today())))


def is_overdue(_identity: Identity) -> Sequence[ColumnElement[bool]]:
    return (queries.is_open(), Receivable.due_on < clock.today())
