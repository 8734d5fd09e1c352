"""No page hides anything from people who listen to it, walk it by key or see little: judged by axe."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.office import PHONE, Colleague, Office

pytestmark = [pytest.mark.slow, pytest.mark.browser]

VENDOR = Path(__file__).parents[1] / "vendor"
LAPTOP = {"width": 1280, "height": 800}
ADDRESSES = """
/ /prospect/ /work_item/ /receipt/ /work_item/board /filing-month/ /approvals/ /report/ /reminder/
/import_run/ /import_run/upload /contract/new /receipt/new /search/?q=鸿润
"""
ON_A_PHONE = "/ /prospect/ /customer/new /work_item/board /filing-month/ /contract/new /report/"
_SERIOUS = """
async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target} ${html.slice(0, 160)}`));
}
"""


def axe() -> str:
    """The checker, exactly as its makers published it."""
    source = (VENDOR / "axe.min.js").read_bytes()
    wanted, _, name = (VENDOR / "SHA256SUMS").read_text().partition("  ")
    assert name.strip() == "axe.min.js" and hashlib.sha256(source).hexdigest() == wanted
    return source.decode()


def test_no_page_has_a_serious_fault(shared_office: Office) -> None:
    """In light on a laptop every kind of page, in dark on a phone those that change most."""
    visitor = opens_eyes(shared_office, "light", LAPTOP)
    faults = list(judge(visitor))
    visitor.logs_in()
    for show in (plain_pages, tabs_of_a_customer, filters, refused_form, search_and_calendar):
        for _shown in show(visitor):
            faults += judge(visitor)
    visitor.leaves()
    phone = opens_eyes(shared_office, "dark", PHONE)
    faults += judge(phone)
    phone.logs_in()
    for address in ON_A_PHONE.split():
        phone.opens(address)
        faults += judge(phone)
    phone.leaves()
    assert not faults, "\n".join(faults)


def opens_eyes(office: Office, theme: str, size: dict[str, int]) -> Colleague:
    """A window at the log-in page, without motion: colours half way to others are no fault."""
    visitor = office.visitor("laoban", size)
    visitor.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    visitor.opens("/login/")
    return visitor


def judge(person: Colleague) -> Iterator[str]:
    if not person.page.evaluate("'axe' in window"):
        person.page.evaluate(axe())
    for fault in person.page.evaluate(_SERIOUS):
        yield f"{person.page.url}: {fault}"


def plain_pages(person: Colleague) -> Iterator[Any]:
    """Every kind of page once; 404 as well."""
    for address in ADDRESSES.split():
        yield person.opens(address)
    for index, place in (("/contract/", "/contract/"), ("/closing/", "/closing/"), ("/role/", "/role/")):
        yield opens_first(person, index, place)
    yield opens_first(person, "/price_tier/", "/price_tier/")
    person.presses("从现行价格起草")
    yield person.sees("新参考价")
    with person.expecting(404):
        person.opens("/nowhere")
    yield


def opens_first(person: Colleague, index: str, place: str) -> Any:
    """The page behind the first row of a list."""
    person.opens(index)
    links = person.page.locator("main a").evaluate_all("all => all.map((a) => a.getAttribute('href') ?? '')")
    wanted = next((link for link in links if re.match(rf"{place}\d+(\?|$)", link)), None)
    assert wanted is not None, f"{index} leads nowhere"
    return person.opens(wanted)


def tabs_of_a_customer(person: Colleague) -> Iterator[Any]:
    yield opens_first(person, "/signed_customer/", "/customer/")
    tabs = person.page.locator(".nav-tabs a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    for tab in tabs[1:]:
        yield person.opens(tab)


def filters(person: Colleague) -> Iterator[Any]:
    person.opens("/prospect/")
    person.page.locator(".chip-add").click()
    yield person.page.locator(".dropdown.open").wait_for()
    person.page.locator(".dropdown.open .dropdown-menu button").first.click()
    yield person.page.locator("dialog[open] .modal-content").wait_for()


def refused_form(person: Colleague) -> Iterator[Any]:
    person.opens("/customer/new")
    with person.expecting(422):
        person.presses("保存", within=".foot")
    yield person.page.locator("[data-faults]").wait_for()


def search_and_calendar(person: Colleague) -> Iterator[Any]:
    person.opens("/customer/new")
    person.field("下次联系").press("Alt+ArrowDown")
    yield person.page.locator(".calendar").wait_for()
    person.opens("/")
    person.page.locator("[data-search-open]").click()
    person.page.locator("dialog.quick input").fill("鸿润")
    yield person.page.locator("dialog.quick .quick-line .stage").first.wait_for()
