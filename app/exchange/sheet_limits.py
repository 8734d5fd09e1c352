"""How large a sheet may be, and the refusal that the child process hands to its parent."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SheetLimits:
    """Every cap is inclusive: a file that reaches it exactly is read.

    `unpacked_ratio` (unpacked ÷ packed) counts only from `ratio_counts_from` bytes unpacked on, since small
    sheets of equal rows are packed very well. `seconds` is CPU time; by the clock it may take twice that.
    """

    file_bytes: int = 20 * MIB
    unpacked_bytes: int = 300 * MIB
    unpacked_ratio: int = 200
    ratio_counts_from: int = 20 * MIB
    archive_entries: int = 2_000
    rows: int = 200_000
    columns: int = 200
    cells: int = 5_000_000
    characters: int = 64_000_000
    memory_bytes: int = 1024 * MIB
    seconds: float = 30


class SheetRefused(Exception):
    """The file cannot be read; `sheets` turns code and details into words."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
