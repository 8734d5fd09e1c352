"""The floor's index of fragments: every two neighbouring signs of a name, every three of a number."""

from __future__ import annotations

import contextlib
import itertools

from bench.databases import Database


def grams_of(text: str) -> list[str]:
    """The grams of a text; digits by threes, everything else by twos."""
    found: dict[str, None] = {}
    for digits, signs in itertools.groupby(text, str.isdecimal):
        part, width = "".join(signs), 3 if digits else 2
        found |= dict.fromkeys(part[at : at + width] for at in range(len(part) - width + 1))
    return [gram for gram in found if gram.isalnum()]


def index(database: Database) -> None:
    """Make the index and the floor's audit table, once."""
    if database.marked("floor"):
        return
    sqlite = database.backend == "sqlite"
    with contextlib.closing(database.connect()) as connection:
        rows = connection.execute("SELECT id, name, number FROM customer").fetchall()
        # Left by a run that was interrupted.
        connection.execute("DROP TABLE IF EXISTS bench_gram")
        connection.execute("DROP TABLE IF EXISTS bench_audit")
        connection.execute("CREATE TABLE bench_audit (customer_id bigint, what text)")
        if sqlite:
            connection.execute("CREATE VIRTUAL TABLE bench_gram USING fts5(grams, content='', detail=none)")
            connection.executemany(
                "INSERT INTO bench_gram (rowid, grams) VALUES (?, ?)",
                ((key, " ".join((*grams_of(name), *grams_of(number)))) for key, name, number in rows),
            )
        else:
            connection.execute("CREATE TABLE bench_gram (customer_id bigint PRIMARY KEY, grams text[])")
            with connection.cursor().copy("COPY bench_gram FROM STDIN") as stream:
                for key, name, number in rows:
                    stream.write_row((key, [*grams_of(name), *grams_of(number)]))
            connection.execute("CREATE INDEX ix_bench_gram ON bench_gram USING gin (grams)")
            connection.execute("ANALYZE bench_gram")
        connection.commit()
    database.mark("floor")
