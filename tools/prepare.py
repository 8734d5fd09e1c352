"""Brings the database of this machine up to the code: tables, permissions, presets."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.settings import ROOT, environment, home, make_directories, run_directory

SOURCES = ("app/**/*.py", "app/**/*.csv", "migrations/**/*.py", "config.py", "locks/run.txt")


class NotPrepared(Exception):
    """The deploy commands failed; they have said why on standard error. Carries its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def database_is_prepared() -> bool:
    """Whether nothing changed since `prepare_database` last came through."""
    stamp = run_directory() / "prepared"
    return stamp.exists() and stamp.read_text() == _fingerprint()


def prepare_database() -> str:
    """Runs the deploy commands; gives what `sync` tells people (in demo mode the log-ins)."""
    make_directories()
    with locked(run_directory() / "prepare.lock"):
        fingerprint = _fingerprint()
        told = _deploy()
        (run_directory() / "prepared").write_text(fingerprint)
    return told


def _deploy() -> str:
    command = [sys.executable, "-m", "tools.deploy"]
    done = subprocess.run(
        command, env=environment(), stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise NotPrepared(done.returncode)
    return done.stdout


def _fingerprint() -> str:
    """Code, database and the file of the embedded one: a changed checkout or a lost file prepares anew."""
    digest = hashlib.sha256(os.environ.get("DATABASE_URL", "").encode())
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    if not os.environ.get("DATABASE_URL"):
        digest.update(str(sorted(_database_files())).encode())
    return digest.hexdigest()


def _database_files() -> Iterator[str]:
    return (path.name for path in home().glob("*.db"))


@contextmanager
def locked(path: Path) -> Iterator[IO[str]]:
    """Holds the lock of a file for the block, waiting for whoever has it."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
