"""The lifecycle engine: the only code that writes a state.

A stage declares its table of transitions (`transitions.py`). Each row yields the permission, the button,
the form it asks for, the guards, the effect, the timeline and audit entries. Doing it twice has the effect
of once (the form carries a token); a form that is older than the row is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.access import Identity, identity_of, scope_suspended
from app.platform.errors import BusinessError, FieldErrors, NotFound, Stale
from app.platform.timeline import TimelineEntry, tell


@dataclass(frozen=True)
class Ask:
    """One field of the form a transition asks for. `kind` is a field kind of `screens.fields`."""

    name: str
    label: Any
    kind: str = "text"
    required: bool = True
    choices: Callable[[Session, Any], Sequence[tuple[Any, Any]]] | None = None
    remote: str = ""
    default: Callable[[Session, Any], Any] | None = None
    help: Any = ""


@dataclass
class Step:
    """One transition under way: what guards and effects get to see."""

    session: Session
    row: Any
    transition: Transition
    data: Mapping[str, Any]
    identity: Identity
    from_state: str
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return str(self.data.get("reason") or self.data.get("note") or "")


Guard = Callable[[Session, Any, Identity], Sequence[Any]]
Effect = Callable[[Step], None]
Target = str | Callable[[Step], str]


@dataclass(frozen=True)
class Transition:
    """One row of a lifecycle table.

    `source` are the states it starts from; `target` is a state, a function of the step, or "same".
    `guards` answer a list of reasons against it (empty = free). `system` transitions have no button.
    `shown` decides on the single row whether the button makes sense at all for this person.
    """

    name: str
    label: Any
    source: frozenset[str]
    target: Target
    asks: tuple[Ask, ...] = ()
    guards: tuple[Guard, ...] = ()
    effect: Effect | None = None
    title: str = ""
    system: bool = False
    danger: bool = False
    primary: bool = False
    bulk: bool = False
    icon: str = ""
    consequence: Callable[[Session, Any], str] | None = None
    shown: Callable[[Session, Any, Identity], bool] | None = None

    @property
    def permission(self) -> str:
        return f"can_{self.name}"


class Lifecycle:
    """The table of one entity: its states, their words and tones, its transitions."""

    def __init__(
        self,
        entity: str,
        model: type[Any],
        *,
        states: Mapping[str, tuple[Any, str]],
        transitions: Sequence[Transition],
        attribute: str = "state",
    ) -> None:
        self.entity = entity
        self.model = model
        self.attribute = attribute
        self.states = states
        self.transitions = {transition.name: transition for transition in transitions}
        self._contributed: dict[str, list[Guard]] = {}
        _registry[entity] = self
        event.listen(getattr(model, attribute), "set", self._refuse_foreign_writer, retval=False)

    def contribute_guard(self, transition: str, guard: Guard) -> None:
        """Let a later stage forbid a transition of this one (see contributions.py of that stage).

        `transition` may also name an action that changes no state, such as "edit": see `limits`.
        """
        guards = self._contributed.setdefault(transition, [])
        if guard not in guards:
            guards.append(guard)

    def label(self, state: str) -> Any:
        return self.states[state][0]

    def tone(self, state: str) -> str:
        return self.states[state][1]

    def state_of(self, row: Any) -> str:
        return str(getattr(row, self.attribute))

    def offered(self, session: Session, row: Any, identity: Identity) -> list[Transition]:
        """The transitions this person may try on the row now, guards not yet asked."""
        state = self.state_of(row)
        return [
            transition
            for transition in self.transitions.values()
            if not transition.system
            and state in transition.source
            and identity.can(transition.permission, self.entity)
            and (transition.shown is None or transition.shown(session, row, identity))
        ]

    def objections(self, session: Session, row: Any, transition: Transition, identity: Identity) -> list[Any]:
        """Every reason against the transition, of this stage and of later ones."""
        guards = (*transition.guards, *self._contributed.get(transition.name, ()))
        return [reason for guard in guards for reason in guard(session, row, identity)]

    def limits(self, session: Session, row: Any, action: str, identity: Identity) -> list[Any]:
        """Every reason against an action that is no transition; the operation that does it asks the same."""
        guards = self._contributed.get(action, ())
        return [reason for guard in guards for reason in guard(session, row, identity)]

    def begin(self, session: Session, row: Any, state: str, *, title: str, **details: Any) -> None:
        """Give a new row its first state and tell it."""
        self._write(row, state)
        session.add(row)
        session.flush()
        tell(session, row, title=title, kind="created", to_state=state, **details)

    def perform(
        self,
        session: Session,
        row_id: int,
        name: str,
        *,
        data: Mapping[str, Any] | None = None,
        version: int | None = None,
        token: str | None = None,
    ) -> Any:
        """Carry the transition out for the identity of the session; returns the row.

        Raises NotFound (foreign or absent row), NotAllowed, Stale (the form is older than the row, or the
        state moved on), FieldErrors (what it asks for is missing) or BusinessError (guards, all at once).
        """
        transition = self.transitions[name]
        identity = identity_of(session)
        if not (transition.system and scope_suspended(session)):
            identity.require(transition.permission, self.entity)
        row = self._lock(session, row_id)
        if token and _already_done(session, token):
            return row
        self._refuse_stale(row, transition, version)
        given = _complete(transition, data or {})
        reasons = self.objections(session, row, transition, identity)
        if reasons:
            raise BusinessError(_l("This cannot be done yet."), *reasons, code="guard")
        step = Step(session, row, transition, given, identity, self.state_of(row))
        self._carry_out(step, token)
        return row

    def _carry_out(self, step: Step, token: str | None) -> None:
        transition, row = step.transition, step.row
        target = transition.target(step) if callable(transition.target) else transition.target
        to_state = step.from_state if target == "same" else target
        self._write(row, to_state)
        if hasattr(row, "changed_at"):
            row.changed_at = clock.now()
        tell(
            step.session,
            row,
            title=transition.title or f"{self.entity}.{transition.name}",
            kind=transition.name,
            body=step.reason,
            from_state=step.from_state,
            to_state=to_state,
            token=token,
            label=str(getattr(row, "number", None) or getattr(row, "name", "") or ""),
            **step.notes,
        )
        step.session.flush()
        if transition.effect is not None:
            transition.effect(step)
        step.session.flush()

    def _lock(self, session: Session, row_id: int) -> Any:
        """One at a time; new rows that only refer to this one need not wait (docs/decisions/0013)."""
        statement = (
            select(self.model)
            .where(self.model.id == row_id)
            .with_for_update(of=self.model, key_share=True)
            .execution_options(populate_existing=True)
        )
        row = session.scalars(statement).first()
        if row is None:
            raise NotFound()
        return row

    def _refuse_stale(self, row: Any, transition: Transition, version: int | None) -> None:
        if version is not None and version != row.version:
            raise Stale(_l("Somebody changed this record since you opened it. Look at it again."))
        state = self.state_of(row)
        if state not in transition.source:
            raise Stale(
                _l(
                    "“%(action)s” does not fit: the record is now “%(state)s”.",
                    action=transition.label,
                    state=self.label(state),
                )
            )

    def _write(self, row: Any, state: str) -> None:
        if state not in self.states:
            raise ValueError(f"{self.entity} has no state {state}")
        mark = _writing.set(row)
        try:
            setattr(row, self.attribute, state)
        finally:
            _writing.reset(mark)

    def _refuse_foreign_writer(self, row: Any, value: Any, _old: Any, _initiator: Any) -> None:
        if _writing.get() is not row:
            raise RuntimeError(f"only the lifecycle engine writes {self.entity}.{self.attribute}")


_writing: ContextVar[Any] = ContextVar("row whose state is being written", default=None)
_registry: dict[str, Lifecycle] = {}


def lifecycle_of(entity: str) -> Lifecycle | None:
    """The lifecycle declared for the entity, if it has one."""
    return _registry.get(entity)


def all_lifecycles() -> Mapping[str, Lifecycle]:
    return _registry


def _already_done(session: Session, token: str) -> bool:
    return session.scalar(select(TimelineEntry.id).where(TimelineEntry.token == token)) is not None


def _complete(transition: Transition, data: Mapping[str, Any]) -> Mapping[str, Any]:
    missing = {
        ask.name: [_l("This is required.")]
        for ask in transition.asks
        if ask.required and data.get(ask.name) in (None, "", [])
    }
    if missing:
        raise FieldErrors(_l("Some information is missing."), missing)
    return data
