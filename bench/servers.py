"""Programs served by gunicorn on loopback, and the processor time they take."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.services import end_with_parent, tail
from tools.settings import ROOT

PROCESSES = 2
LONGEST_START = 90
TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A served program; `database` is the process of PostgreSQL, 0 on SQLite."""

    port: int
    process: subprocess.Popen[bytes]
    database: int

    def used(self) -> tuple[float, float]:
        """Seconds of processor time so far: of the web processes, and of PostgreSQL for them."""
        web = sum(_running_time(child) for child in children(self.process.pid))
        if not self.database:
            return web, 0.0
        # A finished parallel worker of a query counts with the process that waited for it.
        ended = sum(_stat(self.database)[13:15]) * TICK
        return web, ended + sum(_running_time(child) for child in children(self.database))


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if _stat(int(entry.name))[1] == parent:
                found.append(int(entry.name))
    return found


def _stat(process: int) -> list[int]:
    """proc(5): 1 is the parent, 11 and 12 the own time, 13 and 14 the time of children that ended."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return [0, *(int(word) for word in words[1:20])]


def _running_time(process: int) -> float:
    """To the nanosecond where the kernel counts it so, else in its ticks."""
    try:
        tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
        exact = sum(int(task.read_text().split()[0]) for task in tasks)
        return exact / 1e9 if exact else sum(_stat(process)[11:13]) * TICK
    except OSError:
        return 0.0


@contextlib.contextmanager
def serving(program: str, environment: dict[str, str], *, log: Path, database: int = 0) -> Iterator[Server]:
    """`bench.PROGRAM:application` in two processes; returns when it answers."""
    port = _free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--workers", str(PROCESSES), "--bind", f"127.0.0.1:{port}",
        "--no-control-socket", "--log-level", "warning", f"bench.{program}:application",
    ]  # fmt: skip
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    try:
        _wait(process, port, log)
        yield Server(port, process, database)
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + LONGEST_START
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"gunicorn did not start:\n{tail(log)}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
