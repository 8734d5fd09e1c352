"""Makes the environment `.venv` out of the locks, on a machine that has nothing but Python and apt.

Only the standard library: this runs before anything is installed. Progress goes to standard error.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUN_LOCK = ROOT / "locks" / "run.txt"
TEST_LOCK = ROOT / "locks" / "test.txt"
MISSING_VENV = (
    "Python here cannot make environments and apt-get cannot help. "
    "Install the package python3-venv (or python3-pip-whl) and try again."
)


class Impossible(Exception):
    """The machine lacks something; the message is the one line to show a person."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def ensure(*locks: Path) -> Path:
    """The Python of an environment holding what the locks name; does nothing when it already does."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- it is the older Python that has to read this
        raise Impossible(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    with _one_at_a_time(ROOT / ".venv.lock"):
        if not _venv_is_ours():
            _create_venv()
        for lock in locks:
            _install(lock)
    return PYTHON


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another start to finish preparing the environment …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _identity() -> str:
    """What an environment is bound to: its place and the Python it was made with."""
    return f"{ROOT}\n{sys.version}\n"


def _venv_is_ours() -> bool:
    note = VENV / "made-for"
    return PYTHON.exists() and note.exists() and note.read_text() == _identity()


def _create_venv() -> None:
    say(f"Making the environment {VENV.name} …")
    if VENV.exists():
        shutil.rmtree(VENV)
    if not (_venv_with_pip() or (apt_install("python3-venv") and _venv_with_pip()) or _venv_with_wheel()):
        raise Impossible(MISSING_VENV)
    (VENV / "made-for").write_text(_identity())


def _venv_with_pip() -> bool:
    return _succeeds([sys.executable, "-m", "venv", "--clear", str(VENV)])


def _venv_with_wheel() -> bool:
    """For people who may not install packages: pip comes out of an unpacked Debian package."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return False
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        if not _download_package("python3-pip-whl", scratch):
            return False
        wheels = sorted((scratch / "usr/share/python-wheels").glob("pip-*.whl"))
        return (
            bool(wheels)
            and _succeeds([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
            and _succeeds(
                [str(PYTHON), f"{wheels[-1]}/pip", "install", "--no-index", "--quiet", str(wheels[-1])]
            )
        )


def _download_package(package: str, scratch: Path) -> bool:
    """Unpacks a Debian package below scratch; with lists of our own when the machine's are empty."""
    if not _succeeds(["apt-get", "download", package], cwd=scratch):
        state = scratch / "state"
        (state / "lists" / "partial").mkdir(parents=True)
        (state / "cache" / "archives" / "partial").mkdir(parents=True)
        own = [
            "-o", f"Dir::State::lists={state / 'lists'}",
            "-o", f"Dir::Cache={state / 'cache'}",
            "-o", "APT::Sandbox::User=",
        ]  # fmt: skip
        if not _succeeds(["apt-get", *own, "update"]):
            return False
        if not _succeeds(["apt-get", *own, "download", package], cwd=scratch):
            return False
    found = sorted(scratch.glob(f"{package}_*.deb"))
    return bool(found) and _succeeds(["dpkg-deb", "-x", str(found[-1]), str(scratch)])


def apt_prefix() -> list[str] | None:
    """How this person may call apt-get without being asked anything; None when not at all."""
    if shutil.which("apt-get") is None:
        return None
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return quiet
    if shutil.which("sudo") and _succeeds(["sudo", "-n", "true"]):
        return ["sudo", "-n", *quiet]
    return None


def apt_install(*packages: str) -> bool:
    """Installs Debian packages when allowed, fetching the package lists when the first try fails."""
    apt = apt_prefix()
    if apt is None:
        return False
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    say(f"Installing {' '.join(packages)} through apt-get …")
    return _succeeds(install) or (_succeeds([*apt, "update"]) and _succeeds(install))


def _install(lock: Path) -> None:
    """Installs exactly what the lock names, once per content of the lock."""
    stamp = VENV / f"installed-{lock.stem}"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"Installing what {lock.relative_to(ROOT)} names; the first time this takes a minute …")
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    done = subprocess.run(
        [*pip, "--only-binary", ":all:", "--require-hashes", "-r", str(lock)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Impossible(f"{done.stdout}\nThe packages could not be installed; pip says why above.")
    stamp.write_text(digest)


def _succeeds(command: Sequence[str], cwd: Path | None = None) -> bool:
    done = subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0
