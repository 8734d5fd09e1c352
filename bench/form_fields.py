"""What a browser sends for the form of a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Fields(HTMLParser):
    """What a browser would send for the fields of a page; tokens of forms are the same in all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._select: tuple[str, bool] | None = None
        self._picked: list[str] | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name and self._sent(given):
            self.found.append((name, given.get("value", "")))
        elif tag == "select" and name:
            self._select, self._picked = (name, "multiple" in given), []
            self._first: str | None = None
        elif tag == "option" and self._select:
            value = given.get("value", "")
            self._first = value if self._first is None else self._first
            if "selected" in given and self._picked is not None:
                self._picked.append(value)
        elif tag == "textarea" and name:
            self._area = name
            self.found.append((name, ""))

    @staticmethod
    def _sent(given: dict[str, str]) -> bool:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio"):
            return "checked" in given
        return kind not in ("submit", "button", "file", "search", "reset") and "disabled" not in given

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            name, text = self.found[-1]
            self.found[-1] = (name, text + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select" and self._select:
            name, multiple = self._select
            picked = self._picked or ([] if multiple or self._first is None else [self._first])
            self.found += [(name, value) for value in picked]
            self._select = None


_FORM = re.compile(r"<form\b[^>]*\bmethod=\"post\"[^>]*>.*?</form>", re.S | re.I)


def fields_of(html: str) -> list[tuple[str, str]]:
    """The fields of the page's largest form, with those outside that name it by its id."""
    forms = _FORM.findall(html)
    largest = max(forms, key=len, default="")
    number = re.search(r"<form\b[^>]*\bid=\"([^\"]+)\"", largest)
    outside = html.replace(largest, "") if largest else html
    parser = _Fields()
    parser.feed(largest)
    if number:
        marked = re.compile(
            rf"<(?:input|textarea|select)\b[^>]*\bform=\"{number[1]}\"[^>]*>(?:.*?</(?:textarea|select)>)?",
            re.S,
        )
        for piece in marked.findall(outside):
            parser.feed(piece)
    token = re.search(r'name="csrf-token" content="([^"]+)"', html)
    if token and not any(name == "csrf_token" for name, _value in parser.found):
        parser.found.append(("csrf_token", token[1]))
    return parser.found


def plain(html: str) -> str:
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.S).split())
