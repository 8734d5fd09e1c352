"""Every page the principal can reach: whole on a phone, quiet in the console, Chinese throughout."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from app.platform.translations import merged
from tests.journeys.office import PHONE, Colleague, Office

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.parametrize("backend", ["sqlite"])]

APP = Path(__file__).parents[2] / "app"
_PLACEHOLDER = re.compile(r"%\\?\(\w+\\?\)s|\\?\{\w+\\?\}|%%")
_VISIBLE_WORDS = """
() => {
  const words = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!holder.closest('script, style, template, [hidden]')) words.add(node.textContent);
  }
  for (const name of ['placeholder', 'title', 'aria-label']) {
    for (const element of document.querySelectorAll(`[${name}]`)) words.add(element.getAttribute(name));
  }
  return [document.title, ...words]
    .map((text) => text.replace(/\\s+/g, ' ').trim())
    .filter((text) => /[A-Za-z]{2}/.test(text));
}
"""


def test_every_page_fits_a_phone_and_speaks_chinese(furnished_office: Office) -> None:
    boss = furnished_office.colleague("laoban")
    addresses = pages_of(boss)
    assert len(addresses) > 50, addresses
    english = english_words()
    faults = [fault for address in addresses for fault in look(boss, address, english)]
    phone = furnished_office.visitor("laoban", PHONE)
    phone.logs_in()
    faults += [fault for address in addresses for fault in look(phone, address, english)]
    phone.leaves()
    assert not faults, "\n".join(faults)


def pages_of(boss: Colleague) -> Collection[str]:
    """The menu, what it leads to, the first row and the form of every list, the tabs of those rows.

    Of pages that differ only in a number there is one.
    """
    found = {"/"}
    boss.opens("/")
    menu = addresses_in(boss, "nav.side, .top .dropdown-menu")
    for address in menu:
        boss.opens(address)
        found |= {address, *addresses_in(boss, "tbody tr:first-child, .page-actions, .board-card, .pills")}
    for address in sorted(found - menu):
        boss.opens(address)
        found |= addresses_in(boss, ".nav-tabs, .page-actions")
    pages = sorted(page for page in found if not re.search(r"logout|\.xlsx|/file/|\?(?!tab=)", page))
    return {re.sub(r"\d+", "N", page): page for page in pages}.values()


def addresses_in(boss: Colleague, places: str) -> set[str]:
    selector = ", ".join(f"{place} a[href^='/']" for place in places.split(", "))
    found = boss.page.locator(selector).evaluate_all("links => links.map((a) => a.getAttribute('href'))")
    return {address.partition("#")[0] for address in found}


def look(person: Colleague, address: str, english: re.Pattern[str]) -> Iterator[str]:
    """What is wrong with the page, in the width of this window."""
    width = person.page.viewport_size["width"]
    answer = person.opens(address)
    if answer.status != 200:
        yield f"{address}: {answer.status}"
        return
    person.photographs(f"{width}{re.sub(r'[^a-z0-9]+', '-', address)}")
    wide = person.page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        yield f"{address}: {wide} px wide at {width}"
    for words in person.page.evaluate(_VISIBLE_WORDS):
        if english.fullmatch(words):
            yield f"{address}: says {words!r}"


def english_words() -> re.Pattern[str]:
    """Every message of code and templates that has no Chinese translation or another than itself."""
    catalogue = merged()
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None}
    found = extract_from_dir(APP, methods, keywords=keywords)
    messages = {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}
    spoken = {message for message in messages if message != catalogue_text(catalogue, message)}
    return re.compile("|".join(sorted(pattern_of(message) for message in spoken if letters(message))))


def catalogue_text(catalogue: object, message: str) -> str | None:
    known = catalogue.get(message)  # type: ignore[attr-defined]
    return known.string if known else None


def letters(message: str) -> bool:
    """Whether enough of the message is fixed to tell it from data."""
    return len(re.sub(r"[^A-Za-z]", "", re.sub(r"%\(\w+\)s|\{\w+\}", "", message))) > 2


def pattern_of(message: str) -> str:
    return _PLACEHOLDER.sub(".+", re.escape(re.sub(r"\s+", " ", message).strip()))
