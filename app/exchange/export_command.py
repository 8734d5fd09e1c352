"""`export KIND`: a list as a file, with the columns, filters, rights and rows of whoever it is made as."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from app.org.identity import identity_of_login
from app.platform import audit
from app.platform.access import SYSTEM, Identity
from app.platform.entity import Entity, entities
from app.platform.errors import BusinessError
from app.platform.screens import columns, exporting, listing
from app.platform.shaping import shaped
from app.platform.sheet_writing import write_table
from app.platform.unit_of_work import system_reading, system_work


@click.command("export")
@click.argument("kind")
@click.option("--filter", "filters", multiple=True, help="field__operator=value, as in the list's address.")
@click.option("--search", default="", help="Words the list is searched for.")
@click.option("--tab", default="", help="A ready-made view of the list; default its first.")
@click.option("--sort", default="", help="A field, with - before it from large to small.")
@click.option(
    "--columns", "names", default="", help="Fields, separated by commas; default those of the list."
)
@click.option("--format", "file_format", type=click.Choice(["csv", "xlsx"]), default="csv")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: print it.")
@click.option("--as", "login", help="Whose rights and rows apply; without it the system's.")
def export(
    kind: str,
    filters: tuple[str, ...],
    search: str,
    tab: str,
    sort: str,
    names: str,
    file_format: Any,
    output: Path | None,
    login: str | None,
) -> None:
    """Write the rows of a list to a file. KIND is the name of the list: prospect, contract, company …"""
    entity = _entity(kind)
    who = _identity(login)
    who.require("can_export", entity.grants_of)
    asked = {**_pairs(filters), "q": search, "tab": _tab(entity, tab), "sort": sort}
    with system_reading(who) as session:
        shape = _with_columns(shaped(session, entity, who), names)
        wanted = listing.read_request(shape, asked)
        count = listing.count_rows(session, wanted, who)
    _write_down(who, entity, asked | {"cols": ",".join(shape.list_fields)}, file_format, count)
    with system_reading(who) as session:
        written = _write(session, wanted, who, output, file_format)
    click.echo(f"{written} rows" + (f" in {output}" if output else ""), err=True)


def _entity(kind: str) -> Entity:
    found = entities().get(kind)
    if found is None:
        raise BusinessError(
            f"no list {kind!r}; there are: {', '.join(sorted(entities()))}", code="unknown_list"
        )
    return found


def _identity(login: str | None) -> Identity:
    if login is None:
        return SYSTEM
    with system_reading() as session:
        return identity_of_login(session, login)


def _pairs(filters: Sequence[str]) -> dict[str, str]:
    """The filters as an address holds them. A second word on the same would silently undo the first."""
    found: dict[str, str] = {}
    for text in filters:
        key, sign, value = text.partition("=")
        if not sign or "__" not in key:
            raise BusinessError(f"a filter reads field__operator=value, not {text!r}", code="filter")
        if key in found:
            raise BusinessError(f"{key} is given twice; separate values by commas", code="filter")
        found[key] = value
    return found


def _tab(entity: Entity, name: str) -> str:
    known = [tab.name for tab in entity.tabs]
    if name and name not in known:
        raise BusinessError(f"no view {name!r}; there are: {', '.join(known)}", code="unknown_tab")
    return name


def _with_columns(shape: Entity, names: str) -> Entity:
    """The columns asked for; unlike an old address, a command that names one there is not is refused."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    offered = [field.name for field in shape.columns]
    unknown = [name for name in wanted if name not in offered]
    if unknown:
        raise BusinessError(
            f"no column {', '.join(unknown)}; there are: {', '.join(offered)}", code="unknown_column"
        )
    return columns.with_columns(shape, tuple(dict.fromkeys(wanted)) or shape.list_fields)


def _write_down(who: Identity, entity: Entity, asked: dict[str, str], kind: str, count: int) -> None:
    """Who took what along, before the first row goes out."""
    told = "&".join(f"{key}={value}" for key, value in asked.items() if value)[:1000]
    with system_work(who) as session:
        audit.record(session, "export", entity.name, list=told, format=kind, rows=count)


def _write(
    session: Session, wanted: listing.ListRequest, who: Identity, output: Path | None, kind: Any
) -> int:
    shape, written = wanted.entity, 0

    def counted() -> Any:
        nonlocal written
        for row in exporting.rows_of(session, wanted, who):
            written += 1
            yield row

    heads = [str(shape.field(name).label) for name in shape.list_fields]
    try:
        write_table(output or sys.stdout.buffer, heads, counted(), format=kind)
    except OSError as fault:
        raise BusinessError(f"{output} cannot be written: {fault.strerror}", code="output") from None
    return written
