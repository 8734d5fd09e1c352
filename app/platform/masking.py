"""What is left of a value for somebody who may know that it is there, but not what it says."""

from __future__ import annotations

_HIDDEN = "****"


def mask_text(text: str) -> str:
    """A few characters at both ends of a long value, nothing of a short one; empty stays empty.

    >>> mask_text("440301198001011234"), mask_text("王小燕"), mask_text("")
    ('440****234', '****', '')
    """
    if not text:
        return ""
    shown = min(3, len(text) // 4)
    return f"{text[:shown]}{_HIDDEN}{text[-shown:] if shown else ''}"
