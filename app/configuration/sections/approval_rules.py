"""What needs whose approval."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval.entity import APPROVERS, COMPARISONS, FACTS, KINDS
from app.approval.models import ApprovalRule
from app.approval.rule_editing import LEVELS, save_rule
from app.configuration.groups import Entry, Group, Plain, Rows
from app.configuration.places import Place
from app.configuration.section import Section, Work, turns
from app.configuration.shapes import Amount, Flag, Maybe, NameOf, OneOf, Text, Whole
from app.org.models import Person

_RULES = Rows(
    Group(
        {
            "name": Entry(Text(80), _l("Name")),
            "kind": Entry(OneOf(KINDS), _l("Document")),
            "fact": Entry(OneOf(FACTS), _l("What is compared")),
            "comparison": Entry(OneOf(COMPARISONS), _l("How"), ">"),
            "threshold": Entry(Amount(), _l("Limit")),
            "level": Entry(Whole(LEVELS[0], LEVELS[-1]), _l("Level"), 1),
            "approver": Entry(OneOf(APPROVERS), _l("Who decides")),
            "role": Entry(Maybe(NameOf("role")), _l("Role"), None),
            "person": Entry(Maybe(NameOf("person")), _l("Person"), None),
            "active": Entry(Flag(), _l("In use"), True),
        }
    ),
    key=("name",),
    archives=True,
)


def _read(session: Session) -> list[Plain]:
    found = session.execute(
        select(ApprovalRule, Person.username).outerjoin(Person, ApprovalRule.person_id == Person.id)
    ).tuples()
    rows = [
        {
            **{name: getattr(rule, name) for name in _RULES.row.entries if name != "person"},
            "threshold": f"{rule.threshold:.2f}",
            "person": login,
        }
        for rule, login in found
    ]
    return sorted(rows, key=_RULES.key_of)


def _check(_before: list[Plain], after: list[Plain], place: Place) -> None:
    for rule in after:
        for name in ("role", "person"):
            if rule[name] is not None and rule["approver"] != name:
                place.row(rule["name"]).under(name).fault(
                    _l("only rules whose approver is “%(name)s” name one", name=name)
                )


def _write(work: Work, before: list[Plain], after: list[Plain]) -> None:
    known = {rule.name: rule for rule in work.session.scalars(select(ApprovalRule))}
    ids = dict(work.session.execute(select(Person.username, Person.id)).tuples().all())
    for turn in turns(_RULES, before, after):
        with work.at(f"approval_rules[{turn.key}]"):
            data = {name: value for name, value in turn.new.items() if name != "person"}
            data["person_id"] = ids.get(turn.new["person"])
            save_rule(work.session, known.get(turn.key), data)


SECTION = Section(
    "approval_rules", _l("Approval rules"), "approval_rule", lambda: _RULES, _read, _write, check=_check
)
