"""Keeps a throw-away PostgreSQL for one test run: `-m tests.postgres_keeper PID` ends with that process.

Prints the address as its only line.
"""

from __future__ import annotations

import os
import sys
import time

from tools.services import throwaway_postgres


def main(controller: int) -> None:
    with throwaway_postgres() as url:
        print(url, flush=True)
        os.close(sys.stdout.fileno())
        while _lives(controller):
            time.sleep(0.5)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]))
