"""Somebody starts the program for the first time and opens the printed address in a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.program import RunningProgram


@pytest.mark.slow
@pytest.mark.browser
def test_the_printed_log_in_opens_the_workbench(live_server: RunningProgram, page: Any) -> None:
    password = re.search(r"laoban\b.*password (\S+)", live_server.printed())
    assert password is not None, live_server.printed()
    page.goto(live_server.url)
    page.fill('input[name="username"]', "laoban")
    page.fill('input[name="password"]', password[1])
    page.click('form button[type="submit"], form input[type="submit"]')
    page.wait_for_load_state()
    assert "/login" not in page.url
    assert page.locator("nav").count() > 0
