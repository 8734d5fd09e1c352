"""From plain lists, groups and values to the text of a file people read: Chinese as it is, stable order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDTH = 110


class _Top(dict[str, Any]):
    """The name of a section with what it holds: never on one line."""


class _Dumper(_DUMPER):  # type: ignore[misc, valid-type]
    """No anchors: every value is written out where it stands. What is short stands on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = all(isinstance(one, yaml.ScalarNode) for one in node.value)
        return node

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        node = super().represent_mapping(tag, mapping, flow_style)
        parts = [part for pair in node.value for part in pair]
        fits = all(_is_short(part) for part in parts) and sum(map(_length, parts)) < _WIDTH
        node.flow_style = fits and not isinstance(mapping, _Top)
        return node


_Dumper.add_representer(_Top, yaml.representer.SafeRepresenter.represent_dict)


def _is_short(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) or bool(getattr(node, "flow_style", False))


def _length(node: yaml.Node) -> int:
    if isinstance(node, yaml.ScalarNode):
        return len(node.value) + 2
    parts = [part for one in node.value for part in (one if isinstance(one, tuple) else (one,))]
    return sum(map(_length, parts))


def write_text(head: Iterable[str], parts: Iterable[tuple[str, str, Any]]) -> str:
    """A file with comments at its head, and each part (name, comment, value) under a comment of its own."""
    blocks = ["".join(f"# {line}".rstrip() + "\n" for line in head)]
    blocks += [f"# {comment}\n{_dump(_Top({name: value}))}" for name, comment, value in parts]
    return "\n".join(blocks)


def _dump(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10 * _WIDTH)
    return text
