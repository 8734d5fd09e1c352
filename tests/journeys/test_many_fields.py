"""An entity with as many custom fields as it takes, in the list of a phone."""

from __future__ import annotations

import pytest
from flask import Flask

from app.platform.custom_field_editing import MOST_FIELDS, save_custom_field
from app.platform.custom_fields import KINDS
from tests.journeys.office import PHONE, Office
from tests.people import acting

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LONG = "很长很长的自定义字段名称，谁也想不到会写这么长"
RIGHT_OF_VALUE = """cell => {
  const words = (node) => (node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
  const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT, words).nextNode();
  const range = document.createRange();
  range.selectNodeContents(text);
  return [range.getBoundingClientRect().right, cell.getBoundingClientRect().right];
}"""


def test_every_value_stands_in_sight_however_long_the_words_before_it(
    shared_office: Office, module_app: Flask
) -> None:
    with acting(module_app, "admin") as session:
        for number in range(MOST_FIELDS):
            kind = list(KINDS)[number % len(KINDS)]
            field = {"entity": "customer", "kind": kind, "label": f"{LONG}{number}", "choices_text": "甲\n乙"}
            save_custom_field(session, None, {**field, "listed": True, "active": True})
    person = shared_office.visitor("xiaoshou1", PHONE)
    person.logs_in()
    person.opens("/prospect/")
    cells = person.page.locator(f"tbody tr:first-child td[data-label^='{LONG}']")
    assert cells.count() == MOST_FIELDS
    for cell in cells.all():
        value, edge = cell.evaluate(RIGHT_OF_VALUE)
        assert value <= edge
    for address in ("/customer/new", "/prospect/"):
        person.opens(address)
        assert person.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    person.leaves()
