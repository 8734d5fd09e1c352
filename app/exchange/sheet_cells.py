"""One cell → the text a person sees in it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

# All C0 controls but tab and line feed, and DEL: no database or XML takes them all.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Marks nobody sees that phones and chat programs paste around numbers. The joiner of emoji (U+200D) stays.
_INVISIBLE = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
_EDGE = "".join(chr(c) for c in range(0x3001) if chr(c).isspace()) + _INVISIBLE
_FORCED_TEXT = re.compile(r'="([^"]*)"')
_NEUTRALISED = re.compile(r"'(?=[ \u3000\u00a0\ufeff]*[=+\-@\t\r\n＝＋－＠])")
_ALL_DIGITS_SHOWN = re.compile(r"\d\.(\d+)[eE]\+?(\d{1,2})")
_WHOLE_WITH_POINT = re.compile(r"(\d{7,15})\.0+")


def cell_from_value(value: object) -> str:
    """The text of a workbook cell: numbers as a spreadsheet shows them (15 digits), never in scientific
    notation; dates as 2026-04-14, moments as 2026-04-14 09:30:00, durations as 30:05:00, TRUE and FALSE."""
    match value:
        case None:
            return ""
        case str():
            return clean(value)
        case bool():
            return str(value).upper()
        case int():
            return str(value)
        case float():
            return _number(value)
        case datetime():
            return str(value.date() if value.time() == time(0) else value.replace(microsecond=0))
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
    raise TypeError(f"a spreadsheet has no {type(value).__name__}")


def cell_from_text(text: str) -> str:
    """The text of a CSV field. `="007"` is 007, the apostrophe set against formulas goes, and numbers that
    a program spelled as floats are whole again: 13800138000.0. A number in scientific notation is
    spelled out only when all its digits are there; of 1.38E+10 nobody knows the phone number."""
    text = clean(text)
    if forced := _FORCED_TEXT.fullmatch(text):
        text = clean(forced[1])
    if _NEUTRALISED.match(text):
        text = clean(text[1:])
    if whole := _WHOLE_WITH_POINT.fullmatch(text):
        return whole[1]
    if (shown := _ALL_DIGITS_SHOWN.fullmatch(text)) and len(shown[1]) >= int(shown[2]):
        return format(Decimal(text).normalize(), "f")
    return text


def clean(text: str) -> str:
    """Without control characters, blanks and invisible marks at both ends; line breaks are line feeds.
    Full-width characters stay as they are."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text).strip(_EDGE)


def _number(value: float) -> str:
    text = format(Decimal(f"{value:.15g}"), "f")
    return "0" if text == "-0" else text


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
