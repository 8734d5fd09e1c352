"""A spreadsheet somebody sends → rows of text. No file is trusted: a limited child process reads it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import app
from app.exchange.sheet_limits import SheetLimits
from app.exchange.sheet_refusals import sheet_refusal

__all__ = ["Sheet", "SheetLimits", "SheetRow", "read_sheet"]

_ROOT = str(Path(app.__file__).resolve().parents[1])
_START = "import sys; sys.path.append(sys.argv[1]); from app.exchange.sheet_child import main; main()"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not blank. `line` counts from 1 as the spreadsheet shows it; blank cells at the end
    are left off, so rows differ in length."""

    line: int
    cells: list[str]

    def cell(self, index: int) -> str:
        """The text in column `index` (from 0); empty beyond the end of the row."""
        return self.cells[index] if index < len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """`encoding` is None for workbooks. `name` is the sheet read: the first visible one that is not empty;
    `unread` names the further ones that hold something."""

    rows: list[SheetRow]
    kind: Literal["xlsx", "xls", "csv"]
    encoding: str | None
    name: str = ""
    unread: list[str] = field(default_factory=list)


def read_sheet(path: Path | str, *, limits: SheetLimits | None = None) -> Sheet:
    """All rows of an XLSX, XLS or CSV file; its content decides which, not its name.

    Raises BusinessError, code sheet_…, for whatever cannot be read, saying what to do about it.
    """
    path, limits = Path(path).absolute(), limits or SheetLimits()
    _refuse_by_size(path, limits)
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        status = _run_child(path, limits, answer=answer, errors=errors)
        if status > 0:
            errors.seek(0)
            raise RuntimeError(f"reading a sheet failed: {errors.read()[-2000:].decode(errors='replace')}")
        if status < 0:
            raise sheet_refusal("sheet_too_slow" if -status == signal.SIGXCPU else "sheet_too_heavy")
        answer.seek(0)
        return _sheet(map(json.loads, answer))


def _refuse_by_size(path: Path, limits: SheetLimits) -> None:
    if not path.is_file():
        raise sheet_refusal("sheet_missing", name=path.name)
    size = path.stat().st_size
    if size == 0:
        raise sheet_refusal("sheet_empty")
    if size > limits.file_bytes:
        raise sheet_refusal("sheet_too_large", bytes=size, most_bytes=limits.file_bytes)


def _run_child(path: Path, limits: SheetLimits, *, answer: IO[bytes], errors: IO[bytes]) -> int:
    """Exit status of the child, negative for the signal that ended it."""
    task = json.dumps({"path": str(path), "limits": asdict(limits)})
    try:
        return subprocess.run(
            [sys.executable, "-I", "-X", "utf8", "-c", _START, _ROOT, task],
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=errors,
            env={},  # ours holds secrets
            timeout=2 * limits.seconds,
        ).returncode
    except subprocess.TimeoutExpired as error:
        raise sheet_refusal("sheet_too_slow") from error


def _sheet(answer: Iterable[Any]) -> Sheet:
    rows: list[SheetRow] = []
    about: dict[str, Any] = {}
    for document in answer:
        if isinstance(document, list):
            rows.append(SheetRow(*document))
        elif "refused" in document:
            raise sheet_refusal(document["refused"], **document["details"])
        else:
            about |= document
    return Sheet(rows, **about)
