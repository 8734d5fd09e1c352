"""The Chinese catalogue: compiled from its fragments, one per package, and found quickly by pages.

A list page asks for some hundred words. Flask-Babel works the language out anew for each; here a request
does it once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_babel
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g

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


def locale_now() -> Any:
    """The locale the request settled on; a page asks so often that the short way is worth taking."""
    try:
        return g._get_current_object()._flask_babel.babel_locale
    except (AttributeError, RuntimeError):
        return flask_babel.get_locale()


def speaks_chinese() -> bool:
    """Whether the reader of this request reads Chinese."""
    locale = locale_now()
    return locale is not None and locale.language == "zh"


class QuickDomain(flask_babel.Domain):  # type: ignore[misc]
    """Flask-Babel's domain that remembers the catalogue of each locale."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Any, Any] = {}

    def get_translations(self) -> Any:
        locale = locale_now()
        found = self._known.get(locale)
        if found is None:
            found = super().get_translations()
            if locale is not None:
                self._known[locale] = found
        return found


def install(app: Flask) -> None:
    """Make the program and its templates use the quick domain."""
    domain = QuickDomain()
    app.extensions["babel"].instance.domain_instance = domain

    def words(text: str) -> str:
        return str(domain.get_translations().gettext(text))

    def number_words(one: str, many: str, count: int) -> str:
        return str(domain.get_translations().ngettext(one, many, count))

    app.jinja_env.install_gettext_callables(words, number_words, newstyle=True)  # type: ignore[attr-defined]
