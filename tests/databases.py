"""Databases for tests: one PostgreSQL for the whole run, and copies of databases prepared once.

Templates are made by the program's own deploy commands. Every test gets a copy, so tests may commit,
roll back and crash as they like.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tools import services
from tools.settings import ROOT


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Lets one process of the run in at a time."""
    with path.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made_once(path: Path, make: Callable[[], str]) -> str:
    """The text the first process of the run made; everybody else reads it."""
    with shared(path):
        if not path.exists():
            path.write_text(make())
    return path.read_text()


def postgres_url(run_folder: Path) -> str:
    """A server that lets us make databases: TEST_DATABASE_URL, else one of our own for this run."""
    given = os.environ.get("TEST_DATABASE_URL")
    return given or made_once(run_folder / "postgres-url", _start_shared_postgres)


_keepers: list[subprocess.Popen[str]] = []
"""Referred to, lest Python complains about a process nobody waits for."""


def _start_shared_postgres() -> str:
    # The process that asks first may be the first to end; the keeper watches the one that ends last.
    controller = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres_keeper", str(controller)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    _keepers.append(keeper)
    assert keeper.stdout is not None
    with keeper.stdout as line:
        url = line.readline().strip()
    if not url:
        raise services.ServiceError("PostgreSQL for the tests did not start; see above.")
    return url


def _administer(server_url: str, statement: str) -> None:
    address = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


@dataclass(frozen=True)
class SqliteDatabases:
    """Copies of a prepared file."""

    folder: Path
    run_folder: Path

    def template(self, prepare: Callable[[str], None]) -> str:
        return made_once(self.run_folder / "sqlite-template", lambda: self._prepare(prepare))

    def _prepare(self, prepare: Callable[[str], None]) -> str:
        path = self.run_folder / f"{_new_name()}.db"
        prepare(f"sqlite:///{path}")
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return str(path)

    @contextlib.contextmanager
    def copy(self, template: str) -> Iterator[str]:
        path = self.folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for leftover in self.folder.glob(f"{path.name}*"):
                leftover.unlink()


@dataclass(frozen=True)
class PostgresDatabases:
    """Copies of a prepared database."""

    run_folder: Path

    @property
    def server(self) -> str:
        return postgres_url(self.run_folder)

    def template(self, prepare: Callable[[str], None]) -> str:
        return made_once(self.run_folder / "postgres-template", lambda: self._prepare(prepare))

    def _prepare(self, prepare: Callable[[str], None]) -> str:
        name = _new_name()
        _administer(self.server, f"CREATE DATABASE {name}")
        prepare(self.url(name))
        return name

    @contextlib.contextmanager
    def copy(self, template: str) -> Iterator[str]:
        name = _new_name()
        _administer(self.server, f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            _administer(self.server, f"DROP DATABASE {name} WITH (FORCE)")

    def drop_template(self) -> None:
        note = self.run_folder / "postgres-template"
        if note.exists():
            _administer(self.server, f"DROP DATABASE IF EXISTS {note.read_text()} WITH (FORCE)")

    @contextlib.contextmanager
    def empty(self) -> Iterator[str]:
        """A database without any table."""
        with self.copy("template0") as url:
            yield url

    def url(self, name: str) -> str:
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)


def _new_name() -> str:
    return f"zhangfang_test_{uuid.uuid4().hex[:16]}"
