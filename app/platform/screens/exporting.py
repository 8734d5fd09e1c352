"""The rows of an export: values a spreadsheet can count with, words where there is nothing to count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.access import Identity, identity_of_id
from app.platform.entity import Entity, Field, entity_named
from app.platform.errors import BusinessError
from app.platform.screens import columns, listing
from app.platform.screens.cells import words_of
from app.platform.shaping import shaped
from app.platform.sheet_writing import write_table
from app.platform.task_running import TaskContext, task
from app.platform.unit_of_work import system_reading

KIND = "export"
AT_A_TIME = 1000
KEPT_FOR = timedelta(days=7)
_DIGITS_OF_SHEETS = 15
_BARE = frozenset({"money", "int", "date", "moment"})
_COUNTED = (Decimal, date, datetime, int, float)


def rows_of(session: Session, wanted: listing.ListRequest, identity: Identity) -> Iterator[list[Any]]:
    """Every row the list holds, in its order, column by column; memory stays flat."""
    shape = wanted.entity
    fields = [shape.field(name) for name in shape.list_fields]
    for rows in listing.stretches(session, wanted, identity, at_a_time=AT_A_TIME):
        for cells in zip(*(sheet_column(session, shape, field, rows) for field in fields), strict=True):
            yield list(cells)


def sheet_column(session: Session, shape: Entity, field: Field, rows: Sequence[Any]) -> list[Any]:
    """What a sheet says of the field, row by row: amounts, numbers and days as such, all else in words."""
    values = field.of_all(session, rows)
    if field.kind in _BARE and not field.custom:
        bare = [getattr(row, field.name, None) for row in rows]
        values = [own if _counts(own) else value for own, value in zip(bare, values, strict=True)]
    return [_sheet_value(shape, field, value) for value in values]


def _counts(value: Any) -> bool:
    return isinstance(value, _COUNTED) and not isinstance(value, bool)


def _sheet_value(shape: Entity, field: Field, value: Any) -> Any:
    if field.kind in _BARE and _counts(value):
        return value
    if field.kind == "number":
        return _number(value)
    if isinstance(value, (list, tuple)):
        return "、".join(str(part) for part in value)
    return words_of(shape, field, value)


def _number(text: str | None) -> int | float | str | None:
    """A number as itself, as long as a spreadsheet keeps all its digits."""
    digits = len((text or "").replace("-", "").replace(".", ""))
    if not text or digits > _DIGITS_OF_SHEETS:
        return text
    return float(text) if "." in text else int(text)


def folder() -> Path:
    """Where finished exports lie until they are fetched; outside everything the web serves."""
    path = Path(current_app.config["ZHANGFANG_HOME"]) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(name: str) -> Path:
    """Where the export of this name lies."""
    return folder() / f"{name}.xlsx"


def forget_old(_session: Session, _item: Any) -> None:
    """Slot: remove files nobody fetched for a week."""
    for path in folder().glob("*.xlsx"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < clock.now() - KEPT_FOR:
            path.unlink(missing_ok=True)


@task(KIND)
def run(context: TaskContext) -> dict[str, Any]:
    """Write the XLSX of a long list, in the name and scope of who asked for it."""
    entity = entity_named(context.params["entity"])
    with system_reading() as session:
        who = identity_of_id(session, context.person_id)
    with system_reading(who) as session:
        shape = columns.chosen(shaped(session, entity, who), context.params["arguments"]["cols"])
        wanted = listing.read_request(shape, context.params["arguments"])
        heads = [str(shape.field(name).label) for name in shape.list_fields]
        counted = _told(rows_of(session, wanted, who), context)
        write_table(path_of(context.params["file"]), heads, counted, format="xlsx")
    return {"rows": context.told.get("done", 0)}


def _told(rows: Iterator[list[Any]], context: TaskContext) -> Iterator[list[Any]]:
    place = 0
    for place, row in enumerate(rows, start=1):
        if context.cancelled():
            raise BusinessError(_("The export was stopped."), code="stopped")
        if place % 200 == 0:
            context.progress(place, note=_("%(count)s rows", count=f"{place:,}"))
        yield row
    context.progress(place, place)
