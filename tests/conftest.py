"""Fixtures everybody may use: real program, database, Valkey and browser; only the clock may stand still.

app               the program on SQLite and again on PostgreSQL, each time on a fresh prepared database
module_app        the program on one SQLite database for all tests of a module
client, command   its web client and its command line
valkey            the address of a real Valkey, emptied before the test
clock_at          holds the clock at a moment of the agency's day
live_server       web, worker and dispatcher as separate processes, on SQLite and again on PostgreSQL
browser           a real Chromium; `page` is a fresh window of it
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from tests.databases import PostgresDatabases, SqliteDatabases
from tests.program import RunningProgram
from tools import services, suite

BACKENDS = ("sqlite", "postgresql")
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A server that was lent to the tests gets its template back out."""
    if "TEST_DATABASE_URL" in os.environ and not hasattr(session.config, "workerinput"):
        folder = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        PostgresDatabases(folder).drop_template()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="zhangfang-vk-") as name:
        folder = Path(name)
        service = services.start_valkey(
            data=folder / "data",
            socket_directory=services.private_socket_directory(folder / "socket"),
            log=folder / "log",
        )
        yield service.url
        service.stop()


@pytest.fixture
def valkey(valkey_server: str) -> str:
    with contextlib.closing(redis.Redis.from_url(valkey_server)) as line:
        line.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def databases(
    run_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, SqliteDatabases | PostgresDatabases]:
    """Where copies of prepared databases come from, by backend."""
    return {
        "sqlite": SqliteDatabases(tmp_path_factory.mktemp("databases"), run_folder),
        "postgresql": PostgresDatabases(run_folder),
    }


@pytest.fixture(scope="session")
def the_app(valkey_server: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The one application of this process: its screens keep state in their classes."""
    from app.factory import create_app

    home = tmp_path_factory.mktemp("home")
    # Prepared databases are shared by all processes of a run, so the demo staff have one password in all.
    (home / "demo-password").write_text("demo-of-the-tests")
    return create_app(
        {
            "TESTING": True,
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{home / 'unused.db'}",
            "REDIS_URL": valkey_server,
            "ZHANGFANG_HOME": str(home),
        }
    )


@contextlib.contextmanager
def _app_on(app: Flask, url: str) -> Iterator[Flask]:
    """Turns the application to another database for the block."""
    from app.platform.database import Engines

    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.extensions["engines"] = engines = Engines(url)
    try:
        yield app
    finally:
        engines.dispose()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database; for one of them only: `@pytest.mark.parametrize("backend", ["sqlite"])`."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(
    backend: str, databases: dict[str, SqliteDatabases | PostgresDatabases], the_app: Flask
) -> Iterator[str]:
    """A prepared database (tables, permissions, presets, demo staff) nobody else touches."""
    source = databases[backend]
    with source.copy(source.template(_prepare(the_app))) as url:
        yield url


def _prepare(the_app: Flask) -> Callable[[str], None]:
    def prepare(url: str) -> None:
        with _app_on(the_app, url) as app:
            for word in ("migrate", "sync"):
                done = run_command(app, word)
                assert done.exit_code == 0, done.output

    return prepare


@pytest.fixture
def app(the_app: Flask, database_url: str, valkey: str) -> Iterator[Flask]:
    with _app_on(the_app, database_url) as turned:
        yield turned


@pytest.fixture(scope="module")
def module_app(
    the_app: Flask, databases: dict[str, SqliteDatabases | PostgresDatabases], valkey_server: str
) -> Iterator[Flask]:
    """The program on one SQLite database the tests of a module share, in their order; never beside `app`."""
    source = databases["sqlite"]
    with source.copy(source.template(_prepare(the_app))) as url, _app_on(the_app, url) as turned:
        yield turned


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def command(app: Flask) -> Callable[..., Result]:
    """`command("word", "--option")` as `run.py word --option`; an exception that is not for people rises."""
    return lambda *arguments: run_command(app, *arguments)


def run_command(app: Flask, *arguments: str) -> Result:
    with app.app_context():
        return CliRunner().invoke(app.cli, arguments, catch_exceptions=False)


@pytest.fixture
def clock_at() -> Iterator[Callable[[datetime], None]]:
    """`clock_at(moment)` holds the clock until the test ends; the moment is aware."""
    from app.platform import clock

    with contextlib.ExitStack() as stack:
        yield lambda moment: stack.enter_context(clock.standing_at(moment))


@pytest.fixture
def live_server(
    backend: str, databases: dict[str, SqliteDatabases | PostgresDatabases]
) -> Iterator[RunningProgram]:
    """The whole program in processes of its own, on an empty database it prepares itself."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhangfang-")))
        settings = {}
        if backend == "postgresql":
            postgres = databases[backend]
            assert isinstance(postgres, PostgresDatabases)
            settings["DATABASE_URL"] = stack.enter_context(postgres.empty())
        program = RunningProgram(home, settings).start()
        stack.callback(program.stop)
        yield program


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium; skipped without one, except in CI."""
    from playwright.sync_api import sync_playwright

    program = suite.browser()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, headless=True, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh window, Chinese, of a size people have."""
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
