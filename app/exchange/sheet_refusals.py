"""TABLE of the refusals of files in words: what is wrong, and what to do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.exchange.sheet_limits import MIB
from app.platform.errors import BusinessError

_WORDS = {
    "sheet_missing": _l("There is no file %(name)s."),
    "sheet_empty": _l("No cell of the file is filled. Choose the file that has the table in it."),
    "sheet_broken": _l("The file is damaged or incomplete. Open it in Excel or WPS and save it as XLSX."),
    "sheet_password": _l("The file has a password. Take it off in Excel or WPS and save the file."),
    "sheet_too_large": _l("The file has %(size)s MB, the most is %(most_size)s MB. Split it."),
    "sheet_bomb": _l("Unpacked, the file would be far too large. Copy the table alone to a new workbook."),
    "sheet_nested": _l("Another file is embedded in this one. Copy the table alone to a new workbook."),
    "sheet_too_many_rows": _l("The sheet has more than %(most)s rows. Split it into several files."),
    "sheet_too_many_columns": _l(
        "Line %(line)s has more than %(most)s columns. Delete the columns that are not needed."
    ),
    "sheet_too_heavy": _l(
        "The sheet holds too much, or a cell far off is filled. Copy the table alone to a new workbook."
    ),
    "sheet_too_slow": _l("Reading the file takes too long. Split it into several files."),
    "sheet_not_a_sheet": _l("This is not a spreadsheet. Choose an XLSX, XLS or CSV file."),
    "sheet_other_format": _l("Files of this kind are not read. Open it in Excel or WPS and save it as XLSX."),
    "sheet_web_page": _l(
        "This is a web page under the name of a spreadsheet. Open it in Excel or WPS and save it as XLSX."
    ),
    "sheet_encoding": _l("Line %(line)s is neither UTF-8 nor GBK. Save the file as XLSX or as CSV in UTF-8."),
    "sheet_quotes": _l(
        'A quotation mark (") in line %(line)s is not closed or stands inside a text. '
        "Correct that line, or save the file as XLSX."
    ),
}
_REASONS = {
    "found": _l("What the file holds: %(found)s"),
    "entries": _l("Parts packed in the file: %(entries)s"),
    "unpacked": _l("Size when unpacked: %(unpacked_size)s MB"),
    "embedded": _l("Embedded file: %(embedded)s"),
}
_SIZES = {"bytes": "size", "most_bytes": "most_size", "unpacked": "unpacked_size"}


def sheet_refusal(code: str, **details: object) -> BusinessError:
    """The refusal for people, in the reader's language; the details are those that `sheet_child` reports."""
    shown = details | {_SIZES[name]: _mib(size) for name, size in details.items() if name in _SIZES}
    reasons = [str(words) % shown for name, words in _REASONS.items() if details.get(name)]
    return BusinessError(str(_WORDS[code]) % shown, *reasons, code=code)


def _mib(size: object) -> int:
    """Bytes in MB, rounded up, so that a file just above the cap is not said to have the cap."""
    return -(-int(str(size)) // MIB)
