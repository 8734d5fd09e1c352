"""`run.py test` and `run.py check`: what the tests need from Debian, then checks or everything."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import bootstrap
from tools.settings import ROOT

PROGRAMS = Path(sys.executable).parent

CHECKS: dict[str, list[str]] = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
    "dependencies": ["deptry", "."],
}
"""What must hold about the code itself; each is a test as well (tests/commands/test_checks.py)."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(arguments: Sequence[str]) -> int:
    word, rest = arguments[0], arguments[1:]
    if word == "check":
        return check()
    install_system_packages()
    return run_pytest(rest)


def check() -> int:
    """Runs every check and lets each speak for itself; 1 when one of them failed."""
    failed = [name for name in CHECKS if run_check(name).returncode]
    bootstrap.say(f"Failed: {', '.join(failed)}" if failed else "All checks hold.")
    return 1 if failed else 0


def run_check(name: str, *, capture: bool = False) -> subprocess.CompletedProcess[str]:
    program, *rest = CHECKS[name]
    return subprocess.run(
        [str(PROGRAMS / program), *rest], cwd=ROOT, capture_output=capture, text=True, check=False
    )


def run_pytest(arguments: Sequence[str]) -> int:
    """Everything on two processes, or just what the arguments ask for."""
    chosen = list(arguments) or ["-n", "2", "--dist", "loadfile"]
    return subprocess.run([sys.executable, "-m", "pytest", *chosen], cwd=ROOT, check=False).returncode


def browser() -> str | None:
    """The Chromium that browser tests drive."""
    chosen = os.environ.get("ZHANGFANG_TEST_BROWSER")
    return chosen or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def install_system_packages() -> None:
    """Gets the browser, its Chinese font and a library of its driver; says loudly when it cannot."""
    missing = []
    if browser() is None:
        missing.append("chromium")
    if not _has_chinese_font():
        missing.append("fonts-noto-cjk")
    if sys.platform == "linux" and ctypes.util.find_library("atomic") is None:
        missing.append("libatomic1")
    if missing and not bootstrap.apt_install(*missing):
        bootstrap.say(
            f"\n!!! Missing and not installable here: {', '.join(missing)}.\n"
            "!!! Tests in the browser are SKIPPED (with CI=true they fail). Install these and run again.\n"
        )


def _has_chinese_font() -> bool:
    if shutil.which("fc-list"):
        return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())
    return any(Path("/usr/share/fonts").glob("**/NotoSansCJK*"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
