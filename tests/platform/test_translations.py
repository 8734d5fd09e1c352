"""Every word a person can meet has Chinese, and only one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from app.platform.translations import contradictions, merged
from tools.messages import ROOT, untranslated

# Functions whose `title` is stored on the timeline as a message id and translated when it is shown.
TELLERS = frozenset({"tell", "begin", "Transition", "Source", "notify"})


def stored_titles() -> Iterator[tuple[str, str]]:
    for path in Path(ROOT, "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for keyword in node.keywords if name in TELLERS else ():
                if keyword.arg == "title" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                    yield str(keyword.value.value), f"{path.name}:{node.lineno}"


def test_every_message_has_chinese() -> None:
    assert untranslated() == {}


def test_every_title_on_the_timeline_has_chinese() -> None:
    catalogue = merged()
    assert {title: place for title, place in stored_titles() if title not in catalogue} == {}


def test_no_message_is_translated_in_two_ways() -> None:
    assert contradictions() == []


def test_placeholders_survive_translation() -> None:
    import re

    marks = re.compile(r"%\((\w+)\)[sd]")
    for message in merged():
        if message.id and message.string:
            assert set(marks.findall(message.string)) <= set(marks.findall(message.id)), message.id
