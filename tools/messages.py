"""Lists messages without Chinese: `python -m tools.messages`. Exit 1 when there are any."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.extract import extract_from_dir

from app.platform.translations import merged

ROOT = Path(__file__).parent.parent
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def wanted() -> dict[str, str]:
    """Every message id of the program with one place that uses it."""
    found: dict[str, str] = {}
    for file, line, message, _comments, _context in extract_from_dir(
        ROOT / "app", method_map=METHODS, keywords=KEYWORDS
    ):
        for single in message if isinstance(message, tuple) else (message,):
            found.setdefault(single, f"app/{file}:{line}")
    return found


def untranslated() -> dict[str, str]:
    """Messages that have no Chinese yet."""
    catalogue = merged()
    return {
        message: place
        for message, place in wanted().items()
        if message and ((entry := catalogue.get(message)) is None or not entry.string)
    }


if __name__ == "__main__":
    missing = untranslated()
    for message, place in sorted(missing.items(), key=lambda pair: pair[1]):
        sys.stdout.write(f"{place}\t{message}\n")
    sys.exit(bool(missing))
