"""The command line (spec 6). Errors are one line on standard error; a traceback is a bug."""

from __future__ import annotations

from typing import Any

import click
from alembic import command
from alembic.config import Config
from flask import Flask, current_app

from app import presets
from app.bookkeeping.commands import tax_calendar
from app.closing.commands import closing_check
from app.configuration.commands import configuration
from app.customers.commands import collision
from app.demo.commands import demo
from app.exchange.commands import imports
from app.exchange.export_command import export
from app.org import bootstrap
from app.org.commands import users
from app.org.explain_command import explain_command
from app.platform import fragment_indexes
from app.platform.database import engines
from app.platform.errors import BusinessError
from app.platform.job_commands import jobs
from app.platform.search_commands import search, told
from app.platform.unit_of_work import system_work
from app.reminders.commands import reminders
from app.reports.commands import reports
from app.upkeep.commands import backup, doctor


def alembic_config() -> Config:
    """Alembic's settings for the current application's database."""
    from config import ROOT

    settings = Config(str(ROOT / "migrations" / "alembic.ini"))
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    return settings


@click.command("migrate")
def migrate() -> None:
    """Bring the database to the newest tables, and the indexes behind the search to what is declared."""
    command.upgrade(alembic_config(), "head")
    with engines().writer.begin() as connection:
        fragment_indexes.lay_down(connection, told)


@click.command("sync")
def sync() -> None:
    """Permissions, roles and presets; in demo mode also the demo staff, whose log-ins are printed."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with system_work() as session:
        lines = bootstrap.sync(session, app)
        presets.lay_down(session)
    for line in lines:
        click.echo(line)


def register(app: Flask) -> None:
    """Hang every command on the application."""
    for entry in (
        migrate,
        sync,
        users,
        explain_command,
        jobs,
        search,
        reminders,
        reports,
        imports,
        export,
        configuration,
        closing_check,
        collision,
        tax_calendar,
        backup,
        doctor,
        demo,
    ):
        app.cli.add_command(_in_words(entry))


class Refusal(click.ClickException):
    """A refusal on the command line: one line on standard error, exit 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(" ".join(self.message.split()), err=True, file=file)


def _in_words(entry: click.Command) -> click.Command:
    """Let the command answer refusals as the screens do: in words, never with a traceback."""
    invoke = entry.invoke

    def invoke_in_words(context: click.Context) -> Any:
        try:
            return invoke(context)
        except BusinessError as refusal:
            raise Refusal(str(refusal)) from refusal

    entry.invoke = invoke_in_words  # type: ignore[method-assign, assignment]
    return entry
