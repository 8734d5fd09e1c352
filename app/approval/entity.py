"""Approval rules as rows an administrator edits."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval.models import ApprovalRule
from app.org.models import Person
from app.org.roles import PRESET_ROLES
from app.platform.entity import Entity, Field, Section

KINDS = {
    "contract": _l("Contract"),
    "refund": _l("Refund"),
    "waiver": _l("Waiver"),
    "reversal": _l("Reversal"),
    "expense": _l("Expense claim"),
    "export": _l("Export"),
    "price_tier": _l("Price tier"),
}
FACTS = {
    "below_authority": _l("yuan below authority price"),
    "discount_percent": _l("per cent off the reference price"),
    "amount": _l("amount in yuan"),
    "rows": _l("number of rows"),
}
COMPARISONS = {">": _l("more than"), ">=": _l("at least"), "=": _l("exactly")}
APPROVERS = {
    "superior": _l("superior of the author"),
    "head": _l("head of the author's department"),
    "role": _l("a role"),
    "person": _l("a person"),
    "covering": _l("first superior whose authority covers the price"),
}


def _roles(session: Session) -> list[tuple[Any, Any]]:
    names = session.scalars(select(Role.name).order_by(Role.id))
    return [(name, PRESET_ROLES.get(name, name)) for name in names if name not in ("Admin", "Public")]


def _people(session: Session) -> list[tuple[Any, Any]]:
    people = session.scalars(select(Person).where(Person.active.is_(True)).order_by(Person.id).limit(500))
    return [(person.id, person.name) for person in people]


def _condition(rule: ApprovalRule) -> str:
    fact, comparison = FACTS.get(rule.fact, rule.fact), COMPARISONS.get(rule.comparison, rule.comparison)
    return f"{fact} {comparison} {rule.threshold.normalize():f}"


def _decider(rule: ApprovalRule) -> str:
    if rule.approver == "role":
        return str(PRESET_ROLES.get(rule.role or "", rule.role))
    return str(APPROVERS.get(rule.approver, rule.approver))


APPROVAL_RULE = Entity(
    name="approval_rule",
    model=ApprovalRule,
    label=_l("Approval rule"),
    plural=_l("Approval rules"),
    group=_l("Settings"),
    icon="stamp",
    fields=(
        Field("name", _l("Name"), searchable=True, sortable=True, required=True, maximum=80),
        Field("kind", _l("Document"), kind="choice", choices=KINDS, filterable=True, required=True),
        Field("condition", _l("Condition"), value=_condition),
        Field("fact", _l("What is compared"), kind="choice", choices=FACTS, required=True),
        Field("comparison", _l("How"), kind="choice", choices=COMPARISONS, required=True),
        Field(
            "threshold",
            _l("Limit"),
            required=True,
            maximum=16,
            typed=lambda rule: f"{rule.threshold.normalize():f}",
            help=_l("In yuan, per cent or rows, as what is compared"),
        ),
        Field(
            "level",
            _l("Level"),
            kind="int",
            sortable=True,
            required=True,
            default=lambda: 1,
            help=_l("Equal levels decide side by side, higher ones after lower ones"),
        ),
        Field("decider", _l("Decides"), value=_decider),
        Field("approver", _l("Who decides"), kind="choice", choices=APPROVERS, required=True),
        Field("role", _l("Role"), kind="choice", choices=_roles, help=_l("When a role decides")),
        Field("person_id", _l("Person"), kind="choice", choices=_people, help=_l("When a person decides")),
        Field("active", _l("In use"), kind="bool", filterable=True, default=lambda: True),
    ),
    list_fields=("name", "kind", "condition", "level", "decider", "active"),
    sections=(Section(_l("Approval rule"), ("name", "kind", "condition", "level", "decider", "active")),),
    form_sections=(
        Section(_l("Condition"), ("name", "kind", "fact", "comparison", "threshold")),
        Section(_l("Decision"), ("level", "approver", "role", "person_id", "active")),
    ),
    order="name",
    title=lambda rule: rule.name,
)
