"""`demo [--customers N] [--seed S]`."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask_babel import gettext as _

from app.demo.operations import fill, laid_down
from app.platform.errors import BusinessError
from app.platform.unit_of_work import system_reading, system_work


@click.command("demo")
@click.option("--customers", type=click.IntRange(1, 200_000), default=5_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same data.")
def demo(customers: int, seed: int) -> None:
    """Fill an empty database with customers in every stage. Refuses one that has customers of its own."""
    if not current_app.config["DEMO_MODE"]:
        raise BusinessError(_("Demo data belongs into demo mode; this is production."), code="production")
    with system_reading() as session:
        done_before = laid_down(session)
    if done_before:
        click.echo(_("The demo data is there already."))
        return
    label = _("Demo data")
    with (
        click.progressbar(length=customers, label=label, file=sys.stderr) as bar,
        system_work() as session,
    ):
        laid_down(session)
        written = fill(session, customers=customers, seed=seed, progress=bar.update)
    click.echo(
        _(
            "%(customers)s customers, %(contracts)s contracts, %(receipts)s receipts, %(rows)s rows in all",
            customers=written.get("customer", 0),
            contracts=written.get("contract", 0),
            receipts=written.get("receipt", 0),
            rows=sum(written.values()),
        )
    )
