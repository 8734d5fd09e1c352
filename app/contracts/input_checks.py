"""Whether what somebody wrote into a contract can be believed: every fault, by its field in the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.catalogue.models import BusinessType
from app.companies.models import Company
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.instalments import INTERVALS
from app.customers.models import Customer
from app.platform.errors import FieldErrors
from app.platform.money import LARGEST, ZERO

LINE_LIMIT = 50
QUANTITY_LIMIT = 9999
MONTH_LIMIT = 120


@dataclass
class Faults:
    """Everything wrong with the input, by field name as the form has it."""

    fields: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, name: str, message: Any) -> None:
        self.fields.setdefault(name, []).append(message)

    def refuse(self) -> None:
        if self.fields:
            raise FieldErrors(_l("The contract was not saved."), self.fields)

    def of_line(self, place: int) -> bool:
        """Whether anything is wrong with this line."""
        return any(name.startswith(f"lines-{place}-") for name in self.fields)


def check_input(session: Session, data: ContractInput) -> tuple[Mapping[int, BusinessType], Faults]:
    """Everything wrong with the input at once, and the business types its lines name."""
    faults = Faults()
    _check_header(session, data, faults)
    types = _types_of(session, data.lines)
    for place, line in enumerate(data.lines):
        _check_line(line, types.get(line.business_type_id), faults, f"lines-{place}-")
    _check_companies(session, data, faults)
    return types, faults


def _types_of(session: Session, lines: Sequence[LineInput]) -> dict[int, BusinessType]:
    ids = {line.business_type_id for line in lines}
    if not ids:
        return {}
    found = session.scalars(
        select(BusinessType).where(BusinessType.id.in_(ids)).options(selectinload(BusinessType.items))
    )
    return {kind.id: kind for kind in found}


def _check_header(session: Session, data: ContractInput, faults: Faults) -> None:
    customer = session.scalars(select(Customer).where(Customer.id == data.customer_id)).first()
    if customer is None:
        faults.add("customer_id", _l("This choice does not exist, or you may not see it."))
    elif customer.stage == "public":
        faults.add("customer_id", _l("The customer is in the public pool. Claim it first."))
    if data.starts_on and data.ends_on and data.ends_on < data.starts_on:
        faults.add("ends_on", _l("The term ends before it starts."))
    if len(data.lines) > LINE_LIMIT:
        faults.add("lines", _l("A contract has at most %(max)s lines.", max=LINE_LIMIT))
    total = sum((item.amount for line in data.lines for item in line.items), ZERO)
    if total > LARGEST:
        faults.add("lines", _l("The amount is too large."))


def _check_line(line: LineInput, kind: BusinessType | None, faults: Faults, at: str) -> None:
    if kind is None or not kind.active:
        faults.add(f"{at}business_type_id", _l("Choose a business type."))
        return
    if not 1 <= line.quantity <= QUANTITY_LIMIT:
        faults.add(f"{at}quantity", _l("A whole number from 1 to %(max)s.", max=QUANTITY_LIMIT))
    if kind.recurring:
        _check_months(line, faults, at)
    if not line.items:
        faults.add(f"{at}items", _l("Pick at least one item."))
    known = {item.id for item in kind.items}
    if len({item.item_id for item in line.items} & known) != len(line.items):
        faults.add(f"{at}items", _l("An item does not belong to this business type."))
    for item in line.items:
        _check_amounts(item, faults, f"{at}discount-{item.item_id}", f"{at}price-{item.item_id}")


def _check_months(line: LineInput, faults: Faults, at: str) -> None:
    if not 1 <= line.paid_months <= MONTH_LIMIT:
        faults.add(f"{at}paid_months", _l("A whole number from 1 to %(max)s.", max=MONTH_LIMIT))
    if not 0 <= line.gift_months <= MONTH_LIMIT:
        faults.add(f"{at}gift_months", _l("A whole number from 0 to %(max)s.", max=MONTH_LIMIT))
    if line.interval_months not in INTERVALS:
        faults.add(f"{at}interval_months", _l("Every 1, 3, 6 or 12 months."))
    if line.start_month and not date(2000, 1, 1) <= line.start_month < date(2100, 1, 1):
        faults.add(f"{at}start_month", _l("This month cannot be right."))


def _check_amounts(item: ItemInput, faults: Faults, discount_field: str, price_field: str) -> None:
    if not ZERO <= item.amount <= LARGEST or item.amount != round(item.amount, 2):
        faults.add(price_field, _l("An amount from 0 up, with two digits."))
    if not ZERO <= item.discount <= item.amount or item.discount != round(item.discount, 2):
        faults.add(discount_field, _l("A discount cannot be larger than the amount, nor negative."))


def _check_companies(session: Session, data: ContractInput, faults: Faults) -> None:
    """Companies are the customer's own: a foreign one looks the same as none."""
    wanted = {data.company_id: "company_id"} if data.company_id else {}
    for place, line in enumerate(data.lines):
        if line.company_id:
            wanted.setdefault(line.company_id, f"lines-{place}-company_id")
    if not wanted:
        return
    own = set(
        session.scalars(
            select(Company.id).where(Company.id.in_(wanted), Company.customer_id == data.customer_id)
        )
    )
    for company_id, name in wanted.items():
        if company_id not in own:
            faults.add(name, _l("This company does not belong to the customer."))
