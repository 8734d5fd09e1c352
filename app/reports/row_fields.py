"""A result as one person sees it: columns of hidden fields gone, masked ones masked, custom fields added.

For reports that say what their rows are. Custom fields an administrator marked for lists stand at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.platform.access import FieldLevel, Identity
from app.platform.entity import Entity, Field
from app.platform.masking import VEIL, sees
from app.platform.screens.exporting import sheet_column
from app.platform.shaping import shaped
from app.reports.definitions import Column, Report
from app.reports.models import ReportSnapshot

_AT_A_TIME = 1000


@dataclass(frozen=True)
class Result:
    """Columns, rows and totals that fit each other."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Any]


def as_seen(session: Session, report: Report, rows: list[list[Any]], identity: Identity) -> Result:
    """What the report answered, as far as this person may see the fields behind its columns."""
    return _without_places(report, _with_fields(session, report, rows, identity), identity)


def kept_as_seen(snapshot: ReportSnapshot, report: Report, identity: Identity) -> Result:
    """A result kept under the rights of its day, as far as those of today go; columns as they were stored."""
    columns = [Column(c["name"], c["label"], c["unit"]) for c in snapshot.columns]
    hidden = {c.name for c in report.columns if _level(report, c, identity) is FieldLevel.HIDDEN}
    masked = {c.name for c in report.columns if _level(report, c, identity) in _MASKED}
    kept = _taken(Result(columns, snapshot.rows, snapshot.totals), lambda column: column.name not in hidden)
    veils = [column.name in masked for column in kept.columns]
    rows = [
        [_veiled(value) if veil else value for value, veil in zip(row, veils, strict=True)]
        for row in kept.rows
    ]
    return _without_places(report, Result(kept.columns, rows, kept.totals), identity)


_MASKED = (FieldLevel.MASKED, FieldLevel.REVEALABLE)


def _level(report: Report, column: Column, identity: Identity) -> FieldLevel:
    if report.of is None or not column.field or column.field in report.of.list_fields[:1]:
        return FieldLevel.FULL
    return identity.field_level(report.of.grants_of, column.field)


def _veiled(value: Any) -> Any:
    return value if value is None or VEIL in str(value) else VEIL


def _without_places(report: Report, result: Result, identity: Identity) -> Result:
    """Without the columns reckoned from records whose fields this person may not see."""
    unseen = {c.name for c in report.columns if not sees(identity, c.place)}
    return _taken(result, lambda column: column.name not in unseen)


def _taken(result: Result, wanted: Callable[[Column], bool]) -> Result:
    at = [place for place, column in enumerate(result.columns) if wanted(column)]
    return Result(
        columns=[result.columns[place] for place in at],
        rows=[[row[place] for place in at] for row in result.rows],
        totals=[result.totals[place] for place in at],
    )


def _with_fields(session: Session, report: Report, rows: list[list[Any]], identity: Identity) -> Result:
    """The columns of fields as this person sees those, and the custom fields behind them."""
    if report.of is None:
        return Result(report.columns, rows, report.totals(rows))
    shape = shaped(session, report.of, identity)
    kept = [(at, one) for at, one in enumerate(report.columns) if not one.field or shape.has(one.field)]
    blurred = {one.name: shape.field(one.field) for _at, one in kept if _is_masked(shape, one)}
    added = [shape.field(name) for name in shape.list_fields if shape.field(name).custom]
    behind = _values_behind(session, shape, [*blurred.values(), *added], [row[0] for row in rows])
    own = [row[1:] for row in rows]
    totals = report.totals(own)

    def seen(pk: int, values: list[Any]) -> list[Any]:
        about = behind.get(pk, {})
        first = [about.get(blurred[c.name].name) if c.name in blurred else values[at] for at, c in kept]
        return [*first, *(about.get(field.name) for field in added)]

    return Result(
        columns=[*(one for _at, one in kept), *(_column(field) for field in added)],
        rows=[seen(row[0], values) for row, values in zip(rows, own, strict=True)],
        totals=[*(None if c.name in blurred else totals[at] for at, c in kept), *(None for _field in added)],
    )


def _is_masked(shape: Entity, column: Column) -> bool:
    return bool(column.field) and shape.field(column.field).kind == "masked"


def _column(field: Field) -> Column:
    return Column(field.name, field.label, "yuan" if field.kind == "money" else "")


def _values_behind(
    session: Session, shape: Entity, fields: Sequence[Field], ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """What a sheet says of these fields, by row and field, in few statements.

    Empty values are None. Nothing about a row that went out of sight.
    """
    found: dict[int, dict[str, Any]] = {}
    if not fields:
        return found
    statement = select(shape.model).options(*(option for f in fields if f.loads for option in f.loads()))
    for start in range(0, len(ids), _AT_A_TIME):
        some = session.scalars(statement.where(shape.model.id.in_(ids[start : start + _AT_A_TIME]))).all()
        for field in fields:
            for row, value in zip(some, sheet_column(session, shape, field, some), strict=True):
                found.setdefault(row.id, {})[field.name] = None if value == "" else value
    return found
