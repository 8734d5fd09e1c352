"""`run.py bench`: server CPU of our pages, of the same in stock Flask-AppBuilder, and of the floor.

    --rows 10000,100000     sizes to build and measure
    --backends sqlite       sqlite, postgresql or both
    --keep FOLDER           where built databases stay, so that a second run need not build them
    --batches, --requests   how often each page is asked for

All in one run. The answer is Markdown on standard output (docs/performance.md); progress goes to standard
error. Linux only.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psycopg

from bench import build, grams
from bench.databases import Database, Keeper, keeping, run
from bench.pages import PAGES
from bench.runs import READERS, Results, Run
from bench.table import table


def measured(keeper: Keeper, backend: str, sizes: Sequence[int], asked: argparse.Namespace) -> str:
    """Builds what is missing, measures every size, and gives the Markdown of one database."""
    results = Results()
    for rows in sizes:
        database = keeper.database(backend, rows)
        build.build(database)
        rebuild_search(database, keeper.queue)
        grams.index(database)
        Run(keeper, database, results, asked.batches, asked.requests).go()
    notes = "".join(f"* {note}\n" for note in results.notes)
    lines = [
        line
        for login, _scoped in READERS
        for page in PAGES
        if (line := results.lines.get((page.name, login)))
    ]
    return f"## {_title(backend, keeper)}\n\n{notes}\n{table(lines, sizes)}"


def rebuild_search(database: Database, queue: str) -> None:
    """The program's own index of fragments, where it has a command for it."""
    environment = database.environment(queue)
    command = [sys.executable, "-m", "tools.command"]
    if not database.marked("search") and "search" in run([*command, "--help"], environment).split():
        run([*command, "search", "rebuild"], environment)
        build.gather_statistics(database)
        database.mark("search")


def _title(backend: str, keeper: Keeper) -> str:
    if backend == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with psycopg.connect(f"host={keeper.folder / 'postgres'} user=postgres dbname=postgres") as line:
        return f"PostgreSQL {line.execute('SHOW server_version').fetchone()[0]}"  # type: ignore[index]


def machine() -> str:
    """What was measured on, in general words."""
    named = [f"{name} {version(name)}" for name in ("SQLAlchemy", "Flask-AppBuilder", "gunicorn")]
    python = ".".join(str(part) for part in sys.version_info[:3])
    return f"{os.cpu_count()} cores, CPython {python}, {', '.join(named)}."


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="run.py bench", description="What pages cost, beside peer and floor."
    )
    parser.add_argument("--rows", default="10000,100000,1000000")
    parser.add_argument("--backends", default="sqlite,postgresql")
    parser.add_argument("--keep", default=str(Path(tempfile.gettempdir()) / "zhangfang-bench"))
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10)
    asked = parser.parse_args(arguments)
    sizes = sorted(int(size) for size in asked.rows.split(","))
    print(f"Measured on {machine()}\n")
    with keeping(Path(asked.keep)) as keeper:
        for backend in asked.backends.split(","):
            print(measured(keeper, backend, sizes, asked), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
