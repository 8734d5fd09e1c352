"""`closing-check`: what contracts still need before they are closed (spec 6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError

from app.closing.checks import check_contract
from app.closing.findings import ContractCheck, LineCheck, Missing
from app.contracts.models import Contract
from app.org.identity import identity_of_login
from app.platform.access import SYSTEM
from app.platform.errors import BusinessError, NotAllowed
from app.platform.unit_of_work import system_reading

UNMET = 1


@click.command("closing-check")
@click.argument("contracts", nargs=-1, required=True, metavar="CONTRACT…")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option("--as", "login", metavar="LOGIN", help="Look with this person's rights; default: the system.")
def closing_check(contracts: Sequence[str], as_json: bool, login: str | None) -> None:
    """Say for each CONTRACT (its number) which closing checks are met and what is missing where.

    Exit 0: all met; 1: something is missing; 2: wrong use, or a contract nobody knows.
    """
    checks = _checks(contracts, login)
    if as_json:
        click.echo(json.dumps([_contract(check) for check in checks], ensure_ascii=False))
    else:
        for line in _words(checks):
            click.echo(line)
    raise SystemExit(0 if all(check.met for check in checks) else UNMET)


def _checks(numbers: Sequence[str], login: str | None) -> list[ContractCheck]:
    with system_reading() as session:
        identity = identity_of_login(session, login) if login else SYSTEM
        if not identity.can("can_list", "closing"):
            raise NotAllowed()
        session.info["identity"] = identity
        ids = [_contract_id(session, number) for number in dict.fromkeys(numbers)]
        return [check_contract(session, contract_id) for contract_id in ids]


def _contract_id(session: Session, number: str) -> int:
    found = session.scalar(select(Contract.id).where(Contract.number == number.strip()))
    if found is None:
        raise BusinessError(f"no contract {number!r}, or not for this account", code="unknown_contract")
    return found


def _contract(check: ContractCheck) -> dict[str, Any]:
    return {
        "contract": check.contract.number,
        "met": check.met,
        "lines": [_line(line) for line in check.lines],
    }


def _line(line: LineCheck) -> dict[str, Any]:
    return {
        "line": line.subject.name,
        "met": line.met,
        "checks": [
            {"name": f.name, "met": f.met, "missing": [_missing(m) for m in f.answer.missing]}
            for f in line.findings
        ],
    }


def _missing(missing: Missing) -> dict[str, Any]:
    note = f"（{missing.note}）" if str(missing.note) else ""
    return {"what": f"{missing.what}{note}", "link": _link(missing)}


def _link(missing: Missing) -> str | None:
    """The path of the screen where it is put right; None when there is none."""
    if missing.place is None:
        return None
    try:
        address = current_app.url_map.bind("localhost")
        return address.build(missing.place.endpoint, dict(missing.place.values))
    except BuildError:
        return None


def _words(checks: Sequence[ContractCheck]) -> list[str]:
    lines = []
    for check in checks:
        lines.append(f"{check.contract.number}: {'✓' if check.met else '✗'}")
        for line in check.lines:
            lines.append(f"  {line.subject.name}: {'✓' if line.met else '✗'}")
            lines += [
                f"    {finding.label}: {_missing(missing)['what']}"
                for finding in line.findings
                for missing in finding.answer.missing
            ]
    return lines
