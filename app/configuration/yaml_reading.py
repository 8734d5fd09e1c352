"""From the text of a file to plain lists, groups and texts.

YAML is read event by event, so that a file can do nothing but say something: no types by tag, no anchors
and aliases (a few lines of them can stand for gigabytes), nothing said twice, no nesting without end. Every
single value stays the text it is; "no", "007" and 1.10 mean what their section takes them for.
"""

from __future__ import annotations

from typing import Any

import yaml
from flask_babel import lazy_gettext as _l

from app.configuration.places import Fault, FileRefused

LARGEST, DEEPEST = 5 * 1024 * 1024, 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_text(content: bytes | str) -> Any:
    """What the file says. Raises FileRefused, with the line where something is wrong."""
    if isinstance(content, str):
        content = content.encode()
    if len(content) > LARGEST:
        raise _refused("", _l("The file is larger than %(size)s MB.", size=LARGEST >> 20))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("", _l("The file is not UTF-8. Save it as UTF-8.")) from None
    try:
        return _Builder().build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refused(_line(mark), _l("this is no YAML: %(problem)s", problem=error.problem or "")) from None
    except yaml.YAMLError:
        raise _refused("", _l("The file holds characters that no YAML may have.")) from None


def _line(mark: Any) -> str:
    return str(_l("line %(line)s", line=mark.line + 1)) if mark is not None else ""


def _refused(path: str, message: Any) -> FileRefused:
    return FileRefused([Fault(path, message)])


class _Builder:
    """Puts events together. `open` holds what is not closed yet: a list, or a group with its present name."""

    def __init__(self) -> None:
        self.open: list[list[Any] | dict[str, Any]] = []
        self.names: list[str | None] = []
        self.top: Any = None

    def build(self, text: str) -> Any:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
            if documents > 1:
                raise _refused(_line(event.start_mark), _l("a second document begins here"))
            self._take(event)
        return self.top

    def _take(self, event: Any) -> None:
        if getattr(event, "anchor", None) is not None:
            raise _refused(_line(event.start_mark), _l("no anchors and aliases (& and *), please"))
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) is not None:
            raise _refused(_line(event.start_mark), _l("types by tag (!) are not read"))
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0] and event.value in ("", "~", "null")
            self._put(None if plain else event.value, event)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._begin([] if isinstance(event, yaml.SequenceStartEvent) else {}, event)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self.open.pop()
            self.names.pop()

    def _begin(self, container: list[Any] | dict[str, Any], event: Any) -> None:
        if len(self.open) >= DEEPEST:
            raise _refused(_line(event.start_mark), _l("this is nested too deeply"))
        self._put(container, event)
        self.open.append(container)
        self.names.append(None)

    def _put(self, value: Any, event: Any) -> None:
        if not self.open:
            self.top = value
            return
        container = self.open[-1]
        if isinstance(container, list):
            container.append(value)
        elif self.names[-1] is None:
            self._name(container, value, event)
        else:
            container[self.names[-1]] = value
            self.names[-1] = None

    def _name(self, container: dict[str, Any], value: Any, event: Any) -> None:
        if not isinstance(value, str) or not value:
            raise _refused(_line(event.start_mark), _l("a name belongs before the colon"))
        if value in container:
            raise _refused(_line(event.start_mark), _l("“%(name)s” stands there twice", name=value[:60]))
        self.names[-1] = value
