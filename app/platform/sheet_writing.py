"""Tables → CSV and XLSX in which no text is ever executed as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import IO, Any, Literal

import xlsxwriter
from flask_babel import gettext as _

from app.platform import clock
from app.platform.errors import BusinessError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX_ROWS = 1_048_576
XLSX_CHARACTERS = 32_767

_BLANKS = " \u3000\u00a0\ufeff"
_FEN = Decimal("0.01")
_CHUNK_ROWS = 500
_FIRST_DAY_OF_EXCEL = date(1900, 3, 1)  # earlier ones suffer from its 29 February 1900
_WORKBOOK = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}

Cell = object
Target = Path | str | IO[bytes]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not imported: its line in the file it came from, its cells, why, and which columns
    (from 0) are at fault."""

    line: int
    cells: Sequence[str]
    reason: str
    columns: Sequence[int] = ()


def write_table(
    target: Target, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, format: Literal["csv", "xlsx"]
) -> None:
    """Writes headings and rows to a path or a binary stream, row by row; a path appears only when complete.

    Dates are ISO, moments are in the time of the office without zone, Decimals are money with two digits
    (rounded half up) and numbers in XLSX. Text is cut at 32,767 characters in XLSX.
    When something is raised, what a stream holds is worthless.
    Refuses more rows than an XLSX sheet has.
    """
    with _opened(target) as stream:
        if format == "csv":
            stream.writelines(csv_chunks(columns, rows))
        else:
            _write_xlsx(stream, columns, rows)


def csv_chunks(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A CSV in pieces, for a response that streams: UTF-8 with BOM, so that Excel reads Chinese."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow([_neutral(heading) for heading in columns])
    for count, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(value) for value in row])
        if count % _CHUNK_ROWS == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def write_refused(path: Path | str, header: Sequence[str], rows: Iterable[RefusedRow]) -> None:
    """An XLSX of refused rows to mend and import again: the columns of the original, then reason and
    line number. Cells at fault are coloured."""
    rows = list(rows)
    width = max([len(header), *(len(row.cells) for row in rows)])
    headings = [*header, *[""] * (width - len(header)), _("Why refused"), _("Line in the file")]
    with _opened(path) as stream, _sheet(stream, headings) as (sheet, formats):
        for number, row in enumerate(rows, start=1):
            for index in row.columns:
                sheet.write_blank(number, index, None, formats["fault"])
            for index, text in enumerate(row.cells):
                _write_text(sheet, number, index, text, formats["fault"] if index in row.columns else None)
            _write_text(sheet, number, width, row.reason, None)
            sheet.write_number(number, width + 1, row.line)


def _write_xlsx(stream: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    with _sheet(stream, columns) as (sheet, formats):
        for number, row in enumerate(rows, start=1):
            if number >= XLSX_ROWS:
                raise BusinessError(
                    _(
                        "A sheet of Excel ends at row %(rows)s. Choose CSV, or filter the list.",
                        rows=XLSX_ROWS,
                    ),
                    code="too_many_rows_for_xlsx",
                )
            for index, value in enumerate(row):
                _write_cell(sheet, number, index, value, formats)


@contextmanager
def _sheet(stream: IO[bytes], headings: Sequence[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """An open sheet with headings, and the formats of its cells."""
    book = xlsxwriter.Workbook(stream, _WORKBOOK)
    formats = {
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "fault": book.add_format({"bg_color": "#FDE2DD"}),
    }
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(headings) - 1, 0), 16)
    for index, heading in enumerate(headings):
        _write_text(sheet, 0, index, heading, formats["heading"])
    try:
        yield sheet, formats
    finally:
        book.close()  # also after a fault: it removes the temporary file of the rows


def _write_cell(sheet: Any, row: int, column: int, value: Cell, formats: dict[str, Any]) -> None:
    match value:
        case None | "":
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case Decimal():
            sheet.write_number(row, column, float(_money(value)), formats["money"])
        case int() | float():
            sheet.write_number(row, column, value)
        case datetime():
            sheet.write_datetime(row, column, _local(value), formats["moment"])
        case date() if value >= _FIRST_DAY_OF_EXCEL:
            sheet.write_datetime(row, column, datetime.combine(value, time()), formats["day"])
        case date():
            _write_text(sheet, row, column, value.isoformat(), None)
        case _:
            _write_text(sheet, row, column, str(value), None)


def _write_text(sheet: Any, row: int, column: int, text: str, format: Any) -> None:
    """Text whatever it looks like. xlsxwriter would drop a longer one without a word."""
    if len(text) > XLSX_CHARACTERS:
        text = text[: XLSX_CHARACTERS - 1] + "…"
    if text:
        sheet.write_string(row, column, text, format)


def _csv_cell(value: Cell) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case Decimal():
            return str(_money(value))
        case int() | float():
            return value
        case datetime():
            return _local(value).isoformat(sep=" ")
        case date():
            return value.isoformat()
    return _neutral(str(value))


def _neutral(text: str) -> str:
    """With an apostrophe before whatever a spreadsheet would take for a formula."""
    return f"'{text}" if text.lstrip(_BLANKS).startswith(FORMULA_STARTS) else text


def _money(value: Decimal) -> Decimal:
    return value.quantize(_FEN, ROUND_HALF_UP)


def _local(moment: datetime) -> datetime:
    """In the office's time, to the second, without zone: spreadsheets know none."""
    return clock.local(moment).replace(tzinfo=None, microsecond=0)


@contextmanager
def _opened(target: Target) -> Iterator[IO[bytes]]:
    """A stream to write to. A file is renamed into place at the end, so that nobody finds half of it."""
    if not isinstance(target, Path | str):
        yield target
        return
    path = Path(target)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
