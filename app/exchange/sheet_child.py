"""The reading itself, in a process of its own with little memory and time.

Started by `sheets.read_sheet`; imports neither Flask nor the database, so that it starts in
milliseconds. It answers on standard output, one JSON document a line: first an object with kind, encoding
and name of the sheet, then `[line, [cell, …]]` for each row that is not blank, at last `{"unread": […]}`.
A refusal, `{"refused": code, "details": {…}}`, may come at any point and ends the answer.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import python_calamine as calamine

from app.exchange.sheet_archive import refuse_dangerous_archive
from app.exchange.sheet_cells import cell_from_text, cell_from_value
from app.exchange.sheet_limits import MIB, SheetLimits, SheetRefused
from app.exchange.sheet_text import decode, records

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"Rar!": "RAR",
    b"7z\xbc\xaf": "7Z", b"\x1f\x8b": "GZIP", b"{\\rtf": "RTF", b"SQLite format": "SQLite",
}  # fmt: skip
_WEB_PAGE = ("<", "mime-version:")
_ANSWER_BYTES = 512 * MIB
_Read = TypeVar("_Read")


def main() -> None:
    """Reads what the last argument asks for: {"path": …, "limits": {…}}. The limits come first."""
    task = json.loads(sys.argv[-1])
    limits = SheetLimits(**task["limits"])
    _limit_this_process(limits)
    try:
        _answer(Path(task["path"]), limits)
    except SheetRefused as refusal:
        _say({"refused": refusal.code, "details": refusal.details})
    except MemoryError:
        _say({"refused": "sheet_too_heavy", "details": {}})
    sys.stdout.flush()


def _limit_this_process(limits: SheetLimits) -> None:
    seconds = math.ceil(limits.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ANSWER_BYTES, _ANSWER_BYTES))
    if sys.platform != "darwin":  # macOS refuses to limit the address space
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


def _answer(path: Path, limits: SheetLimits) -> None:
    data = path.read_bytes()
    if data.startswith(b"PK"):
        refuse_dangerous_archive(path, limits)
        _answer_workbook(path, "xlsx", limits)
    elif data.startswith(_OLE):
        _refuse_ole_without_workbook(data)
        _answer_workbook(path, "xls", limits)
    else:
        _answer_text(data, limits)


def _answer_text(data: bytes, limits: SheetLimits) -> None:
    for magic, found in _FOREIGN.items():
        if data.startswith(magic):
            raise SheetRefused("sheet_not_a_sheet", found=found)
    text, encoding = decode(data)
    if text[:1000].lstrip("\ufeff \t\r\n").lower().startswith(_WEB_PAGE):
        raise SheetRefused("sheet_web_page")
    _say({"kind": "csv", "encoding": encoding, "name": ""})
    if not _say_rows(([cell_from_text(field) for field in record] for record in records(text)), limits):
        raise SheetRefused("sheet_empty")
    _say({"unread": []})


def _answer_workbook(path: Path, kind: str, limits: SheetLimits) -> None:
    """Says the first visible sheet that has a filled row, and the names of further ones that have."""
    with _reading(lambda: calamine.CalamineWorkbook.from_path(path)) as workbook:
        filled = (sheet for sheet in _visible_sheets(workbook) if sheet.start is not None)
        for sheet in filled:
            _say({"kind": kind, "encoding": None, "name": sheet.name})
            if _say_rows(_rows(sheet), limits):
                _say({"unread": [other.name for other in filled]})
                return
    raise SheetRefused("sheet_empty")


def _rows(sheet: calamine.CalamineSheet) -> Iterator[list[str]]:
    """From the first row and column on. Calamine gives the blank rows above a table, not the columns."""
    blank = [""] * (sheet.start or (0, 0))[1]
    return (blank + [cell_from_value(value) for value in row] for row in sheet.iter_rows())


def _visible_sheets(workbook: calamine.CalamineWorkbook) -> Iterator[calamine.CalamineSheet]:
    for about in workbook.sheets_metadata:
        is_table = about.typ == calamine.SheetTypeEnum.WorkSheet
        if is_table and about.visible == calamine.SheetVisibleEnum.Visible:
            yield _reading(partial(workbook.get_sheet_by_name, about.name))


def _reading(read: Callable[[], _Read]) -> _Read:
    """What `read` gives; faults of the file become refusals, also those on which the parser panics."""
    try:
        return read()
    except calamine.PasswordError as error:
        raise SheetRefused("sheet_password") from error
    except calamine.CalamineError as error:
        raise SheetRefused("sheet_broken") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise SheetRefused("sheet_broken") from error
        raise


def _refuse_ole_without_workbook(data: bytes) -> None:
    """The container of XLS also holds Word files and, when a password is set, XLSX."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise SheetRefused("sheet_password")
    if "WordDocument".encode("utf-16-le") in data or "PowerPoint Document".encode("utf-16-le") in data:
        raise SheetRefused("sheet_not_a_sheet", found="Word, PowerPoint")


def _say_rows(rows: Iterable[list[str]], limits: SheetLimits) -> int:
    """Says each row that is not blank, without the blank cells at its end; gives their number."""
    said = cells_said = characters = 0
    for line, cells in enumerate(rows, start=1):
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        said += 1
        cells_said += len(cells)
        characters += sum(map(len, cells))
        if said > limits.rows:
            raise SheetRefused("sheet_too_many_rows", most=limits.rows)
        if len(cells) > limits.columns:
            raise SheetRefused("sheet_too_many_columns", line=line, most=limits.columns)
        if cells_said > limits.cells or characters > limits.characters:
            raise SheetRefused("sheet_too_heavy")
        _say([line, cells])
    return said


def _say(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
