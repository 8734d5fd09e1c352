"""Remembers for which state of the code the database of this machine was prepared."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tools.settings import ROOT, home, make_directories, run_directory

SOURCES = ("app/**/*.py", "app/**/*.csv", "migrations/**/*.py", "config.py", "locks/run.txt")


def database_is_prepared() -> bool:
    """Whether nothing changed since the deploy words last came through."""
    stamp = run_directory() / "prepared"
    return stamp.exists() and stamp.read_text() == _fingerprint()


@contextmanager
def preparing() -> Iterator[None]:
    """One process at a time; what the block did is remembered when it ends well."""
    make_directories()
    with (run_directory() / "prepare.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        (run_directory() / "prepared").write_text(_fingerprint())


def _fingerprint() -> str:
    """Code, database and the file of the embedded one: a changed checkout or a lost file prepares anew."""
    digest = hashlib.sha256(os.environ.get("DATABASE_URL", "").encode())
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    digest.update(str(sorted(path.name for path in home().glob("*.db"))).encode())
    return digest.hexdigest()
