"""`report list|run`: the same code path as the screen."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup

from app.org.identity import identity_of_login
from app.platform import clock
from app.platform.access import SYSTEM, Identity
from app.platform.errors import BusinessError
from app.platform.sheet_writing import write_table
from app.platform.unit_of_work import system_reading, system_work
from app.reports.definitions import REPORTS
from app.reports.operations import run_report, shown, typed

reports = AppGroup("report", help="Built-in reports: list them, run one.")
DAY = click.DateTime(["%Y-%m-%d"])


@reports.command("list")
def list_() -> None:
    """Names and titles."""
    for report in REPORTS.values():
        click.echo(f"{report.name}\t{report.label}")


@reports.command("run")
@click.argument("name")
@click.option("--from", "first", type=DAY, help="First day; default the first of this month.")
@click.option("--to", "last", type=DAY, help="Last day, included; default today.")
@click.option("--format", "kind", type=click.Choice(["text", "json", "csv", "xlsx"]), default="text")
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True))
@click.option("--as", "login", required=True, help="Run it with this person's rights and rows.")
def run(
    name: str, first: datetime | None, last: datetime | None, kind: str, output: str | None, login: str
) -> None:
    """Run a report and keep its snapshot."""
    if name not in REPORTS:
        raise BusinessError(f"no report {name!r}; there are: {', '.join(REPORTS)}", code="unknown_report")
    today = clock.today()
    with system_work(_identity(login)) as session:
        snapshot = run_report(
            session,
            name,
            first.date() if first else today.replace(day=1),
            last.date() if last else today,
        )
        answer = {
            "report": name,
            "columns": snapshot.columns,
            "rows": snapshot.rows,
            "totals": snapshot.totals,
            "snapshot": snapshot.id,
        }
    _write(answer, kind, output)


def _identity(login: str) -> Identity:
    with system_reading(SYSTEM) as session:
        return identity_of_login(session, login)


def _write(answer: dict[str, Any], kind: Any, output: str | None) -> None:
    units = [column["unit"] for column in answer["columns"]]
    rows = [*answer["rows"], answer["totals"]]
    if kind == "json":
        click.echo(json.dumps(answer, ensure_ascii=False))
    elif kind == "text":
        click.echo("\t".join(column["label"] for column in answer["columns"]))
        for row in rows:
            click.echo("\t".join(shown(value, unit) for value, unit in zip(row, units, strict=True)))
    else:
        values = ([typed(value, unit) for value, unit in zip(row, units, strict=True)] for row in rows)
        target: Any = output or sys.stdout.buffer
        write_table(target, [column["label"] for column in answer["columns"]], values, format=kind)
