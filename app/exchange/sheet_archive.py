"""Judges an XLSX by its table of contents, before anything in it is unpacked."""

from __future__ import annotations

import struct
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from app.exchange.sheet_limits import SheetLimits, SheetRefused

_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30
_ARCHIVES = (".zip", ".gz", ".7z", ".rar", ".bz2", ".xz", ".xlsx", ".xlsm", ".xlsb", ".docx", ".pptx")


def refuse_dangerous_archive(path: Path, limits: SheetLimits) -> None:
    """Raises SheetRefused for a broken archive, a password, a bomb, or a zip that is no XLSX workbook.

    The sizes are what the archive claims. One that lies meets the memory and time limits of the process.
    """
    entries = _entries(path)
    if len(entries) > limits.archive_entries:
        raise SheetRefused("sheet_bomb", entries=len(entries))
    _refuse_bomb(entries, limits)
    _refuse_other_formats({entry.filename.lower().replace("\\", "/") for entry in entries})
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise SheetRefused("sheet_password")
    for entry in entries:
        if entry.filename.lower().endswith(_ARCHIVES):
            raise SheetRefused("sheet_nested", embedded=entry.filename)


def _entries(path: Path) -> list[ZipInfo]:
    try:
        with ZipFile(path) as archive:
            return archive.infolist()
    except (BadZipFile, ValueError, OSError, EOFError, NotImplementedError, struct.error) as error:
        raise SheetRefused("sheet_broken") from error


def _refuse_bomb(entries: list[ZipInfo], limits: SheetLimits) -> None:
    if any(entry.header_offset < 0 for entry in entries):
        raise SheetRefused("sheet_broken")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked_bytes or (
        unpacked > limits.ratio_counts_from and unpacked > limits.unpacked_ratio * packed
    ):
        raise SheetRefused("sheet_bomb", unpacked=unpacked)
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            # Entries that share their bytes are how a small file claims to be huge.
            raise SheetRefused("sheet_bomb", unpacked=unpacked)
        end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size


def _refuse_other_formats(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise SheetRefused("sheet_other_format", found="XLSB")
    if "content.xml" in names and "mimetype" in names:
        raise SheetRefused("sheet_other_format", found="ODS")
    raise SheetRefused("sheet_not_a_sheet", found="ZIP")
