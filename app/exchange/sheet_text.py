"""Bytes of a CSV → text → records."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from app.exchange.sheet_limits import SheetRefused

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = (",", ";", "\t")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1c-\x1f]")
_CONTROL_SHARE = 0.01
_SAMPLE_LINES = 60
_SAMPLE_CHARACTERS = 100_000


def decode(data: bytes) -> tuple[str, str]:
    """Text and name of its encoding: utf-8, utf-8-sig, gb18030 (which includes GBK) or utf-16.

    Refuses binary data, and text that is damaged or in another encoding, with its first bad line.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data, encoding), encoding
    if b"\x00" in data:
        return _utf16_without_bom(data), "utf-16"
    if len(_CONTROL_BYTES.findall(data)) > _CONTROL_SHARE * len(data):
        raise SheetRefused("sheet_not_a_sheet", found="")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(data):
            raise _undecodable(data, error) from error
    return _strictly(data, "gb18030"), "gb18030"


def records(text: str) -> Iterator[list[str]]:
    """The records of a CSV. A blank line is an empty one, so that counting from 1 gives the line number a
    spreadsheet shows. The delimiter is the one of , ; and tab that forms the largest table.

    Refuses a quotation mark that is never closed: it would swallow the rows that follow.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    count = 0
    try:
        for record in reader:
            count += 1
            yield record
    except csv.Error as error:
        raise SheetRefused("sheet_quotes", line=count + 1) from error


def _strictly(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(data, error) from error
    if "\x00" in text:
        raise SheetRefused("sheet_not_a_sheet", found="")
    return text


def _undecodable(data: bytes, error: UnicodeDecodeError) -> SheetRefused:
    newline = b"\n" if b"\n" in data else b"\r"
    return SheetRefused("sheet_encoding", line=data.count(newline, 0, error.start) + 1)


def _utf16_without_bom(data: bytes) -> str:
    """Every other byte of its line ends, digits and delimiters is zero, always on the same side."""
    left, right = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 or min(left, right) * 20 > max(left, right):
        raise SheetRefused("sheet_not_a_sheet", found="")
    return _strictly(data, "utf-16-be" if left > right else "utf-16-le")


def _is_damaged_utf8(data: bytes) -> bool:
    """Mostly good UTF-8 with some bad bytes. GB18030 would read it without complaint, as nonsense."""
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text if character >= "\u2e80") - bad
    return good > 2 * bad


def _delimiter(text: str) -> str:
    sample = io.StringIO(text[:_SAMPLE_CHARACTERS], newline="").readlines()[:_SAMPLE_LINES]
    return max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: list[str], delimiter: str) -> int:
    """How many delimiters stand in the rows of the commonest form."""
    try:
        widths = Counter(len(record) for record in csv.reader(sample, delimiter=delimiter))
    except csv.Error:
        return 0
    return max((rows * (width - 1) for width, rows in widths.items()), default=0)
