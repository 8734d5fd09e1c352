"""Changes to approval rules: a rule that could find nobody is refused. Never commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.approval.models import ApprovalRule
from app.platform.errors import FieldErrors
from app.platform.money import MoneyInvalid, parse_money

LEVELS = range(1, 10)
FACTS_OF = {
    "contract": frozenset({"below_authority", "discount_percent", "amount"}),
    "price_tier": frozenset({"rows"}),
    "export": frozenset({"rows"}),
}
"""What documents of a kind say of themselves; every other kind has its amount alone."""


def save_rule(session: Session, rule: ApprovalRule | None, data: Mapping[str, Any]) -> ApprovalRule:
    """Create or change a rule. Raises FieldErrors."""
    row = rule or ApprovalRule()
    for name, value in _checked(data).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def _checked(data: Mapping[str, Any]) -> dict[str, Any]:
    """The rule with only what its kind of approver needs."""
    values = dict(data)
    person = values.pop("person_id")
    values["person_id"] = int(person) if person and values["approver"] == "person" else None
    values["role"] = values["role"] if values["approver"] == "role" else None
    faults: dict[str, list[Any]] = {}
    try:
        values["threshold"] = parse_money(values["threshold"])
    except MoneyInvalid:
        faults["threshold"] = [_l("A number like 10 or 1,234.00.")]
    if values["approver"] == "role" and not values["role"]:
        faults["role"] = [_l("Choose the role that decides.")]
    if values["approver"] == "person" and not values["person_id"]:
        faults["person_id"] = [_l("Choose the person who decides.")]
    if values["approver"] == "covering" and values["kind"] != "contract":
        faults["approver"] = [_l("Only contracts have a price somebody's authority covers.")]
    if values["fact"] not in FACTS_OF.get(values["kind"], {"amount"}):
        faults["fact"] = [_l("This document does not say this of itself; the rule would never apply.")]
    if values["level"] not in LEVELS:
        faults["level"] = [_l("A whole number from 1 to %(max)s.", max=LEVELS[-1])]
    if faults:
        raise FieldErrors(_l("The rule was not saved."), faults)
    return values
