"""Compiles the Chinese catalogue from its fragments, one per package, whenever one of them changed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FRAGMENTS = Path(__file__).parent.parent / "translations" / "zh"


def fragments() -> list[Path]:
    return sorted(FRAGMENTS.glob("*.po"))


def merged() -> Catalog:
    """All fragments as one catalogue. A message two fragments translate differently raises ValueError."""
    catalogue = Catalog(locale="zh", charset="utf-8")
    for path in fragments():
        with path.open("rb") as file:
            for message in read_po(file, locale="zh"):
                if not message.id:
                    continue
                known = catalogue.get(message.id)
                if known is not None and known.string != message.string:
                    raise ValueError(
                        f"{path.name}: {message.id!r} is translated twice: {known.string!r}, {message.string}"
                    )
                catalogue.add(message.id, message.string, flags=message.flags)
    return catalogue


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
