"""Compiles the Chinese catalogue from its fragments, one per package, whenever one of them changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FRAGMENTS = Path(__file__).parent.parent / "translations" / "zh"


def fragments() -> list[Path]:
    return sorted(FRAGMENTS.glob("*.po"))


def merged() -> Catalog:
    """All fragments as one catalogue; of two translations of one message the first fragment's counts."""
    catalogue = Catalog(locale="zh", charset="utf-8")
    for _path, message in _messages():
        if message.id not in catalogue:
            catalogue.add(message.id, message.string, flags=message.flags)
    return catalogue


def contradictions() -> list[str]:
    """Messages two fragments translate differently; a test keeps this empty."""
    known: dict[str, tuple[str, object]] = {}
    found = []
    for path, message in _messages():
        name, string = known.setdefault(str(message.id), (path.name, message.string))
        if string != message.string:
            found.append(f"{message.id!r}: {name} says {string!r}, {path.name} says {message.string!r}")
    return found


def _messages() -> Iterator[tuple[Path, Message]]:
    for path in fragments():
        with path.open("rb") as file:
            for message in read_po(file, locale="zh"):
                if message.id and message.string:
                    yield path, message


def compile_into(folder: Path) -> Path:
    """Write `folder/zh/LC_MESSAGES/messages.mo` when a fragment is newer; returns the folder."""
    target = folder / "zh" / "LC_MESSAGES" / "messages.mo"
    newest = max((path.stat().st_mtime for path in fragments()), default=0.0)
    if target.exists() and target.stat().st_mtime >= newest:
        return folder
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        write_mo(file, merged())
    os.replace(file.name, target)
    return folder
