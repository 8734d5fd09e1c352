"""`tax-calendar YEAR`: the filing deadline of each month."""

from __future__ import annotations

import json

import click

from app.bookkeeping.filing_calendar import deadlines_of_year
from app.platform.unit_of_work import system_reading

FIRST_YEAR, LAST_YEAR = 2021, 2199


@click.command("tax-calendar")
@click.argument("year", type=click.IntRange(FIRST_YEAR, LAST_YEAR))
@click.option("--region", default="", help="With the notices of a region, as they were stored.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def tax_calendar(year: int, region: str, as_json: bool) -> None:
    """The filing deadline of each month of YEAR (2021 or later, since when the rule holds)."""
    with system_reading() as session:
        deadlines = deadlines_of_year(session, year, region=region.strip())
    rows = [
        {"month": f"{year}-{month:02}", "due": deadline.day.isoformat(), "source": deadline.source.value}
        for month, deadline in enumerate(deadlines, start=1)
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{row['month']}  {row['due']}  {row['source']}")
