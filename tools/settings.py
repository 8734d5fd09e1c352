"""Where the one-machine start keeps things, and what the processes of the program are told."""

from __future__ import annotations

import os
from pathlib import Path

from tools import services

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The folder of everything kept: `ZHANGFANG_HOME`, else `instance` beside the program."""
    return Path(os.environ.get("ZHANGFANG_HOME") or ROOT / "instance").absolute()


def run_directory() -> Path:
    """What only a running program needs: its lock, its address, the socket of its Valkey."""
    return home() / "run"


def log_directory() -> Path:
    return home() / "log"


def make_directories() -> None:
    """The folders of everything kept, which only their owner may enter."""
    for folder in (home(), run_directory(), log_directory()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def has_own_queue() -> bool:
    """Whether somebody else runs the Valkey or Redis."""
    return bool(os.environ.get("REDIS_URL"))


def environment() -> dict[str, str]:
    """The environment of every process of the program on this machine."""
    queue = os.environ.get("REDIS_URL") or services.valkey_url(
        services.private_socket_directory(run_directory())
    )
    return {
        **os.environ,
        "ZHANGFANG_HOME": str(home()),
        "REDIS_URL": queue,
        "FLASK_APP": str(ROOT / "app" / "factory.py"),
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }
