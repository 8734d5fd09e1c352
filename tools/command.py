"""`run.py WORD …`: a command of the program, in a prepared environment with a prepared database."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from flask.cli import cli

from tools import prepare, services
from tools.settings import environment

# Deploy words prepare the database themselves; help needs none.
NEEDS_NO_DATABASE = {"migrate", "sync", "-h", "--help"}


def main(arguments: Sequence[str]) -> int:
    try:
        if not NEEDS_NO_DATABASE.intersection(arguments) and not prepare.database_is_prepared():
            print("Preparing the database …", file=sys.stderr, flush=True)
            sys.stderr.write(prepare.prepare_database())
        os.environ |= environment()
    except prepare.NotPrepared as refused:
        return refused.code
    except services.ServiceError as reason:
        print(reason, file=sys.stderr)
        return 2
    cli.main(list(arguments), prog_name="run.py")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
