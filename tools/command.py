"""`run.py WORD …`: a command of the program, in a prepared environment with a prepared database."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from tools import deploy, prepare

# Deploy words prepare the database themselves; help needs none.
NEEDS_NO_DATABASE = {"migrate", "sync", "-h", "--help"}


def main(arguments: Sequence[str]) -> None:
    app = deploy.load()
    if not NEEDS_NO_DATABASE.intersection(arguments) and not prepare.database_is_prepared():
        print("Preparing the database …", file=sys.stderr, flush=True)
        # What the deploy words tell is progress here; standard output belongs to the answer.
        with contextlib.redirect_stdout(sys.stderr):
            deploy.deploy(app)
    with app.app_context():
        app.cli.main(list(arguments), prog_name="run.py")


if __name__ == "__main__":
    main(sys.argv[1:])
