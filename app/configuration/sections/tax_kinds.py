"""Names, order and use of the taxes. Which there are comes with the program, since each has rules in code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.models import TaxKind
from app.bookkeeping.tax_types import tax_types
from app.configuration.groups import Entry, Group, Plain, Rows
from app.configuration.section import Section, Work, turns
from app.configuration.shapes import Flag, OneOf, Text
from app.platform.errors import NotFound


def _shape() -> Rows:
    return Rows(
        Group(
            {
                "code": Entry(OneOf({code: code for code in tax_types()}), _l("Code")),
                "name": Entry(Text(60), _l("Name")),
                "short_name": Entry(Text(20), _l("Column of the matrix")),
                "active": Entry(Flag(), _l("In use"), True),
            }
        ),
        key=("code",),
        archives=True,
        ordered=True,
        title=lambda kind: f"{kind['code']} {kind['name']}",
    )


def _read(session: Session) -> list[Plain]:
    kinds = session.scalars(select(TaxKind).order_by(TaxKind.position, TaxKind.id))
    return [
        {"code": each.code, "name": each.name, "short_name": each.short_name, "active": each.active}
        for each in kinds
    ]


def _write(work: Work, before: list[Plain], after: list[Plain]) -> None:
    known = {kind.code: kind for kind in work.session.scalars(select(TaxKind))}
    for turn in turns(_shape(), before, after):
        with work.at(f"tax_kinds[{turn.key}]"):
            kind = known.get(turn.key)
            if kind is None:
                raise NotFound()
            kind.name, kind.short_name = turn.new["name"], turn.new["short_name"]
            kind.active, kind.position = turn.new["active"], turn.position


SECTION = Section("tax_kinds", _l("Tax kinds"), "tax_kind", _shape, _read, _write)
