"""`search rebuild`: the fragment indexes anew from the rows."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.platform.database import engines
from app.platform.errors import BusinessError
from app.platform.fragment_indexes import Step, indexed, rebuild

search = AppGroup("search", help="The indexes behind searching by a fragment.")


@search.command("rebuild")
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
def rebuild_indexes(tables: tuple[str, ...]) -> None:
    """Build the indexes of all tables, or of some, anew. Writers wait meanwhile; readers do not."""
    known = indexed()
    unknown = sorted(set(tables) - known.keys())
    if unknown:
        raise BusinessError(f"no fragment index on {', '.join(unknown)}", code="unknown_table")
    wanted = [index for name, index in known.items() if not tables or name in tables]
    with engines().writer.begin() as connection:
        rebuild(connection, wanted, told)
    click.echo(f"rebuilt {len(wanted)}")


def told(step: Step) -> None:
    """One line of progress on standard error."""
    click.echo(f"{step.index.table}: {100 * step.done // max(step.total, 1)} %", err=True)
