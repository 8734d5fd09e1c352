"""`explain`: which rule lets a person do something, or keeps them from it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import select

from app.org.explaining import Explanation, Question, explain
from app.org.identity import identity_of_login
from app.org.models import Person
from app.platform.access import SYSTEM, Identity
from app.platform.errors import BusinessError
from app.platform.unit_of_work import system_reading

FORBIDDEN = 1


@click.command("explain")
@click.option("--person", required=True, metavar="LOGIN", help="Who wants to do it.")
@click.option("--entity", required=True, help="The kind of record, e.g. contract.")
@click.option("--action", required=True, help="The action or transition, e.g. edit or approve.")
@click.option("--row", default="", help="Id or number of the record; without it only the right is asked.")
@click.option("--field", default="", help="A field of the record.")
@click.option("--as", "login", metavar="LOGIN", help="Who asks; only what they may open is named.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def explain_command(
    person: str, entity: str, action: str, row: str, field: str, login: str | None, as_json: bool
) -> None:
    """Name the rule that lets a PERSON do something, or keeps them from it.

    Exit 0: they can; 1: they cannot; 2: wrong use.
    """
    person_id, viewer = _people(person, login)
    question = Question(person_id, entity, action.removeprefix("can_"), row, field)
    answer = explain(question, viewer)
    if as_json:
        click.echo(json.dumps(_document(answer, question, person), ensure_ascii=False))
    else:
        for step in answer.steps:
            click.echo(f"{'·' if step.ok is None else '✓' if step.ok else '✗'} {step.text}")
        click.echo(answer.sentence)
    raise SystemExit(0 if answer.allowed else FORBIDDEN)


def _people(person: str, login: str | None) -> tuple[int, Identity]:
    with system_reading() as session:
        person_id = session.scalar(select(Person.id).where(Person.username == person))
        if person_id is None:
            raise BusinessError(f"no account {person!r}", code="unknown_login")
        viewer = identity_of_login(session, login) if login else SYSTEM
    viewer.require("can_explain", "role")
    return person_id, viewer


def _document(answer: Explanation, question: Question, person: str) -> dict[str, Any]:
    return {
        "person": person,
        "entity": question.entity,
        "action": question.action,
        "row": answer.row_id,
        "allowed": answer.allowed,
        "steps": [asdict(step) for step in answer.steps],
        "sentence": answer.sentence,
    }
