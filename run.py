#!/usr/bin/env python3
"""Everything on one machine by one word: `python3 run.py` starts the program, `run.py WORD …` runs a command of it.

    run.py [--port N]         environment, database, presets, then web, worker, dispatcher and a private Valkey
    run.py test [ARGUMENTS]   installs what the tests need and runs them; arguments go to pytest
    run.py check              style, types, imports and dependencies only
    run.py WORD …             any command of the program (run.py --help lists them)

Needs Python 3.11 or newer and nothing else; see docs/operations.md for the settings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tools import bootstrap

DEVELOPER_WORDS = {"test", "check"}


def main(arguments: Sequence[str]) -> int:
    try:
        if arguments[:1] and arguments[0] in DEVELOPER_WORDS:
            bootstrap.ensure(bootstrap.RUN_LOCK, bootstrap.TEST_LOCK)
            _become("tools.suite", *arguments)
        bootstrap.ensure(bootstrap.RUN_LOCK)
        _become("tools.supervisor", *arguments)
    except bootstrap.Impossible as reason:
        bootstrap.say(str(reason))
        return 2
    return 0


def _become(module: str, *arguments: str) -> None:
    """Replaces this process, so that signals and exit codes need no passing on."""
    environment = {**os.environ, "PYTHONPATH": str(bootstrap.ROOT), "PYTHONSAFEPATH": "1"}
    os.execve(bootstrap.PYTHON, [str(bootstrap.PYTHON), "-m", module, *arguments], environment)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
