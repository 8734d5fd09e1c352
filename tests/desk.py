"""A person at a desk: signed in, opening pages and sending forms the way a browser does."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.people import log_in, token_in


class Desk:
    """The web client of one signed-in person."""

    def __init__(self, app: Flask, login: str) -> None:
        self.client = app.test_client()
        log_in(app, self.client, login)
        self._csrf = token_in(self.client.get("/account/sessions").text)

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.client.get(address, **more)

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(address, data={"csrf_token": self._csrf, **(data or {})}, **more)


def hidden(html: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found.group(1)


def names_in(html: str) -> list[str]:
    """What the rows of a list are called, in order."""
    return re.findall(r'<td class="name stick">(?:<a [^>]*>)?([^<]*)', html)
