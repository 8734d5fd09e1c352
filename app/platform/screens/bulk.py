"""One transition for many rows, at once or as a job: each row in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.platform.access import Identity, identity_of, identity_of_id
from app.platform.entity import Entity, entity_named
from app.platform.errors import BusinessError, NotAllowed
from app.platform.lifecycle import Transition
from app.platform.screens import listing
from app.platform.screens.base import typed
from app.platform.screens.fields import build_form
from app.platform.shaping import shaped
from app.platform.task_running import TaskContext, task
from app.platform.tasks import TaskRun
from app.platform.unit_of_work import system_reading, system_work

KIND = "bulk-transition"
MOST = 20_000
MOST_FAILURES = 100
OWN_KEYS = frozenset({"csrf_token", "all", "query", "confirmed", "next", "token", "ids"})

Work = Callable[[], AbstractContextManager[Session]]


def ids_of(session: Session, wanted: listing.ListRequest, identity: Identity) -> list[int]:
    """The rows a list request holds, oldest first. Raises BusinessError above the limit of one go."""
    model = wanted.entity.model
    statement = listing.matching(wanted, identity, session).with_only_columns(model.id).order_by(model.id)
    ids = list(session.scalars(statement.limit(MOST + 1)))
    if len(ids) > MOST:
        raise BusinessError(
            _("These are more than %(most)s rows. Filter the list and take them in parts.", most=f"{MOST:,}"),
            code="too_many",
        )
    return ids


def perform_one(work: Work, entity: Entity, pk: int, name: str, data: Mapping[str, Any]) -> str | None:
    """Carry the transition out for one row; why not, with the row's name, when it was refused."""
    assert entity.lifecycle is not None
    try:
        with work() as session:
            entity.lifecycle.perform(session, pk, name, data=data)
    except BusinessError as refusal:
        with work() as session:
            row = session.scalars(select(entity.model).where(entity.model.id == pk)).first()
            title = entity.title(row) if row is not None else _("no such record")
        return f"{title}: {'; '.join(str(part) for part in (refusal.reasons or [refusal.message]))}"
    return None


def already_running(session: Session, params: Mapping[str, Any]) -> bool:
    """Whether this person's same work on the same list is under way, say from another tab."""
    open_runs = select(TaskRun).where(
        TaskRun.kind == KIND,
        TaskRun.person_id == identity_of(session).person_id,
        TaskRun.state.in_(("queued", "running")),
    )
    return any(run.params == params for run in session.scalars(open_runs))


@task(KIND)
def run(context: TaskContext) -> dict[str, Any]:
    """Carry the transition out for all rows of the list the person saw, in their name and scope."""
    entity = entity_named(context.params["entity"])
    assert entity.lifecycle is not None
    transition = entity.lifecycle.transitions[context.params["transition"]]
    ids, data = _asked(context, entity, transition)
    done, failures = 0, []
    for place, pk in enumerate(ids, start=1):
        if context.cancelled():
            break
        try:
            who = _person(context, entity, transition)
        except NotAllowed as refusal:
            raise BusinessError(
                _("Stopped after %(done)s of %(count)s rows.", done=place - 1, count=len(ids)), refusal
            ) from refusal
        failure = perform_one(partial(system_work, who), entity, pk, transition.name, data)
        done += failure is None
        failures += [failure] if failure is not None else []
        context.progress(place, len(ids), _note(done, failures))
    return {"done": done, "failed": len(failures), "failures": failures[:MOST_FAILURES]}


def _person(context: TaskContext, entity: Entity, transition: Transition) -> Identity:
    """Whoever started this, with the rights of this moment. Raises NotAllowed when those are gone."""
    with system_reading() as session:
        who = identity_of_id(session, context.person_id)
    who.require(transition.permission, entity.grants_of)
    return who


def _asked(
    context: TaskContext, entity: Entity, transition: Transition
) -> tuple[list[int], Mapping[str, Any]]:
    """The rows of the list, and the answers as they were typed."""
    params, who = context.params, _person(context, entity, transition)
    with system_reading(who) as session:
        shape = shaped(session, entity, who)
        ids = ids_of(session, listing.read_request(shape, dict(parse_qsl(params["query"]))), who)
        answers = MultiDict((key, value) for key, values in params["answers"].items() for value in values)
        form = build_form(transition.asks, session=session, answers=answers)
        if not form.validate():
            raise BusinessError(_("The answers no longer fit; start again."), code="answers")
        return ids, typed(form)


def _note(done: int, failures: list[str]) -> str:
    if not failures:
        return _("Done for %(count)s.", count=done)
    first = "; ".join(failures[:3])
    return _("Done for %(done)s, refused for %(failed)s: %(why)s", done=done, failed=len(failures), why=first)
