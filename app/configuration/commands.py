"""`config export|diff|apply`: the whole configuration as one readable file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.configuration.operations import Outcome, apply, export, export_text, preview
from app.configuration.places import FileRefused
from app.configuration.plan import OUTDATED
from app.configuration.shapes import Change
from app.org.identity import identity_of_login
from app.platform.access import SYSTEM, Identity
from app.platform.errors import BusinessError
from app.platform.unit_of_work import system_reading, system_work

configuration = AppGroup("config", help="The whole configuration as one readable file.")
AS = click.option("--as", "login", help="Act with this person's rights; the system account without it.")
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")


@configuration.command("export")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@AS
@JSON
def export_(file: Path | None, login: str | None, as_json: bool) -> None:
    """Write the configuration to FILE, or to standard output. With --json alone as JSON."""
    with system_reading(_identity(login)) as session:
        text = export_text(session)
        content, fingerprint = export(session)
    if file is not None:
        _save(file, text)
    if as_json:
        document = {"file": str(file)} if file is not None else content
        click.echo(json.dumps({"based_on": fingerprint, **document}, ensure_ascii=False))
    elif file is None:
        click.echo(text, nl=False)


@configuration.command("diff")
@click.argument("file", type=click.Path(path_type=Path))
@AS
@JSON
def diff(file: Path, login: str | None, as_json: bool) -> None:
    """Say in words what FILE would change; nothing is written."""
    content = _read(file)
    with system_reading(_identity(login)) as session:
        try:
            plan = preview(session, content)
        except FileRefused as refusal:
            raise _answered(refusal, as_json) from None
    if plan.is_outdated:
        click.echo(str(OUTDATED), err=True)
    outcome = Outcome(plan.all_changes, plan.waiting, plan.fingerprint)
    _tell(outcome, as_json, _("FILE and database say the same."))


@configuration.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@AS
@JSON
def apply_(file: Path, login: str | None, as_json: bool) -> None:
    """Make the database what FILE says, as a whole or not at all."""
    content = _read(file)
    try:
        with system_work(_identity(login)) as session:
            outcome = apply(session, content)
    except FileRefused as refusal:
        raise _answered(refusal, as_json) from None
    _tell(outcome, as_json, _("Nothing to change."))


def _identity(login: str | None) -> Identity:
    if login is None:
        return SYSTEM
    with system_reading(SYSTEM) as session:
        return identity_of_login(session, login)


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise _unusable(file, error) from None


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unusable(file, error) from None


def _unusable(file: Path, error: OSError) -> BusinessError:
    return BusinessError(f"{file}: {error.strerror}", code="file")


def _answered(refusal: FileRefused, as_json: bool) -> FileRefused:
    """With --json the faults stand on standard output as well, each by itself."""
    if as_json:
        faults = [{"path": fault.path, "message": str(fault.message)} for fault in refusal.faults]
        click.echo(json.dumps({"faults": faults}, ensure_ascii=False))
    return refusal


def _tell(outcome: Outcome, as_json: bool, nothing: str) -> None:
    if as_json:
        document = {
            "changes": [_plain(change) for change in outcome.changes],
            "waiting": outcome.waiting,
            "based_on": outcome.fingerprint,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for change in outcome.changes:
        click.echo(change.words)
    for words in outcome.waiting:
        click.echo(words)
    if not outcome.changes and not outcome.waiting:
        click.echo(nothing)


def _plain(change: Change) -> dict[str, Any]:
    plain = {"path": change.path, "kind": change.kind, "words": change.words}
    if change.kind == "changed":
        plain |= {"before": change.before, "after": change.after}
    return plain
