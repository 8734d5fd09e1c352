"""Days as people write them."""

from __future__ import annotations

from datetime import date


def parse_day(text: str) -> date:
    """The day a person wrote: 2026-04-14, 2026/4/14, 2026.4.14, 2026年4月14日.

    Raises ValueError for anything that is no day between 1900 and 2199.
    """
    cleaned = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-")
    parts = cleaned.strip().split("-")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 4 for part in parts):
        raise ValueError(text)
    day = date(*(int(part) for part in parts))
    if not 1900 <= day.year <= 2199:
        raise ValueError(text)
    return day
