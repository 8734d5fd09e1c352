"""`jobs state`, `jobs revive`: what waits, what died, and how to give it another chance."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from flask.cli import AppGroup

from app.platform.obligations.claims import standing
from app.platform.obligations.due_items import revive_dead
from app.platform.obligations.heartbeats import last_beats
from app.platform.unit_of_work import system_reading, system_work

jobs = AppGroup("jobs", help="Obligations: how they stand, and another chance for dead ones.")


@jobs.command("state")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def state(as_json: bool) -> None:
    """What is due and not done, how late the oldest is, what is dead, and when each process was seen."""
    with system_reading() as session:
        seen = {name: moment.isoformat() for name, moment in sorted(last_beats(session).items())}
        answer = {**asdict(standing(session)), "seen": seen}
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo("waiting {waiting}, oldest overdue {overdue_seconds} s, dead {dead}".format(**answer))
    for name, moment in seen.items():
        click.echo(f"{name} seen {moment}")


@jobs.command("revive")
@click.option("--kind", help="Only obligations of this kind.")
def revive(kind: str | None) -> None:
    """Try dead obligations again, after the cause was removed."""
    with system_work() as session:
        count = revive_dead(session, kind)
    click.echo(f"revived {count}")
