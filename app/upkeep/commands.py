"""`backup [DIR]` and `doctor`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask_babel import gettext as _

from app.upkeep.backup import back_up, default_folder
from app.upkeep.doctor import Health, examine


@click.command("backup")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a line.")
def backup(folder: Path | None, as_json: bool) -> None:
    """Copy database and files into a new folder below DIR and look at the copy."""
    made, manifest = back_up(folder or default_folder())
    if as_json:
        click.echo(json.dumps({"folder": str(made), **asdict(manifest)}, ensure_ascii=False))
        return
    click.echo(
        _(
            "%(folder)s: %(rows)s rows in %(tables)s tables, %(files)s files, %(size)s MB",
            folder=str(made),
            rows=sum(manifest.rows.values()),
            tables=len(manifest.rows),
            files=len(manifest.files),
            size=f"{manifest.bytes / 2**20:.1f}",
        )
    )


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def doctor(as_json: bool) -> None:
    """Look everything over: one line each, ok, warn or FAIL. Exit 1 when something fails."""
    findings = examine()
    failed = any(finding.health is Health.FAIL for finding in findings)
    if as_json:
        checks = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"ok": not failed, "checks": checks}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.health.value:<5}{finding.check}: {finding.words}")
    if failed:
        sys.exit(1)
