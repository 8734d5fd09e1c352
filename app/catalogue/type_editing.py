"""Items, steps, need form and closing checks of a business type, changed at run time (PRC-1). Never commits.

Work items and contracts copied what they need when they began; a change is for what comes after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from app.catalogue.item_kinds import ItemKind
from app.catalogue.models import BusinessType, DetailItem, StepTemplate
from app.platform.access import elevated, identity_of
from app.platform.errors import BusinessError, NotFound, Stale
from app.platform.timeline import tell

NEED_KINDS = ("text", "long", "int", "money", "date", "choice", "bool")


@dataclass(frozen=True)
class ItemRow:
    """An item as typed; `id` is None for a new one, whose `code` is the next free one when empty."""

    id: int | None
    name: str
    kind: ItemKind
    optional: bool
    active: bool
    position: int
    code: str = ""


@dataclass(frozen=True)
class StepRow:
    """A step as typed. `item_id` names the item whose sale brings the step in, always an optional step.

    `id` is None for a new one, whose `code` is the next free one when empty.
    """

    id: int | None
    name: str
    optional: bool
    item_id: int | None
    milestone: bool
    in_order: bool
    position: int
    code: str = ""


@dataclass(frozen=True)
class NeedRow:
    """A field of the need form; `name` is the key of stored answers, empty for a new field.

    `unit` and `help` stand beside and below it; None leaves them as they are.
    """

    name: str
    label: str
    kind: str
    choices: tuple[str, ...] = ()
    unit: str | None = None
    help: str | None = None


def save_items(
    session: Session, type_id: int, rows: Sequence[ItemRow], *, form_version: int | None
) -> Sequence[str]:
    """Make the items what was typed, in the order of their positions. Answers the names archived.

    An item left out is deleted when nothing uses it, else archived: contracts and price versions name it.
    """
    kind = _editable(session, type_id, form_version)
    _refuse_names([row.name for row in rows])
    known = {item.id: item for item in kind.items}
    _refuse_foreign(known, (row.id for row in rows))
    if not any(row.active for row in rows):
        raise BusinessError(_l("A business type needs at least one item on offer."), code="no_item")
    archived = [
        item.name
        for item in list(kind.items)
        if item.id not in {row.id for row in rows} and not _remove(session, kind, item)
    ]
    for position, row in enumerate(_ordered(rows), start=1):
        item = known[row.id] if row.id is not None else _new_item(kind, row.code)
        item.name, item.kind, item.optional = row.name, row.kind.value, row.optional
        item.active, item.position = row.active, position
    return _saved(session, kind, "changed the items", archived)


def _remove(session: Session, kind: BusinessType, item: DetailItem) -> bool:
    """Whether it could be deleted; else it is archived and moved behind the others."""
    if any(step.item_id == item.id for step in kind.steps):
        return _archive(kind, item)
    try:
        with session.begin_nested():
            session.delete(item)
            session.flush()
    except IntegrityError:
        session.refresh(item)
        return _archive(kind, item)
    session.expire(kind, ["items"])
    return True


def _archive(kind: BusinessType, item: DetailItem) -> bool:
    item.active, item.position = False, 1000 + len(kind.items)
    return False


def _new_item(kind: BusinessType, code: str) -> DetailItem:
    item = DetailItem(code=code or _fresh_code(kind.code, "I", (item.code for item in kind.items)))
    kind.items.append(item)
    return item


def save_steps(session: Session, type_id: int, rows: Sequence[StepRow], *, form_version: int | None) -> None:
    """Make the steps what was typed, in the order of their positions; a step left out is deleted."""
    kind = _editable(session, type_id, form_version)
    _refuse_names([row.name for row in rows])
    known = {step.id: step for step in kind.steps}
    _refuse_foreign(known, (row.id for row in rows))
    _refuse_foreign({item.id: item for item in kind.items}, (row.item_id for row in rows))
    codes = [step.code for step in kind.steps]
    for step in list(kind.steps):
        if step.id not in {row.id for row in rows}:
            kind.steps.remove(step)
    for position, row in enumerate(_ordered(rows), start=1):
        step = known[row.id] if row.id is not None else _new_step(kind, row.code, codes)
        step.name, step.milestone, step.in_order = row.name, row.milestone, row.in_order
        step.item_id, step.optional = row.item_id, row.optional or row.item_id is not None
        step.position = position
    _saved(session, kind, "changed the steps", ())


def _new_step(kind: BusinessType, code: str, codes: list[str]) -> StepTemplate:
    """Codes of steps taken out in the same change are not given again."""
    step = StepTemplate(code=code or _fresh_code(kind.code, "S", codes))
    codes.append(step.code)
    kind.steps.append(step)
    return step


def save_needs(session: Session, type_id: int, rows: Sequence[NeedRow], *, form_version: int | None) -> None:
    """Replace the need form. Keys of fields that stay are kept, so that answers given keep their question."""
    kind = _editable(session, type_id, form_version)
    _refuse_names([row.label for row in rows])
    old = {field["name"]: field for field in kind.need_fields}
    taken, fields = set(old), []
    for row in rows:
        if row.kind not in NEED_KINDS:
            raise BusinessError(_l("There is no such kind of field."), code="kind")
        if row.kind == "choice" and not row.choices:
            raise BusinessError(_l("“%(name)s” needs choices.", name=row.label), code="choices")
        name = row.name if row.name in old else _fresh_key(taken)
        taken.add(name)
        fields.append(_need_field(name, row, old.get(name, {})))
    kind.need_fields = fields
    _saved(session, kind, "changed the need form", ())


def _need_field(name: str, row: NeedRow, old: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of choices that stay are kept; whatever else the field said of itself too."""
    field = {**old, "name": name, "label": row.label, "kind": row.kind}
    for key, text in (("unit", row.unit), ("help", row.help)):
        if text is not None:
            field[key] = text
        if not field.get(key):
            field.pop(key, None)
    field.pop("choices", None)
    if row.kind == "choice":
        keys = {label: key for key, label in old.get("choices", ())}
        field["choices"] = [[keys.get(label, label), label] for label in row.choices]
    return field


def save_checks(
    session: Session,
    type_id: int,
    wanted: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    known: Collection[str],
    form_version: int | None,
) -> None:
    """Ask for these closing checks, each with its list parameters; other parameters stay as they are.

    Checks that stay keep their order, new ones follow. Raises BusinessError for a check that is not `known`.
    """
    kind = _editable(session, type_id, form_version)
    present = {row[0]: row[1] if len(row) > 1 else {} for row in kind.closing_checks}
    if unknown := [name for name in wanted if name not in present and name not in known]:
        raise BusinessError(_l("There is no check called “%(name)s”", name=unknown[0][:40]), code="check")
    places = {name: place for place, name in enumerate(present)}
    names = sorted(wanted, key=lambda name: places.get(name, len(places)))
    lists = {name: {key: list(values) for key, values in wanted[name].items()} for name in names}
    kind.closing_checks = [[name, {**present.get(name, {}), **lists[name]}] for name in names]
    _saved(session, kind, "changed the closing checks", ())


def _editable(session: Session, type_id: int, form_version: int | None) -> BusinessType:
    identity_of(session).require("can_edit", "business_type")
    kind = session.scalars(
        select(BusinessType)
        .where(BusinessType.id == type_id)
        .options(selectinload(BusinessType.items), selectinload(BusinessType.steps))
        .execution_options(populate_existing=True)
    ).first()
    if kind is None:
        raise NotFound()
    if form_version is not None and form_version != kind.version:
        raise Stale(_l("Somebody changed this record since you opened it. Look at it again."))
    return kind


def _saved(session: Session, kind: BusinessType, title: str, archived: Sequence[str]) -> Sequence[str]:
    flag_modified(kind, "active")
    with elevated(session):
        tell(session, kind, title=title, body="、".join(archived))
    session.flush()
    return archived


def _ordered(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.position)


def _refuse_names(names: Sequence[str]) -> None:
    if not all(names):
        raise BusinessError(_l("Every row needs a name."), code="name")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BusinessError(
            _l("“%(name)s” is there twice. Give every row a name of its own.", name="、".join(twice)),
            code="twice",
        )


def _refuse_foreign(known: Mapping[int, Any], ids: Iterable[int | None]) -> None:
    if not {one for one in ids if one is not None} <= set(known):
        raise NotFound()


def _fresh_code(prefix: str, letter: str, taken: Iterable[str]) -> str:
    """SL01-I7: one above the highest there is, so that a code never names two things at once."""
    numbers = [code.rpartition(f"-{letter}")[2] for code in taken]
    highest = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{prefix}-{letter}{highest + 1}"


def _fresh_key(taken: Iterable[str]) -> str:
    known = set(taken)
    return next(f"field_{n}" for n in range(1, len(known) + 2) if f"field_{n}" not in known)
