"""The limits of the public pool."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Group, Plain
from app.configuration.section import Section, Work
from app.configuration.shapes import Whole
from app.customers.models import PoolRule
from app.customers.rule_operations import save_pool_rule

_RULE = Group(
    {
        "claims_per_day": Entry(Whole(0, 10_000), _l("Claims per person and day")),
        "cooling_days": Entry(Whole(0, 3650), _l("Cooling time")),
        "recycle_after_days": Entry(Whole(0, 3650), _l("Recycle after")),
        "warn_before_days": Entry(Whole(0, 3650), _l("Announce before")),
    }
)


def _read(session: Session) -> Plain:
    rule = session.scalars(select(PoolRule).order_by(PoolRule.id).limit(1)).one()
    return {name: getattr(rule, name) for name in _RULE.entries}


def _write(work: Work, before: Plain, after: Plain) -> None:
    if before != after:
        with work.at("pool_rule"):
            rule = work.session.scalars(select(PoolRule).order_by(PoolRule.id).limit(1)).one()
            save_pool_rule(work.session, rule, after)


SECTION = Section("pool_rule", _l("Pool rule"), "pool_rule", lambda: _RULE, _read, _write)
