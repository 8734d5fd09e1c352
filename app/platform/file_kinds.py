"""Which files may be kept, and whether content and ending agree: a pure look at name and bytes."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable
from io import BytesIO
from zipfile import BadZipFile, ZipFile

MOST_BYTES = 20 * 1024 * 1024
"""The largest file that is taken, inclusive."""

NAME_LENGTH = 150

_OFFICE = "application/vnd.openxmlformats-officedocument"
_MOST_ENTRIES_BYTES = 4 * 1024 * 1024
_PROGRAMS = frozenset(
    (
        "exe",
        "bat",
        "cmd",
        "scr",
        "pif",
        "msi",
        "dll",
        "vbs",
        "ps1",
        "jar",
        "php",
        "html",
        "htm",
        "svg",
        "hta",
        "lnk",
    )
)
_MARKUP = re.compile(r"\s*<\s*(!doctype|html|svg|script|\?xml|body|iframe)", re.IGNORECASE)


def shown_name(raw: str) -> str:
    """The name without path, control and direction characters, cut to length with its ending kept.

    Answers "" when nothing is left.
    """
    last = re.split(r"[\\/]", raw)[-1]
    plain = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    plain = re.sub(r'[:*?"<>|]', "_", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:NAME_LENGTH]
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}" if len(ending) < 10 else plain[:NAME_LENGTH]


def media_type(name: str, content: bytes) -> str | None:
    """The media type when ending and content agree on a kind that is taken; None otherwise.

    A program's ending anywhere in the name ("invoice.exe.pdf") is refused too: some desktops hide the last.
    """
    parts = name.lower().split(".")
    if len(parts) < 2 or not parts[0] or _PROGRAMS & {part.strip() for part in parts[1:]}:
        return None
    kind = _KINDS.get(parts[-1])
    return kind[0] if kind is not None and kind[1](content) else None


def endings() -> tuple[str, ...]:
    """The endings that are taken, without dot."""
    return tuple(_KINDS)


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


def _is_text(content: bytes) -> bool:
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        try:
            return _MARKUP.match(content.decode(encoding)) is None
        except UnicodeDecodeError:
            continue
    return False


def _holds(folder: str) -> Callable[[bytes], bool]:
    def check(content: bytes) -> bool:
        names = _entries(content)
        return (
            "[Content_Types].xml" in names
            and any(name.startswith(folder) for name in names)
            and not any(name.endswith("vbaProject.bin") for name in names)
        )

    return check


def _is_zip(content: bytes) -> bool:
    return bool(_entries(content))


def _entries(content: bytes) -> set[str]:
    """Names in the archive's directory, nothing unpacked; empty for a broken or absurd archive."""
    end = content.rfind(b"PK\x05\x06", -66_000)
    if not content.startswith(b"PK\x03\x04") or end < 0 or len(content) < end + 22:
        return set()
    if struct.unpack_from("<L", content, end + 12)[0] > _MOST_ENTRIES_BYTES:
        return set()
    try:
        with ZipFile(BytesIO(content)) as archive:
            return set(archive.namelist())
    except (BadZipFile, ValueError, OSError, EOFError, NotImplementedError, struct.error):
        return set()


_OLE = _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "png": ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    "pdf": ("application/pdf", _starts(b"%PDF-")),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _holds("word/")),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _holds("xl/")),
    "doc": ("application/msword", _OLE),
    "xls": ("application/vnd.ms-excel", _OLE),
    "txt": ("text/plain", _is_text),
    "csv": ("text/csv", _is_text),
    "zip": ("application/zip", _is_zip),
}
