"""Why somebody can or cannot do something: every rule on the way, in the order the program asks them (ORG-6).

The verdict comes from the program itself: the person's identity, a statement under their row scope, the
lifecycle's own guards asked as that person. The words around it name the rule. Whoever asks learns rules and
colleagues, never what stands in a row they may not open: it stays a number, and figures become "…".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.org import explaining_rows as rows
from app.org import queries
from app.org.identity import identity_of_person
from app.org.models import Person
from app.org.roles import PRESET_ROLES
from app.platform import clock
from app.platform.access import FieldLevel, Identity, Level, Scoped, acting_as, visible
from app.platform.database import new_session
from app.platform.errors import BusinessError, NotFound
from app.platform.grants import declared
from app.platform.lifecycle import Transition, lifecycle_of


@dataclass(frozen=True)
class Question:
    """Who wants to do what. `action` is written without "can_"; `row` is an id, a number or an address."""

    person_id: int
    entity: str
    action: str
    row: str = ""
    field: str = ""


@dataclass(frozen=True)
class Step:
    """One rule asked: it allows, forbids (`ok` false) or only matters for what else happens (none)."""

    ok: bool | None
    rule: str
    text: str


@dataclass
class Explanation:
    """Every step, and the verdict: allowed when no step forbids."""

    person: str
    entity: str
    action: str
    row: str = ""
    row_id: int | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def allowed(self) -> bool:
        return all(step.ok is not False for step in self.steps)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, with the first rule that decides it."""
        words = {"person": self.person, "action": self.action, "what": self.row or self.entity}
        if self.allowed:
            return str(_("No rule stands against it, so %(person)s can %(action)s: %(what)s.", **words))
        why = next(step.text for step in self.steps if step.ok is False)
        return str(_("%(why)s So %(person)s cannot %(action)s: %(what)s.", why=why, **words))


def explain(question: Question, viewer: Identity) -> Explanation:
    """Ask every rule. Raises NotFound for an unknown person, BusinessError for an unknown right."""
    actions = actions_of(question.entity)
    if question.action not in actions:
        raise BusinessError(_("There is no such right."), code="unknown_right")
    with new_session(writes=False) as session:
        person = session.get(Person, question.person_id)
        if person is None:
            raise NotFound()
        who = identity_of_person(session, person)
        answer = Explanation(person.name, str(declared_label(question.entity)), str(actions[question.action]))
        answer.steps += _account(session, person)
        answer.steps += _grants(session, person, who, question)
        found = rows.find(session, question.entity, question.row) if question.row.strip() else None
    if question.row.strip():
        answer.steps += _row(question, who, viewer, found, answer)
    else:
        answer.steps += _reach(who, question.entity)
    if question.field:
        answer.steps += _field(question, who)
    return answer


def actions_of(entity: str) -> dict[str, Any]:
    """What can be asked about an entity: its declared actions and transitions, in words."""
    access = declared().get(entity)
    if access is None:
        raise BusinessError(_("There is no such kind of record."), code="unknown_entity")
    lifecycle = lifecycle_of(entity)
    moves = {name: move.label for name, move in lifecycle.transitions.items()} if lifecycle else {}
    return {**access.actions, **moves}


def declared_label(entity: str) -> Any:
    return declared()[entity].label


def role_words(names: Sequence[str]) -> str:
    return "、".join(str(PRESET_ROLES.get(name, name)) for name in names)


def _account(session: Any, person: Person) -> Iterator[Step]:
    if not person.active:
        yield Step(False, "account", _("The account is closed."))
        return
    if person.must_change_password:
        text = _("The password was given by somebody else: nothing opens until a new one is chosen.")
        yield Step(False, "password", text)
    else:
        yield Step(True, "account", _("The account is open."))
    for address, until in queries.locked_log_ins(session, person.username):
        moment = clock.local(until).strftime("%H:%M")
        text = _(
            "Too many bad passwords from %(address)s: no log-in there before %(until)s.",
            address=address or "–",
            until=moment,
        )
        yield Step(None, "locked", text)
    if (trying := queries.role_tried_by(session, person.id)) is not None:
        text = _(
            "Is trying out the role %(role)s; until then nothing can be changed.", role=role_words([trying])
        )
        yield Step(None, "trial", text)


def _grants(session: Any, person: Person, who: Identity, question: Question) -> Iterator[Step]:
    if not who.roles:
        yield Step(False, "roles", _("Has no role at all."))
    else:
        yield Step(None, "roles", _("Roles: %(roles)s.", roles=role_words(who.roles)))
    lifecycle = lifecycle_of(question.entity)
    move = lifecycle.transitions.get(question.action) if lifecycle else None
    if move is not None and move.system:
        yield Step(False, "system", _("Nobody does this by hand: the program does it when its time comes."))
        return
    giving = queries.roles_that_grant(session, f"can_{question.action}", question.entity)
    mine = [name for name in who.roles if name in giving]
    if who.can(f"can_{question.action}", question.entity):
        yield Step(True, "grant", _("The right comes from the role %(roles)s.", roles=role_words(mine)))
    elif giving:
        text = _("None of their roles gives the right; these would: %(roles)s.", roles=role_words(giving))
        yield Step(False, "grant", text)
    else:
        yield Step(False, "grant", _("No role at all gives this right."))


def _reach(who: Identity, entity: str) -> Iterator[Step]:
    """Without a row: which rows it would be about."""
    model = rows.model_of(entity)
    if model is not None and issubclass(model, Scoped):
        level = rows.REACH_WORDS[who.level(model.scope_entity)]
        yield Step(
            None, "level", _("Row level: %(level)s. Name a record to ask about that one.", level=level)
        )


def _row(
    question: Question, who: Identity, viewer: Identity, row_id: int | None, answer: Explanation
) -> Iterator[Step]:
    model = rows.model_of(question.entity)
    if model is None:
        yield Step(None, "row", _("This right is not about single records."))
        return
    if row_id is None:
        yield Step(False, "row", _("There is no such record."))
        return
    answer.row_id, title = row_id, rows.title_for(viewer, question.entity, row_id)
    answer.row = title or f"#{row_id}"
    in_scope = True
    if issubclass(model, Scoped):
        scope = list(_scope(model, who, row_id))
        in_scope = all(step.ok is not False for step in scope)
        yield from scope
    else:
        yield Step(True, "scope", _("Records of this kind belong to nobody: who has the right sees all."))
    if in_scope:
        yield from _state(question, who, row_id, told=bool(title))


def _scope(model: type[Scoped], who: Identity, row_id: int) -> Iterator[Step]:
    entity, level = model.scope_entity, who.level(model.scope_entity)
    with new_session(writes=False) as session:
        levels = queries.levels_of_roles(session, who.roles, entity)
        for role in who.roles:
            words = rows.REACH_WORDS[Level(levels.get(role, Level.NONE))]
            text = _("As %(role)s sees: %(level)s.", role=role_words([role]), level=words)
            yield Step(None, "level", text)
        parts = rows.taking_part(session, rows.tie_of(session, model, row_id))
    with new_session(writes=False) as session, acting_as(session, who):
        seen = session.scalar(select(model.id).where(model.id == row_id)) is not None  # type: ignore[attr-defined]
    if not seen:
        yield Step(False, "scope", rows.outside_words(level, parts))
    elif visible(model, who) is None:
        yield Step(True, "scope", _("Sees every record of this kind."))
    elif reasons := rows.within_reach(parts, who, level):
        yield Step(True, "scope", _("In reach: %(reasons)s.", reasons="、".join(reasons)))
    else:
        text = _("In reach by a rule of its own, such as the public pool for who may claim.")
        yield Step(True, "scope", text)


def _state(question: Question, who: Identity, row_id: int, *, told: bool) -> Iterator[Step]:
    lifecycle = lifecycle_of(question.entity)
    if lifecycle is None:
        return
    with new_session(writes=False) as session, acting_as(session, who):
        row = session.scalars(select(lifecycle.model).where(lifecycle.model.id == row_id)).one()
        move = lifecycle.transitions.get(question.action)
        if move is None:
            against = lifecycle.limits(session, row, question.action, who)
            yield from _objections(against, told=told)
            return
        state = lifecycle.state_of(row)
        fits = state in move.source
        yield Step(fits, "state", _state_words(lifecycle, move, state))
        if not fits:
            return
        against = lifecycle.objections(session, row, move, who)
        yield from _objections(against, told=told)
        if not against and move.shown is not None and not move.shown(session, row, who):
            text = _("The button does not show on this record: this step is not for it, or not for them.")
            yield Step(False, "shown", text)


def _state_words(lifecycle: Any, move: Transition, state: str) -> str:
    sources = "、".join(str(lifecycle.label(one)) for one in lifecycle.states if one in move.source)
    words = {"state": lifecycle.label(state), "sources": sources}
    return str(_("The record is “%(state)s”; this starts from: %(sources)s.", **words))


def _objections(against: Sequence[Any], *, told: bool) -> Iterator[Step]:
    for reason in against:
        yield Step(False, "check", str(reason) if told else rows.without_figures(reason))
    if not against:
        yield Step(True, "check", _("No check stands against it."))


_FIELD_WORDS = {
    FieldLevel.HIDDEN: _l("the field is hidden"),
    FieldLevel.MASKED: _l("the field is masked"),
    FieldLevel.REVEALABLE: _l("the field is masked; looking at it is logged"),
    FieldLevel.READ_ONLY: _l("the field may be read, not changed"),
    FieldLevel.FULL: _l("the field may be read and changed"),
}


def _field(question: Question, who: Identity) -> Iterator[Step]:
    level = who.field_level(question.entity, question.field)
    reads = question.action not in ("add", "edit")
    ok = level is not FieldLevel.HIDDEN if reads else level is FieldLevel.FULL
    label = dict(rows.fields_of(question.entity)).get(question.field, question.field)
    yield Step(ok, "field", f"{label}：{_FIELD_WORDS[level]}")
