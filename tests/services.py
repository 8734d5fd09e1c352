"""What the fixtures stand on: one PostgreSQL for the whole run, databases copied from templates, a whole program.

Templates are prepared once for a run by the program's own deploy commands; every test gets a copy, so tests may
commit, roll back and crash as they like.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tools import services
from tools.settings import ROOT

START_SECONDS = 90


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


# --- PostgreSQL -----------------------------------------------------------------------------------------------


def postgres_url(run_folder: Path) -> str:
    """A server with the right to make databases: TEST_DATABASE_URL, else one that lives as long as the run."""
    given = os.environ.get("TEST_DATABASE_URL")
    return given or made_once(run_folder / "postgres-url", _start_shared_postgres)


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
    assert keeper.stdout is not None
    url = keeper.stdout.readline().strip()
    if not url:
        raise services.ServiceError("PostgreSQL for the tests did not start; see above.")
    return url


def _administer(server_url: str, statement: str) -> None:
    address = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


# --- Databases ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SqliteDatabases:
    """Copies of a prepared file."""

    folder: Path
    run_folder: Path

    def template(self, prepare: Callable[[str], None]) -> str:
        return made_once(self.run_folder / "sqlite-template", lambda: self._prepare(prepare))

    def _prepare(self, prepare: Callable[[str], None]) -> str:
        path = self.run_folder / "template.db"
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


# --- The whole program ----------------------------------------------------------------------------------------


@dataclass
class RunningProgram:
    """`run.py` as a person starts it: its own data folder, port, web, worker, dispatcher, Valkey."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{
                name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")
            },
            "PYTHONPATH": str(ROOT),
            "PYTHONSAFEPATH": "1",
            "ZHANGFANG_HOME": str(self.home),
            "ZHANGFANG_PORT": str(self.port),
            **self.settings,
        }

    def start(self) -> RunningProgram:
        """Returns when the program has printed where it is; raises with what it said when it ends instead."""
        self.port = self.port or free_port()
        self.home.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.supervisor"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=(self.home / "printed.txt").open("w"),
            stderr=(self.home / "said.txt").open("w"),
            preexec_fn=services.end_with_parent,
            text=True,
        )
        end = time.monotonic() + START_SECONDS
        while self.url not in self.printed():
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise RuntimeError(f"The program did not start:\n{self.said()}")
            time.sleep(0.05)
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it as Ctrl-C or a service manager does; gives its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`run.py WORD …` against the same data folder."""
        return subprocess.run(
            [sys.executable, "-m", "tools.command", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def printed(self) -> str:
        return (self.home / "printed.txt").read_text()

    def said(self) -> str:
        return (self.home / "said.txt").read_text()

    def children(self) -> dict[str, int]:
        """Process id by name, of the processes it runs at the moment."""
        assert self.process is not None
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                if parent == self.process.pid:
                    name = words[2].removeprefix("app.") if words[1] == "-m" else Path(words[0]).name
                    found[name] = int(entry.name)
        return found

    def state(self) -> dict[str, object]:
        answer: dict[str, object] = json.loads((self.home / "run" / "running.json").read_text())
        return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
