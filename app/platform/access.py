"""Who acts, and which rows they see.

An `Identity` sits in `session.info`. Every ORM statement that touches a scoped model gets the row
criterion of that identity; a session without identity sees no scoped row at all, and cannot write one.
`elevated` suspends the row scope, never the name of the actor, for work the agency does itself.

Not covered, by nature: Core statements on tables, and rows already in the identity map. A test
(`tests/architecture`) keeps Core and text statements to named places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from sqlalchemy import ColumnElement, SelectBase, event, false, inspect, literal, select
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from app.platform.errors import NotAllowed


class Level(StrEnum):
    """Row scope of one role on one entity, from narrow to wide (spec 3-roles)."""

    NONE = "none"
    OWN = "own"
    DEPARTMENT = "dept"
    TREE = "tree"
    ALL = "all"

    @property
    def width(self) -> int:
        return list(Level).index(self)


class FieldLevel(StrEnum):
    """What a role may do with one field, from narrow to wide (ORG-4); `revealable` is masked until asked."""

    HIDDEN = "hidden"
    MASKED = "masked"
    REVEALABLE = "revealable"
    READ_ONLY = "read_only"
    FULL = "full"

    @property
    def width(self) -> int:
        return list(FieldLevel).index(self)


@dataclass(frozen=True)
class Identity:
    """A person as the session knows them; frozen, so it can be shared between requests.

    `grants` are pairs (action, entity) such as ("can_list", "customer"); `levels` maps an entity to its
    row scope; `tree` are the ids of the person's department and all below it. `field_rights` maps
    (entity, field) to what is less than everything. `version` is the access version all this was read
    under; 0 for identities nobody may keep anything by.
    """

    person_id: int | None
    login: str
    name: str
    grants: frozenset[tuple[str, str]] = frozenset()
    levels: Mapping[str, Level] = field(default_factory=dict)
    department_id: int | None = None
    tree: frozenset[int] = frozenset()
    roles: tuple[str, ...] = ()
    is_system: bool = False
    field_rights: Mapping[tuple[str, str], FieldLevel] = field(default_factory=dict)
    version: int = 0
    trying: str = ""
    """The role this person is trying out; while they do, nothing can be changed."""

    def can(self, action: str, entity: str) -> bool:
        """Whether a role of this person grants the action on the entity."""
        return self.is_system or (action, entity) in self.grants

    def require(self, action: str, entity: str) -> None:
        """Raise `NotAllowed` unless the action is granted."""
        if not self.can(action, entity):
            raise NotAllowed()

    def field_level(self, entity: str, name: str) -> FieldLevel:
        """What this person may do with the field; everything when no role says less."""
        return self.field_rights.get((entity, name), FieldLevel.FULL)

    def level(self, entity: str) -> Level:
        return Level.ALL if self.is_system else self.levels.get(entity, Level.NONE)


SYSTEM = Identity(person_id=None, login="system", name="system", is_system=True)


class Scoped:
    """Mixin of models whose rows belong to somebody.

    `scope_entity` names the entity whose level applies; `scope_by` names the column that ties the row
    to its owner, `scope_kind` what that column holds: a "customer" id or a "person" id.
    """

    scope_entity: ClassVar[str]
    scope_by: ClassVar[str] = "customer_id"
    scope_kind: ClassVar[str] = "customer"


class Criterion(Protocol):
    """Whether rows with this tying column (or value) are visible.

    `one_by_one` asks about each row by itself: for few rows of many, and beside another condition, where
    what is visible would be collected for nothing.
    """

    def __call__(
        self, anchor: ColumnElement[Any], identity: Identity, level: Level, /, *, one_by_one: bool
    ) -> ColumnElement[bool]: ...


Ties = Callable[[Identity, Level], SelectBase]
Widening = Callable[[type[Any], Identity], ColumnElement[bool] | None]
_criteria: dict[str, Criterion] = {}
_ties: dict[str, Ties] = {}
_widened: dict[str, Widening] = {}


def supply_criterion(kind: str, criterion: Criterion, ties: Ties | None = None) -> None:
    """Say how rows tied by `kind` are found visible, given the column (or value) that ties them.

    `ties` selects every value that ties a visible row, in no order and perhaps more than once: the other
    way to the same rows, for who starts from what is visible instead of from the rows.
    """
    _criteria[kind] = criterion
    if ties is not None:
        _ties[kind] = ties


def widen(entity: str, widening: Widening) -> None:
    """Let an entity show more rows than its level says, e.g. the public pool to those who may claim."""
    _widened[entity] = widening


_identity_of_id: list[Callable[[Session, int], Identity]] = []


def supply_identities(read: Callable[[Session, int], Identity]) -> None:
    """Say who a person id is, for jobs that work in somebody's name."""
    _identity_of_id[:] = [read]


def identity_of_id(session: Session, person_id: int | None) -> Identity:
    """The identity of a person as they stand now. Raises NotAllowed for nobody and for closed accounts."""
    if person_id is None:
        raise NotAllowed()
    return _identity_of_id[0](session, person_id)


def visible(model: type[Any], identity: Identity | None) -> ColumnElement[bool] | None:
    """The row criterion of this identity on the model; None means every row."""
    if identity is None:
        return false()
    level = identity.level(model.scope_entity)
    if level is Level.ALL:
        return None
    anchor, wider = getattr(model, model.scope_by), widening(model, identity)
    if level is Level.NONE:
        return false() if wider is None else wider
    own = _criteria[model.scope_kind](anchor, identity, level, one_by_one=wider is not None)
    # The widening is the cheaper question, so it comes first.
    return own if wider is None else wider | own


def ties(model: type[Any], identity: Identity) -> SelectBase | None:
    """Every value of the tying column the level gives; None for every row, for none, or if nobody says."""
    level, chosen = identity.level(model.scope_entity), _ties.get(model.scope_kind)
    return None if chosen is None or level in (Level.ALL, Level.NONE) else chosen(identity, level)


def widening(model: type[Any], identity: Identity) -> ColumnElement[bool] | None:
    """What is visible beyond the level, if anything."""
    wider = _widened.get(model.scope_entity)
    return wider(model, identity) if wider else None


def identity_of(session: Session) -> Identity:
    """The identity of this session; raises when there is none."""
    identity = session.info.get("identity")
    if identity is None:
        raise NotAllowed()
    return identity  # type: ignore[no-any-return]


def scope_suspended(session: Session) -> bool:
    identity = session.info.get("identity")
    return bool(session.info.get("elevated")) or (identity is not None and identity.is_system)


@contextmanager
def elevated(session: Session) -> Iterator[None]:
    """Suspend the row scope inside the block. The actor stays the person who clicked.

    Pending changes are flushed under the person's own scope first, so that nothing slips through.
    """
    session.flush()
    before = session.info.get("elevated", False)
    session.info["elevated"] = True
    try:
        yield
        session.flush()
    finally:
        session.info["elevated"] = before


@contextmanager
def acting_as(session: Session, identity: Identity) -> Iterator[None]:
    """Act as another identity inside the block: commands (`--as`), jobs, tests."""
    before = session.info.get("identity")
    session.info["identity"] = identity
    try:
        yield
    finally:
        session.info["identity"] = before


@contextmanager
def from_ties(session: Session, *, wanted: bool) -> Iterator[None]:
    """Inside the block, if wanted, start from what the level gives and leave widenings out.

    For statements a widening adds nothing to, by people who see little: otherwise each row is looked at
    for who takes part in it. It can only show less than the scope, never more.
    """
    before = session.info.get("from_ties", False)
    session.info["from_ties"] = wanted
    try:
        yield
    finally:
        session.info["from_ties"] = before


def _criterion_of(session: Session, model: type[Any]) -> ColumnElement[bool] | None:
    identity = session.info.get("identity")
    if identity is not None and session.info.get("from_ties"):
        tied = ties(model, identity)
        if tied is not None:
            anchor: ColumnElement[Any] = getattr(model, model.scope_by)
            return anchor.in_(tied)
    return visible(model, identity)


def _scoped_mappers(statement: Any) -> set[Mapper[Any]]:
    found: set[Mapper[Any]] = set()
    for element in visitors.iterate(statement):
        entity = element._annotations.get("parententity")
        if entity is None:
            continue
        mapper = entity.mapper
        if issubclass(mapper.class_, Scoped):
            found.add(mapper)
    return found


def _limit_rows(state: ORMExecuteState) -> None:
    if not (state.is_select or state.is_update or state.is_delete) or state.is_column_load:
        return
    session = state.session
    if scope_suspended(session):
        return
    for mapper in _scoped_mappers(state.statement) | {
        m for m in state.all_mappers if issubclass(m.class_, Scoped)
    }:
        criterion = _criterion_of(session, mapper.class_)
        if criterion is not None:
            state.statement = state.statement.options(
                with_loader_criteria(mapper.class_, criterion, include_aliases=True)
            )


def _guard_writes(session: Session, _context: Any, _instances: Any) -> None:
    if scope_suspended(session):
        return
    for row in (*session.new, *session.dirty):
        if isinstance(row, Scoped) and _ties_anew(session, row):
            _refuse_foreign(session, row)


def _ties_anew(session: Session, row: Scoped) -> bool:
    """Changed rows were read under the scope already, so only a new tie needs a look."""
    return row in session.new or bool(inspect(row).attrs[row.scope_by].history.has_changes())


def _refuse_foreign(session: Session, row: Scoped) -> None:
    identity = identity_of(session)
    level = identity.level(row.scope_entity)
    anchor = getattr(row, row.scope_by)
    if level is Level.ALL or (level is not Level.NONE and anchor is None):
        return
    with session.no_autoflush:
        if level is Level.NONE or not session.connection().scalar(
            select(_criteria[row.scope_kind](literal(anchor), identity, level, one_by_one=True))
        ):
            raise NotAllowed()


def install(session_class: Any) -> None:
    """Hang the row scope and the write guard on a session class or factory."""
    event.listen(session_class, "do_orm_execute", _limit_rows)
    event.listen(session_class, "before_flush", _guard_writes)
