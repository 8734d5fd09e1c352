"""`import prospects FILE`, `import undo ID`: the same code path as the screen."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from app.exchange.importable import importable
from app.exchange.models import ImportRun
from app.exchange.operations import (
    Content,
    Outcome,
    go_through,
    note_outcome,
    read_file,
    undo,
    write_refused_rows,
)
from app.org.identity import identity_of_login
from app.platform import clock
from app.platform.access import SYSTEM, Identity
from app.platform.errors import BusinessError
from app.platform.unit_of_work import system_reading, system_work

imports = AppGroup("import", help="Bring a sheet in, or take a whole import back.")


@imports.command("prospects")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON: column → field.",
)
@click.option("--dry-run", is_flag=True, help="Check only; nothing is written.")
@click.option("--on-collision", type=click.Choice(["skip", "new"]), default="skip")
@click.option("--as", "login", required=True, help="Whose prospects they become.")
@click.option("--json", "as_json", is_flag=True)
def prospects(
    file: Path, map_file: Path | None, dry_run: bool, on_collision: str, login: str, as_json: bool
) -> None:
    """Import prospects. Exit 1 when rows were refused; they are written beside the file."""
    who = _identity(login)
    who.require("can_import", "customer")
    with system_reading(who) as session:
        allowed = importable(session, who)
    content = read_file(file, allowed, _mapping(map_file))
    run_id = None if dry_run else _new_run(who, file, on_collision)
    outcome = go_through(who, content, on_collision=on_collision, run_id=run_id, progress=_tell)
    if run_id is not None:
        with system_work(who) as session:
            run = session.get_one(ImportRun, run_id)
            note_outcome(run, content, outcome)
            run.state, run.finished_at = "done", clock.now()
    _answer(file, content, outcome, run_id, as_json=as_json)
    if outcome.refused or outcome.collisions:
        sys.exit(1)


def _answer(file: Path, content: Content, outcome: Outcome, run_id: int | None, *, as_json: bool) -> None:
    if outcome.refused or outcome.collisions:
        write_refused_rows(file.with_suffix(".refused.xlsx"), content, outcome)
    if as_json:
        answer: dict[str, Any] = {
            "read": outcome.read,
            "accepted": outcome.accepted,
            "refused": [
                {k: str(v) if k != "line" else v for k, v in asdict(r).items()} for r in outcome.refused
            ],
            "collisions": [{"line": c.line, "kind": c.kind, "with": c.met} for c in outcome.collisions],
            "import_id": run_id,
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(
        f"read {outcome.read}, accepted {outcome.accepted}, refused {len(outcome.refused)}, "
        f"collisions {len(outcome.collisions)}" + (f", import {run_id}" if run_id else "")
    )


@imports.command("undo")
@click.argument("run_id", type=int)
@click.option("--as", "login", required=True, help="Who takes it back.")
@click.option("--json", "as_json", is_flag=True)
def undo_(run_id: int, login: str, as_json: bool) -> None:
    """Take a whole import back; lists what it kept because somebody changed it since."""
    with system_work(_identity(login)) as session:
        run = session.get(ImportRun, run_id)
        if run is None:
            raise BusinessError(f"no import {run_id} of yours", code="unknown_import")
        removed, kept = undo(session, run)
    click.echo(
        json.dumps({"removed": removed, "kept": kept})
        if as_json
        else f"removed {removed}, kept {len(kept)}: {kept}"
    )


def _identity(login: str) -> Identity:
    with system_reading(SYSTEM) as session:
        return identity_of_login(session, login)


def _new_run(who: Identity, file: Path, on_collision: str) -> int:
    with system_work(who) as session:
        run = ImportRun(
            person_id=who.person_id,
            file_name=file.name,
            on_collision=on_collision,
            state="importing",
            created_at=clock.now(),
        )
        session.add(run)
        session.flush()
        return run.id


def _mapping(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
        return {str(int(key)): str(value) for key, value in mapping.items()}
    except (ValueError, AttributeError):
        raise BusinessError(
            'the mapping must be JSON like {"0": "name", "3": "mobile"}', code="mapping"
        ) from None


def _tell(done: int, total: int) -> bool:
    click.echo(f"{done} of {total} rows", err=True)
    return True
