"""Business types between rows of the database and plain values of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.catalogue.item_kinds import ItemKind
from app.catalogue.models import BusinessType, StepTemplate
from app.catalogue.type_editing import ItemRow, StepRow, save_items, save_steps
from app.catalogue.type_forms import CHECK_LISTS
from app.configuration.groups import Plain, Rows
from app.configuration.section import Turn, Work, turns
from app.platform.access import elevated, identity_of
from app.platform.timeline import tell

_COLUMNS = (
    "code",
    "name",
    "group",
    "recurring",
    "bookkeeping",
    "billing",
    "duration_days",
    "difficulty",
    "note",
    "active",
)


def _types(session: Session) -> dict[str, BusinessType]:
    found = session.scalars(
        select(BusinessType).options(selectinload(BusinessType.items), selectinload(BusinessType.steps))
    )
    return {kind.code: kind for kind in sorted(found, key=lambda kind: kind.code)}


def read(session: Session) -> list[Plain]:
    return [_plain(kind) for kind in _types(session).values()]


def _plain(kind: BusinessType) -> Plain:
    codes = {item.id: item.code for item in kind.items}
    return {
        **{name: getattr(kind, name) for name in _COLUMNS},
        "items": [
            {name: getattr(item, name) for name in ("code", "name", "kind", "optional", "active")}
            for item in sorted(kind.items, key=lambda item: (item.position, item.code))
        ],
        "steps": [
            _plain_step(step, codes)
            for step in sorted(kind.steps, key=lambda step: (step.position, step.code))
        ],
        "need_form": [_plain_need(field) for field in kind.need_fields or []],
        "closing_checks": [
            {"check": row[0], "fields": list(row[1].get("fields", [])) if len(row) > 1 else []}
            for row in kind.closing_checks or []
        ],
    }


def _plain_step(step: StepTemplate, codes: Mapping[int, str]) -> Plain:
    return {
        "code": step.code,
        "name": step.name,
        "item": codes[step.item_id] if step.item_id is not None else None,
        "optional": step.optional and step.item_id is None,
        "milestone": step.milestone,
        "in_order": step.in_order,
    }


def _plain_need(field: Mapping[str, Any]) -> Plain:
    return {
        "name": field["name"],
        "label": field["label"],
        "kind": field.get("kind", "text"),
        "choices": [{"code": code, "label": label} for code, label in field.get("choices") or []],
        "unit": field.get("unit", ""),
        "help": field.get("help", ""),
    }


def write(work: Work, rows: Rows, before: list[Plain], after: list[Plain]) -> None:
    known = _types(work.session)
    for turn in turns(rows, before, after):
        with work.at(f"business_types[{turn.key}]"):
            _save(work.session, rows, turn, known.get(turn.key))


def _save(session: Session, rows: Rows, turn: Turn, kind: BusinessType | None) -> None:
    new = turn.new
    identity_of(session).require("can_edit" if kind is not None else "can_add", "business_type")
    kind = kind or BusinessType(items=[], steps=[])
    for name in _COLUMNS:
        setattr(kind, name, new[name])
    kind.need_fields = [_stored_need(field) for field in new["need_form"]]
    kind.closing_checks = [_stored_check(row) for row in new["closing_checks"]]
    session.add(kind)
    session.flush()
    with elevated(session):
        tell(session, kind, title="set by a configuration file")
    old = turn.old or {"items": [], "steps": []}
    _save_parts(session, kind, old, new, rows)


def _stored_need(field: Plain) -> Plain:
    stored = {name: field[name] for name in ("name", "label", "kind")}
    stored |= {name: field[name] for name in ("unit", "help") if field[name]}
    if field["choices"]:
        stored["choices"] = [[each["code"], each["label"]] for each in field["choices"]]
    return stored


def _stored_check(row: Plain) -> list[Any]:
    return [row["check"], {"fields": row["fields"]} if row["check"] in CHECK_LISTS else {}]


def _save_parts(session: Session, kind: BusinessType, old: Plain, new: Plain, rows: Rows) -> None:
    """Items first, since steps name them."""
    items: Any = rows.row.entries["items"].shape
    steps: Any = rows.row.entries["steps"].shape
    if not items.same(old["items"], new["items"]):
        _save_items(session, kind, items.whole(old["items"], new["items"]))
    if not steps.same(old["steps"], new["steps"]):
        _save_steps(session, kind, new["steps"])


def _save_items(session: Session, kind: BusinessType, rows: list[Plain]) -> None:
    ids = {item.code: item.id for item in kind.items}
    save_items(
        session,
        kind.id,
        [
            ItemRow(
                id=ids.get(row["code"]),
                name=row["name"],
                kind=ItemKind(row["kind"]),
                optional=row["optional"],
                active=row["active"],
                position=place,
                code=row["code"],
            )
            for place, row in enumerate(rows, start=1)
        ],
        form_version=None,
    )


def _save_steps(session: Session, kind: BusinessType, rows: list[Plain]) -> None:
    ids = {step.code: step.id for step in kind.steps}
    items = {item.code: item.id for item in kind.items}
    save_steps(
        session,
        kind.id,
        [
            StepRow(
                id=ids.get(row["code"]),
                name=row["name"],
                optional=row["optional"],
                item_id=items[row["item"]] if row["item"] else None,
                milestone=row["milestone"],
                in_order=row["in_order"],
                position=place,
                code=row["code"],
            )
            for place, row in enumerate(rows, start=1)
        ],
        form_version=None,
    )
