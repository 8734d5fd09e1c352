"""The timeline of a customer as the page shows it: who did what, newest day first, remarks below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.customers.models import Comment
from app.platform import clock
from app.platform.access import Identity, identity_of
from app.platform.actors import Naming, naming
from app.platform.entity import entities
from app.platform.grants import declared
from app.platform.lifecycle import lifecycle_of
from app.platform.screens.cells import day_text
from app.platform.screens.history_page import words_of
from app.platform.timeline import TimelineEntry

SHOWN = 40
KINDS = ("all", "contact", "comment", "document")

_METHOD_ICONS = {
    "电话": "phone",
    "微信": "comment-dots",
    "上门": "person-walking",
    "邮件": "envelope",
    "短信": "message",
}
_KIND_ICONS = {
    "created": "user-plus",
    "assign": "user-pen",
    "share": "share-nodes",
    "give_up": "box-open",
    "recycle": "box-open",
    "claim": "hand",
    "sign": "handshake",
    "retain": "building-user",
}
_TONES = {
    "contract": "violet",
    "receipt": "success",
    "give_up": "warning",
    "recycle": "warning",
    "sign": "success",
}


@dataclass(frozen=True)
class Teller:
    """Tells a reader what happened, in words that keep to their field rights."""

    reader: Identity
    called: Naming

    @staticmethod
    def of(session: Session, entries: Sequence[TimelineEntry]) -> Teller:
        reader = identity_of(session)
        return Teller(reader, naming(session, reader, {entry.customer_id for entry in entries}))


def entries_of(
    session: Session, customer_id: int, identity: Identity, *, kind: str = "all", before: int | None = None
) -> Sequence[TimelineEntry]:
    """The newest entries the person may see, one more than shown when there are older ones.

    An entry shows only to who may open its subject. `before` is the id of the last entry seen.
    """
    statement = (
        select(TimelineEntry)
        .where(TimelineEntry.customer_id == customer_id)
        .where(TimelineEntry.subject.in_(_subjects_open_to(identity)))
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(SHOWN + 1)
    )
    if before is not None:
        statement = statement.where(TimelineEntry.id < before)
    return session.scalars(_of_kind(session, statement, kind, customer_id)).all()


def _subjects_open_to(identity: Identity) -> list[str]:
    return [entity for entity in declared() if identity.can("can_show", entity)]


def _of_kind(session: Session, statement: Select[Any], kind: str, customer_id: int) -> Select[Any]:
    if kind == "contact":
        return statement.where(TimelineEntry.kind == "follow_up")
    if kind == "document":
        return statement.where(TimelineEntry.subject != "customer")
    if kind == "comment":
        commented = session.scalars(select(Comment.follow_up_id).where(Comment.customer_id == customer_id))
        follow_up = TimelineEntry.details["follow_up_id"].as_integer()
        return statement.where(TimelineEntry.kind == "follow_up", follow_up.in_(set(commented)))
    return statement


def days_of(
    session: Session, entries: Sequence[TimelineEntry], *, comment_url: Any = None
) -> list[dict[str, Any]]:
    """The entries by day for parts/timeline.html. `comment_url` gives the dialog of a follow-up."""
    teller = Teller.of(session, entries)
    follow_ups = (entry.details.get("follow_up_id") for entry in entries)
    comments = _comments_on(session, [pk for pk in follow_ups if pk], teller)
    return [
        {
            "label": _day_label(day),
            "entries": [_shown(entry, teller, comments, comment_url) for entry in of_day],
        }
        for day, of_day in groupby(entries, key=lambda entry: clock.local(entry.at).date())
    ]


def _day_label(day: Any) -> str:
    near = abs((day - clock.today()).days) <= 1
    return f"{day_text(day)} {day:%m-%d}" if near else day_text(day)


def _comments_on(
    session: Session, follow_up_ids: Sequence[int], teller: Teller
) -> Mapping[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    if not follow_up_ids:
        return found
    statement = (
        select(Comment)
        .where(Comment.follow_up_id.in_(follow_up_ids))
        .options(joinedload(Comment.person))
        .order_by(Comment.id)
    )
    for comment in session.scalars(statement):
        actor = teller.called(comment.customer_id, comment.person_id, comment.person.name)
        found[comment.follow_up_id].append({"actor": actor, "time": _time(comment.at), "text": comment.text})
    return found


def _time(moment: Any) -> str:
    local = clock.local(moment)
    return f"{local:%H:%M}" if local.date() == clock.today() else f"{local:%m-%d %H:%M}"


def _shown(
    entry: TimelineEntry, teller: Teller, comments: Mapping[int, list[dict[str, str]]], comment_url: Any
) -> dict[str, Any]:
    follow_up_id = entry.details.get("follow_up_id")
    return {
        "icon": _icon(entry),
        "tone": _TONES.get(entry.kind) or _TONES.get(entry.subject) or ("info" if follow_up_id else None),
        "actor": teller.called(entry.customer_id, entry.actor_id, entry.actor),
        "text": words_of(entry, teller.reader),
        "time": f"{clock.local(entry.at):%H:%M}",
        "body": entry.body,
        "comments": comments.get(follow_up_id, []) if follow_up_id else [],
        "comment_dialog": comment_url(follow_up_id) if follow_up_id and comment_url else None,
        **_about(entry),
    }


def _icon(entry: TimelineEntry) -> str:
    if entry.kind == "follow_up":
        return _METHOD_ICONS.get(entry.details.get("method", ""), "comment")
    if entry.subject == "customer":
        return _KIND_ICONS.get(entry.kind, "circle-dot")
    entity = entities().get(entry.subject)
    return entity.icon if entity is not None else "circle-dot"


def _about(entry: TimelineEntry) -> dict[str, Any]:
    """The document an entry is about, with a link to it and the state it came to."""
    if entry.subject == "customer":
        return {}
    entity, lifecycle = entities().get(entry.subject), lifecycle_of(entry.subject)
    endpoint = f"{entity.detail_of}.show" if entity is not None else ""
    about: dict[str, Any] = {"link_text": entry.details.get("label") or ""}
    if endpoint in current_app.view_functions:
        about["link"] = url_for(endpoint, pk=entry.subject_id)
    state = entry.to_state or ""
    if lifecycle is not None and state in lifecycle.states and state != entry.from_state:
        about["label"] = str(lifecycle.label(state))
        about["label_tone"] = lifecycle.tone(state)
    return about


def pill_words() -> dict[str, str]:
    """The filters above the timeline."""
    return {"all": _("All"), "contact": _("Contacts"), "comment": _("Comments"), "document": _("Documents")}


def older_than(entries: Sequence[TimelineEntry]) -> int | None:
    """The cursor to older entries, None when everything is shown."""
    return entries[SHOWN - 1].id if len(entries) > SHOWN else None
