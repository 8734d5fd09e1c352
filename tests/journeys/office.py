"""The agency as its people see it: a browser window per colleague, and all that a browser complains about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 20_000
"""Milliseconds a colleague waits for anything to appear."""
_REFUSED_ANSWER = "Failed to load resource"
"""Chromium's own line about an answer of 400 and more; those are judged by their status."""

Words = str | re.Pattern[str]


@dataclass
class Office:
    """The program in use. `complaints` collects what no visitor may ever cause."""

    url: str
    password: str
    browser: Any
    album: Path
    complaints: list[str] = field(default_factory=list)
    _desks: dict[str, Colleague] = field(default_factory=dict)
    _pictures: int = 0

    def visitor(self, name: str, size: dict[str, int] = DESK) -> Colleague:
        """Somebody with a fresh browser window, not logged in."""
        context = self.browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport=size)
        context.set_default_timeout(PATIENCE)
        return Colleague(self, name, context.new_page())

    def colleague(self, login: str) -> Colleague:
        """This person, logged in since they were first called."""
        if login not in self._desks:
            self._desks[login] = self.visitor(login)
            self._desks[login].logs_in()
        return self._desks[login]

    def next_picture(self, name: str) -> Path:
        self._pictures += 1
        return self.album / f"{self._pictures:02}-{name}.png"

    def close(self) -> None:
        """Everybody goes home; what each saw last is in the album."""
        for login, person in self._desks.items():
            person.photographs(f"last-{login}")
            person.leaves()


class Colleague:
    """One person in front of one window. Everything is found by the words on the screen."""

    def __init__(self, office: Office, name: str, page: Any) -> None:
        self.office = office
        self.name = name
        self.page = page
        self._expected: set[int] = set()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        page.on("response", self._judge)

    # What the browser says --------------------------------------------------------------------------

    def _hear(self, message: Any) -> None:
        """Errors of scripts and violations of the content security policy arrive here."""
        if message.type == "error" and not message.text.startswith(_REFUSED_ANSWER):
            self._complain(f"console: {message.text}")

    def _judge(self, answer: Any) -> None:
        if answer.status >= 400 and answer.status not in self._expected:
            self._complain(f"{answer.status} for {answer.request.method} {urlsplit(answer.url).path}")

    def _complain(self, text: str) -> None:
        self.office.complaints.append(f"{self.name} on {self.path}: {text}")

    @contextmanager
    def expecting(self, status: int) -> Iterator[None]:
        """Inside the block this answer is what the test is about, and it must come."""
        seen: list[int] = []
        listen = lambda answer: seen.append(answer.status)  # noqa: E731  the same object leaves again
        self.page.on("response", listen)
        self._expected.add(status)
        yield
        self._expected.discard(status)
        self.page.remove_listener("response", listen)
        assert status in seen, f"expected {status}, saw {seen}"

    # Coming, going, looking -------------------------------------------------------------------------

    def logs_in(self, password: str | None = None) -> None:
        self.opens("/login/")
        self.fills("账号", self.name, within="form")
        self.fills("密码", password or self.office.password, within="form")
        self.presses("登录", within="form.login-form")

    def leaves(self) -> None:
        self.page.context.close()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def opens(self, path: str) -> Any:
        """Type an address; gives the answer."""
        return self.page.goto(self.office.url + path)

    def sees(self, words: Words, within: str = "main") -> None:
        """Wait until the words are on the page."""
        self.page.locator(within).get_by_text(words).first.wait_for()

    def reads(self, place: str = "main") -> str:
        """What stands in a part of the page now."""
        words: str = self.page.locator(place).first.inner_text()
        return words

    def photographs(self, name: str) -> None:
        self.page.screenshot(path=self.office.next_picture(name))

    # Doing ------------------------------------------------------------------------------------------

    def goes_to(self, menu_item: str) -> None:
        """Click in the main menu."""
        self.follows(re.compile(rf"^\s*{menu_item}\s*[\d,]*$"), within="nav.side")

    def follows(self, words: Words, within: str = "main") -> None:
        """Click a link and wait for its page."""
        self._clicks(self.page.locator(within).get_by_role("link", name=words).first)

    def presses(self, words: Words, within: str = "main") -> None:
        """Press a button that leads to another page."""
        self._clicks(self.button(words, within))

    def presses_twice(self, words: Words, within: str = "main") -> None:
        """Press it as hurried people do."""
        with self.page.expect_navigation():
            self.button(words, within).dblclick()

    def _clicks(self, place: Any) -> None:
        with self.page.expect_navigation():
            place.click()

    def button(self, words: Words, within: str = "main") -> Any:
        return self.page.locator(within).get_by_role("button", name=words).first

    def opens_dialog(self, words: Words, within: str = "main") -> None:
        """Press a button that asks something before it does it."""
        self.button(words, within).click()
        self.page.locator("dialog[open] .modal-content").wait_for()

    def confirms(self, words: Words) -> None:
        """Press the deciding button of the open dialog."""
        self.presses(words, within="dialog[open] .modal-footer")

    def field(self, label: str, within: str = "main") -> Any:
        """The field of exactly this label, with or without the star of required ones."""
        return self.page.locator(within).get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$")).first

    def fills(self, label: str, text: str, within: str = "main") -> None:
        self.field(label, within).fill(text)

    def chooses(self, label: str, option: Words, within: str = "main") -> None:
        """Choose from a plain list the option that contains the words."""
        field = self.field(label, within)
        found = field.locator("option", has_text=option).first
        found.wait_for(state="attached")
        field.select_option(value=found.get_attribute("value"))

    def searches(self, place: Any, wanted: str) -> None:
        """Type into a list that searches, and take the first hit."""
        place.locator("xpath=following-sibling::*[1]").locator(".select2-selection").click()
        self.page.locator(".select2-container--open .select2-search__field").last.fill(wanted)
        self.page.locator(".select2-results__option[aria-selected]", has_text=wanted).first.click()

    def sends_again(self, words: Words, within: str) -> Any:
        """Press the button twice, then send the very same form once more; gives the last answer."""
        with self.page.expect_request(lambda request: request.method == "POST") as sent:
            self.presses_twice(words, within)
        form = sent.value
        return self.posts(form.url, form.post_data_buffer, kind=form.headers["content-type"])

    def posts(self, url: str, body: bytes, kind: str = "application/x-www-form-urlencoded") -> Any:
        """Send a form past the page, as somebody with a tool would."""
        headers = {"Content-Type": kind, "Referer": self.page.url}
        return self.page.request.post(url, data=body, headers=headers)

    def token(self) -> str:
        found: str = self.page.locator('meta[name="csrf-token"]').get_attribute("content")
        return found
