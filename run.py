#!/usr/bin/env python3
"""Zhangfang on one machine: `python3 run.py` starts everything, `python3 run.py WORD …` runs a command.

    run.py [--host A] [--port N]   environment, database, presets; then web, worker, dispatcher and queue
    run.py demo                    deterministic demo data into a database without real rows
    run.py test [ARGUMENTS]        installs what the tests need and runs them; arguments go to pytest
    run.py check                   style, types, imports and dependencies only
    run.py bench [ARGUMENTS]       what pages cost (docs/performance.md); `bench --help`
    run.py WORD …                  every other command of the program

Needs Python 3.11 or newer and nothing else. Settings: docs/operations.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tools import bootstrap

DEVELOPER_WORDS = ("test", "check", "bench")


def main(arguments: Sequence[str]) -> int:
    try:
        if arguments and arguments[0] in DEVELOPER_WORDS:
            python = bootstrap.ensure(bootstrap.RUN_LOCK, bootstrap.TEST_LOCK)
            module = "tools.suite"
            if arguments[0] == "bench":
                module, arguments = "bench.screens", arguments[1:]
        else:
            python = bootstrap.ensure(bootstrap.RUN_LOCK)
            module = _module_for(arguments)
    except bootstrap.Impossible as reason:
        bootstrap.say(str(reason))
        return 2
    # Becoming the program instead of calling it: signals and exit codes need no passing on. The folder a
    # person stands in stays out of the import path, whatever lies there.
    environment = {**os.environ, "PYTHONPATH": str(bootstrap.ROOT), "PYTHONSAFEPATH": "1"}
    os.execve(python, [str(python), "-m", module, *arguments], environment)


def _module_for(arguments: Sequence[str]) -> str:
    """Without a word everything starts; options before any word belong to the start."""
    starts = not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help"))
    return "tools.supervisor" if starts else "tools.command"


if __name__ == "__main__":
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
