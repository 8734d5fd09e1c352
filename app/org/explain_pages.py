"""Why can't they? One question per page, asked from a form or from the address of a refused page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, jsonify, render_template, request
from flask_appbuilder import BaseView, expose

from app.org.explaining import Explanation, Question, actions_of, explain
from app.org.explaining_rows import fields_of
from app.org.models import Person
from app.org.queries import people_like
from app.platform.database import db
from app.platform.errors import BusinessError
from app.platform.grants import declared
from app.platform.lifecycle import lifecycle_of
from app.platform.screens.guard import requires


class ExplainView(BaseView):
    """Person, deed and record; the answer is a list of the rules that were asked."""

    route_base = "/explain"
    class_permission_name = "role"

    @expose("/")
    @requires("can_explain")
    def index(self) -> Any:
        """The form, and the answer once it is asked; the question stands in the address."""
        asked = _from_address(request.args)
        answer: Explanation | None = None
        refusal: BusinessError | None = None
        if asked.person_id and asked.entity:
            try:
                answer = explain(asked, g.identity)
            except BusinessError as error:
                refusal = error
        page = render_template(
            "org/explain.html",
            asked=asked,
            person=_shown(asked.person_id),
            deeds=_deeds(),
            fields=[("", ""), *fields_of(asked.entity)],
            answer=answer,
            refusal=refusal,
        )
        return page, refusal.status if refusal else 200

    @expose("/people")
    @requires("can_explain")
    def people(self) -> Any:
        """Remote search for the person, closed accounts included: those are asked about, too."""
        found = list(db.session().scalars(people_like(request.args.get("q", "").strip()[:60]).limit(21)))
        results = [{"id": one.id, "text": one.name, "note": one.username} for one in found[:20]]
        return jsonify(results=results, more=len(found) > 20)


def _from_address(arguments: Mapping[str, str]) -> Question:
    person = arguments.get("person", "")
    entity, _dot, action = arguments.get("deed", "").partition(".")
    return Question(
        person_id=int(person) if person.isdecimal() and len(person) < 12 else 0,
        entity=entity,
        action=action,
        row=arguments.get("row", "").strip()[:200],
        field=arguments.get("field", ""),
    )


def _shown(person_id: int) -> str:
    person = db.session().get(Person, person_id) if person_id else None
    return f"{person.name} {person.username}" if person is not None else ""


def _deeds() -> list[tuple[str, str]]:
    """Every deed a person can do, as "ENTITY.ACTION" with its words; not what only the program does."""
    found = [("", "")]
    for entity, access in declared().items():
        lifecycle = lifecycle_of(entity)
        moves = lifecycle.transitions if lifecycle else {}
        found += [
            (f"{entity}.{name}", f"{access.label} · {words}")
            for name, words in actions_of(entity).items()
            if name not in moves or not moves[name].system
        ]
    return found
