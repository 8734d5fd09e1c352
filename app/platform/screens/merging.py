"""Two people edited the same row: who changed what meanwhile, and what to do with each field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform import custom_values
from app.platform.access import identity_of
from app.platform.audit import AuditEntry
from app.platform.entity import Field
from app.platform.history import flat
from app.platform.screens.cells import text_of
from app.platform.shaping import people


@dataclass(frozen=True)
class Difference:
    """One field somebody else changed: who, from what, to what. `asked`: this person changed it, too.

    `submit` names the button of the form that takes theirs, where more than a value is taken.
    """

    field: Field
    who: str
    theirs: str
    theirs_typed: str
    asked: bool
    submit: str = ""


def merge(session: Session, fields: Sequence[Field], row: Any, form: Any, version: int) -> list[Difference]:
    """Bring these fields of the form to the row as it is now.

    A field only the others changed takes their value; one both changed keeps this person's input and is
    answered as `asked`, so that the page can offer theirs. `version` is the one the form was opened at.
    """
    changed = changes_since(session, row, version)
    found: list[Difference] = []
    for field in fields:
        if field.name not in changed or field.name not in form:
            continue
        who, before = changed[field.name]
        if field.custom:
            before = custom_values.from_json(field.custom, before)
        theirs = field.start(row)
        mine = form[field.name].data
        untouched = _same(mine, before) or (field.kind == "file" and not getattr(mine, "filename", ""))
        if untouched:
            form[field.name].process_data(theirs)
        found.append(
            Difference(
                field,
                who,
                text_of(field, field.of(row)),
                str(theirs if theirs is not None else ""),
                not (untouched or _same(mine, theirs)),
            )
        )
    return found


def changes_since(session: Session, row: Any, version: int) -> Mapping[str, tuple[str, Any]]:
    """By field: who changed it last, and what it was at the given version, as audit keeps it.

    Every change of a row counts its version up and leaves one entry, so the newest entries are the changes.
    """
    statement = (
        select(AuditEntry)
        .where(AuditEntry.table_name == row.__table__.name, AuditEntry.row_id == row.id)
        .where(AuditEntry.action == "update")
        .order_by(AuditEntry.id.desc())
        .limit(min(max(row.version - version, 0), 50))
    )
    found: dict[str, tuple[str, Any]] = {}
    names = people(session, identity_of(session))
    for entry in session.scalars(statement):
        before, after = flat(entry.before), flat(entry.after)
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name):
                last_who = found[name][0] if name in found else names.get(entry.actor_id or 0, entry.actor)
                found[name] = (last_who, before.get(name))
    return found


def _same(typed: Any, kept: Any) -> bool:
    """Whether a typed value is what audit (text for amounts and days) or the row holds."""
    return str(typed if typed not in (None, []) else "") == str(kept if kept not in (None, []) else "")
