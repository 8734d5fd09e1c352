"""The office the journeys happen in; whatever a browser complained about fails the test at its end."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

from tests.journeys.furniture import furnish
from tests.journeys.office import Office
from tests.people import demo_password
from tests.program import RunningProgram

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A failing test shows its faults, not thousands of requests."""


@pytest.fixture
def office(live_server: RunningProgram, browser: Any, tmp_path: Path) -> Iterator[Office]:
    """The whole program as somebody starts it, nothing in it but the demo staff."""
    password = re.search(r"password (\S+)", live_server.printed())
    assert password is not None, live_server.printed()
    yield from _open(Office(live_server.url, password[1], browser, tmp_path))


@pytest.fixture
def furnished_office(app: Flask, browser: Any, tmp_path: Path) -> Iterator[Office]:
    """Only the screens, over an agency where something of everything has happened."""
    with _screens(app) as url:
        yield from _open(Office(url, demo_password(app), browser, tmp_path))


@pytest.fixture(scope="module")
def _shared(module_app: Flask, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with _screens(module_app) as url:
        office = Office(url, demo_password(module_app), browser, tmp_path_factory.mktemp("album"))
        yield office
        office.close()


@pytest.fixture
def shared_office(_shared: Office) -> Iterator[Office]:
    """The furnished office, one for all tests of the module; each test opens windows of its own in it."""
    _shared.complaints.clear()
    yield _shared
    assert _shared.complaints == []


@contextmanager
def _screens(app: Flask) -> Iterator[str]:
    furnish(app)
    server = make_server("127.0.0.1", 0, _whole_answers(app), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _whole_answers(app: Flask) -> WSGIApplication:
    """The development server leaves half-read answers open; a list of bytes holds nothing."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


def _open(office: Office) -> Iterator[Office]:
    yield office
    office.close()
    assert office.complaints == []
