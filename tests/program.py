"""The whole program as a person starts it, for tests that look at it from outside."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tools import services
from tools.settings import ROOT

START_SECONDS = 90
DYING_SECONDS = 60


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
        with (self.home / "printed.txt").open("w") as printed, (self.home / "said.txt").open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.supervisor"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=said,
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

    def kill(self) -> None:
        """Ends it without a word, as a power cut does; returns when nothing of it can write any more."""
        if self.process is not None:
            self.stop(signal.SIGKILL)
        end = time.monotonic() + DYING_SECONDS
        while alive := self._at_home():
            if time.monotonic() > end:
                raise RuntimeError(f"Still alive without their supervisor: {alive}")
            time.sleep(0.02)

    def _at_home(self) -> dict[int, str]:
        """Processes of this data folder, whoever started them; the unburied dead have no settings."""
        mine = f"ZHANGFANG_HOME={self.home}".encode()
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mine in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def supervise(self) -> subprocess.CompletedProcess[str]:
        """A start that is expected to refuse."""
        return self._run("tools.supervisor")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`run.py WORD …` against the same data folder."""
        return self._run("tools.command", *arguments)

    def _run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
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
                    module = words[2].removeprefix("app.") if words[1:2] == ["-m"] else None
                    name = module or (entry / "comm").read_text().strip()
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
