"""`collision VALUE…`: what the collision check answers (spec 6)."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy.orm import Session

from app.customers.collisions import Collision, collisions
from app.customers.contact_keys import ContactKind, guess_kind
from app.org.identity import identity_of_login
from app.platform.access import SYSTEM, Identity
from app.platform.errors import BusinessError
from app.platform.unit_of_work import system_reading

_LOCAL_NUMBER = (7, 8)


@click.command("collision")
@click.argument("values", nargs=-1, required=True, metavar="VALUE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
@click.option("--as", "login", metavar="LOGIN", help="Answer what this person may know.")
def collision(values: tuple[str, ...], as_json: bool, login: str | None) -> None:
    """Say whether a number or a company name is known, in which stage, and whose it is."""
    try:
        answers = _answers(values, login)
    except BusinessError as refusal:
        click.echo(str(refusal), err=True)
        raise SystemExit(2) from None
    if as_json:
        click.echo(json.dumps([_plain(answer) for answer in answers], ensure_ascii=False))
        return
    for answer in answers:
        click.echo(f"{answer.value}  {answer.kind}  {answer.stage}  {answer.owner or '-'}  {answer.reason}")


def _answers(values: tuple[str, ...], login: str | None) -> list[Collision]:
    blank = [value for value in values if not value.strip()]
    if blank:
        raise BusinessError("a value is empty", code="empty")
    with system_reading() as session:
        session.info["identity"] = _asker(session, login)
        return collisions(session, [pair for value in values for pair in _readings(value)])


def _asker(session: Session, login: str | None) -> Identity:
    if login is None:
        return SYSTEM
    identity = identity_of_login(session, login)
    identity.require("can_list", "customer")
    return identity


def _readings(value: str) -> list[tuple[str, str]]:
    """The kinds a bare text may be: a local landline looks like a QQ number, and the rest is a name."""
    kind = guess_kind(value)
    if kind is None:
        return [("name", value)]
    digits = value.strip()
    if kind is ContactKind.QQ and len(digits) in _LOCAL_NUMBER and digits[0] > "1":
        return [(ContactKind.QQ, value), (ContactKind.LANDLINE, value)]
    return [(kind, value)]


def _plain(answer: Collision) -> dict[str, Any]:
    return {
        "value": answer.value,
        "kind": answer.kind,
        "stage": answer.stage,
        "owner": answer.owner or None,
        "reason": str(answer.reason),
    }
