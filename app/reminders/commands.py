"""`reminders plan|prove`: lay reminders down, and prove that none is missing."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import AppGroup

from app.platform import clock
from app.platform.errors import BusinessError
from app.platform.unit_of_work import system_reading, system_work
from app.reminders.planning import CATCH_UP, plan, prove

reminders = AppGroup("reminders", help="Reminders: lay them down, prove that none is missing.")
DAY = click.DateTime(["%Y-%m-%d"])


@reminders.command("plan")
@click.option("--until", type=DAY, help="Last day, included; default tomorrow.")
def plan_(until: datetime | None) -> None:
    """Lay down everything due from a month ago until the day."""
    today = clock.today()
    last = until.date() if until else today.fromordinal(today.toordinal() + 1)
    with system_work() as session:
        laid = plan(session, today - CATCH_UP, last)
    click.echo(f"laid down {laid}")


@reminders.command("prove")
@click.option("--from", "first", type=DAY, required=True)
@click.option("--to", "last", type=DAY, required=True)
@click.option("--json", "as_json", is_flag=True)
def prove_(first: datetime, last: datetime, as_json: bool) -> None:
    """Compare what every rule must produce with what is there. Exit 1 when something is missing."""
    if last < first:
        raise BusinessError("--to is before --from", code="interval")
    with system_reading() as session:
        proofs = prove(session, first.date(), last.date())
    if as_json:
        answer = {"from": str(first.date()), "to": str(last.date()), "rules": [asdict(p) for p in proofs]}
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for proof in proofs:
            click.echo(f"{proof.rule}: expected {proof.expected}, produced {proof.produced}")
    if any(proof.gap for proof in proofs):
        sys.exit(1)
