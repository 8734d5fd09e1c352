"""Prepared databases that stay in a folder from run to run, by backend and number of customers."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tools import services
from tools.settings import ROOT

PEER = "_peer"


@dataclass(frozen=True)
class Database:
    """One built database, the copy the peer works on, and the data folder of the program."""

    backend: str
    rows: int
    home: Path
    server: str = ""
    """Host of the PostgreSQL, a folder with its socket."""

    @property
    def name(self) -> str:
        return f"bench_{self.rows}"

    def url(self, suffix: str = "") -> str:
        """The address as SQLAlchemy takes it; with the suffix the peer's copy."""
        if self.backend == "sqlite":
            return f"sqlite:///{self.file(suffix)}"
        return f"postgresql+psycopg://postgres@/{self.name}{suffix}?host={self.server}"

    def file(self, suffix: str = "") -> Path:
        return self.home / f"zhangfang{suffix}.db"

    def connect(self, suffix: str = "") -> Any:
        """A plain connection of the driver."""
        if self.backend == "sqlite":
            return sqlite3.connect(self.file(suffix))
        return psycopg.connect(f"host={self.server} user=postgres dbname={self.name}{suffix}")

    def environment(self, queue: str) -> dict[str, str]:
        """The settings of the program on this database."""
        return {
            **os.environ,
            "ZHANGFANG_HOME": str(self.home),
            "ZHANGFANG_MODE": "demo",
            "DATABASE_URL": self.url(),
            "REDIS_URL": queue,
            "PYTHONPATH": str(ROOT),
            "PYTHONSAFEPATH": "1",
        }

    def marked(self, step: str) -> bool:
        """Whether the step was done in an earlier run."""
        return (self.home / f"done-{step}").exists()

    def mark(self, step: str) -> None:
        (self.home / f"done-{step}").touch()

    def deploy(self, queue: str) -> None:
        """Tables, permissions, presets: the program's own words."""
        run([sys.executable, "-m", "tools.deploy"], self.environment(queue))

    def copy_for_peer(self) -> None:
        """The peer writes its roles into the tables of the program, so it gets its own copy."""
        if self.backend == "sqlite":
            with contextlib.closing(self.connect()) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(self.file(), self.file(PEER))
        else:
            administer(self.server, f"DROP DATABASE IF EXISTS {self.name}{PEER}")
            administer(self.server, f"CREATE DATABASE {self.name}{PEER} TEMPLATE {self.name}")


@dataclass
class Keeper:
    """The folder of kept databases; starts the servers they need."""

    folder: Path
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    postgres: services.Service | None = None
    queue: str = ""

    def __enter__(self) -> Keeper:
        self.folder.mkdir(parents=True, exist_ok=True)
        sockets = services.private_socket_directory(self.folder / "queue")
        valkey = services.start_valkey(
            data=self.folder / "queue", socket_directory=sockets, log=self.folder / "valkey.log"
        )
        self._stack.callback(valkey.stop)
        self.queue = valkey.url
        return self

    def __exit__(self, *_fault: object) -> None:
        self._stack.close()

    def database(self, backend: str, rows: int) -> Database:
        """The database of this size, made when it is not there; its tables are brought up to date."""
        home = self.folder / f"{backend}-{rows}"
        home.mkdir(mode=0o700, exist_ok=True)
        database = Database(backend, rows, home, self._server() if backend == "postgresql" else "")
        if backend == "postgresql" and not database.marked("created"):
            administer(database.server, f"CREATE DATABASE {database.name}")
            database.mark("created")
        database.deploy(self.queue)
        return database

    def _server(self) -> str:
        folder = self.folder / "postgres"
        if self.postgres is None:
            folder.mkdir(exist_ok=True)
            self.postgres = self._stack.enter_context(services.postgres_in(folder))
            # Nothing may work in the background while pages are measured; the builder vacuums by itself.
            for setting in ("autovacuum = off", "max_wal_size = '4GB'"):
                administer(str(folder), f"ALTER SYSTEM SET {setting}")
            administer(str(folder), "SELECT pg_reload_conf()")
        return str(folder)


def administer(server: str, statement: str) -> None:
    with psycopg.connect(f"host={server} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


def run(command: list[str], environment: dict[str, str]) -> str:
    """Runs a command to its end and gives what it printed; raises with what it said when it fails."""
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def keeping(folder: Path) -> Iterator[Keeper]:
    with Keeper(folder) as keeper:
        yield keeper
