"""`run.py` without a word: prepares, keeps the processes of the program running, stops them in order.

A folder has one supervisor at a time: it holds a lock that its children inherit, so that nobody starts beside
what an earlier, killed supervisor may have left. Standard library only.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tools import services
from tools.settings import environment, has_own_queue, home, log_directory, make_directories, run_directory

POLL_SECONDS = 0.2
LONGEST_START = 60.0
LONGEST_BACK_OFF = 30.0
CALM_SECONDS = 60.0
"""After this long without a crash a process has earned a quick restart again."""
LARGEST_LOG = 20_000_000


class Refused(Exception):
    """Starting is not possible; the message is for the person who typed the command."""


@dataclass
class Child:
    """A process of the program that is to run for ever."""

    name: str
    module: str
    grace: float
    """Seconds it gets to finish what it is doing."""
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    crashes: int = 0
    again_at: float = field(default=0.0)

    @property
    def log(self) -> Path:
        return log_file(self.name)

    def start(self, keep_open: int) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                env={**environment(), "ZHANGFANG_SUPERVISOR": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches only the supervisor, which keeps the order.
                start_new_session=True,
                preexec_fn=services.end_with_parent,
                pass_fds=[keep_open],
            )
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def note_crash(self) -> None:
        """Puts the next start off: one second after the first crash, doubling up to half a minute."""
        assert self.process is not None
        now = time.monotonic()
        self.crashes = 1 if now - self.started_at > CALM_SECONDS else self.crashes + 1
        wait = min(LONGEST_BACK_OFF, 2.0 ** (self.crashes - 1))
        self.again_at = now + wait
        say(f"{self.name} ended with {self.process.returncode}, again in {wait:.0f} s. It said:")
        say(services.tail(self.log))
        self.process = None


def log_file(name: str) -> Path:
    return log_directory() / f"{name}.log"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Supervisor:
    def __init__(self, *, host: str, port: int, lock: int) -> None:
        self.host, self.port, self.lock = host, port, lock
        self.valkey: services.Service | None = None
        self.web = Child("web", "app.web", grace=10)
        self.dispatcher = Child("dispatcher", "app.dispatcher", grace=10)
        self.worker = Child("worker", "app.worker", grace=30)
        self.stops_asked = 0

    @property
    def children(self) -> tuple[Child, ...]:
        """In the order of stopping: nobody asks any more, nothing is handed out, work is finished."""
        return (self.web, self.dispatcher, self.worker)

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            self._start_valkey()
            say("Preparing the database …")
            told = prepare_database()
            say("Starting web, worker and dispatcher …")
            if not self.stops_asked:
                self._start_children()
            if not self.stops_asked:
                print(f"\nZhangfang 账房: http://{_shown(self.host)}:{self.port}\n{told}", flush=True)
                say(f"Data: {home()}   Logs: {log_directory()}   Stop: Ctrl-C")
            while not self.stops_asked:
                self._look_after()
                time.sleep(POLL_SECONDS)
            return 0
        finally:
            self._stop()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stops_asked += 1

    def _start_valkey(self) -> None:
        if has_own_queue():
            return
        self.valkey = services.start_valkey(
            data=home() / "valkey",
            socket_directory=services.private_socket_directory(run_directory()),
            log=log_file("valkey"),
            keep_open=[self.lock],
        )

    def _start_children(self) -> None:
        """Starts them all and waits until the web server answers."""
        for child in self.children:
            child.start(self.lock)
        end = time.monotonic() + LONGEST_START
        while not self.stops_asked and not _answers(self.host, self.port):
            if self.web.has_ended() or time.monotonic() > end:
                raise Refused(f"The web server did not start. It said:\n{services.tail(self.web.log)}")
            time.sleep(POLL_SECONDS)

    def _look_after(self) -> None:
        if self.valkey and self.valkey.process.poll() is not None:
            say(f"valkey ended with {self.valkey.process.returncode}, starting it again.")
            self._start_valkey()
        for child in self.children:
            if child.has_ended():
                child.note_crash()
            elif child.process is None and time.monotonic() >= child.again_at:
                child.start(self.lock)
            keep_small(child.log)

    def _stop(self) -> None:
        say("Stopping …")
        for child in self.children:
            self._stop_child(child)
        if self.valkey:
            self.valkey.stop()

    def _stop_child(self, child: Child) -> None:
        process = child.process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        end = time.monotonic() + child.grace
        impatient = self.stops_asked + 1
        while process.poll() is None:
            if time.monotonic() > end or self.stops_asked > impatient:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                say(f"{child.name} did not end by itself and was killed.")
                return
            time.sleep(0.05)


def keep_small(log: Path) -> None:
    """Moves what a long-running process wrote aside; it goes on writing at the start of the emptied file."""
    if log.stat().st_size > LARGEST_LOG:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _reachable(host: str) -> str:
    """Where a server listening on `host` answers on this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def _answers(host: str, port: int) -> bool:
    line = http.client.HTTPConnection(_reachable(host), port, timeout=5)
    try:
        line.request("GET", "/healthz", headers={"Host": _trusted_host()})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _trusted_host() -> str:
    """A name the program answers to; it need not be this machine's own."""
    return os.environ.get("TRUSTED_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".")


def prepare_database() -> str:
    """Runs the deploy words; gives what they tell people (in demo mode the log-ins)."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.deploy"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refused(f"{done.stdout}The database could not be prepared.")
    return done.stdout


def _require_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        raise Refused(
            f"Cannot listen on {_shown(host)}:{port} ({fault.strerror}). "
            f"Choose another port: run.py --port {port + 1}"
        ) from fault


def take_lock(address: str) -> int:
    """The lock of the data folder, held as long as this process or a child of it lives.

    Raises Refused naming the address of the supervisor that already runs here.
    """
    path = run_directory() / "lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + LONGEST_START
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            running = running_supervisor()
            if running:
                raise Refused(f"Zhangfang already runs at {running}.") from None
            if time.monotonic() > end:
                raise Refused("An earlier run has not ended yet; look for its processes.") from None
            time.sleep(POLL_SECONDS)
    _state_file().write_text(json.dumps({"pid": os.getpid(), "address": address}))
    return handle


def running_supervisor() -> str | None:
    """Address and process of the supervisor of this data folder, if one lives."""
    try:
        state = json.loads(_state_file().read_text())
        os.kill(state["pid"], 0)
    except (OSError, ValueError):
        return None
    return f"{state['address']} (process {state['pid']}, data {home()})"


def _state_file() -> Path:
    return run_directory() / "running.json"


def _arguments(arguments: Sequence[str]) -> tuple[str, int]:
    """Host and port, which the children read from the environment."""
    parser = argparse.ArgumentParser(prog="run.py", description="Start Zhangfang on this machine.")
    parser.add_argument("--host", default=os.environ.get("ZHANGFANG_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=os.environ.get("ZHANGFANG_PORT", "8000"))
    chosen = parser.parse_args(arguments)
    os.environ |= {"ZHANGFANG_HOST": chosen.host, "ZHANGFANG_PORT": str(chosen.port)}
    return chosen.host, chosen.port


def main(arguments: Sequence[str]) -> int:
    host, port = _arguments(arguments)
    try:
        make_directories()
        lock = take_lock(f"http://{_shown(host)}:{port}")
        try:
            _require_free(host, port)
            return Supervisor(host=host, port=port, lock=lock).run()
        finally:
            _state_file().unlink(missing_ok=True)
    except (Refused, services.ServiceError) as reason:
        say(str(reason))
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
