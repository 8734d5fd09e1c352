"""Writes the locks anew out of pyproject.toml; needs uv, which only maintainers have."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# No index address: everybody installs from where their own pip is told to.
OPTIONS = [
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header",
    "--no-annotate", "--only-binary", ":all:", "--quiet",
]  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Arguments go to uv: `--upgrade`, `--upgrade-package NAME`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run, test = ROOT / "locks" / "run.txt", ROOT / "locks" / "test.txt"
    _compile(project["dependencies"], run, arguments)
    _compile(project["optional-dependencies"]["test"], test, ["--constraint", str(run), *arguments])


def _compile(requirements: Sequence[str], lock: Path, arguments: Sequence[str]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".in", delete=False) as source:
        source.write("\n".join(requirements))
        source.close()
        command = [
            os.environ.get("UV", "uv"),
            "pip",
            "compile",
            *OPTIONS,
            *arguments,
            source.name,
            "-o",
            str(lock),
        ]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
