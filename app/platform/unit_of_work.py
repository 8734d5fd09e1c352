"""The edge opens the transaction: one click, one job or one command is one unit of work.

Operations never commit. Whatever has to happen outside the database (enqueueing ids) is registered with
`after_commit` and runs only when the transaction stands; what somebody must be told although it does not,
with `after_refusal`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.platform.access import SYSTEM, Identity, identity_of
from app.platform.database import db, new_session
from app.platform.errors import BusinessError, Stale


def after_commit(session: Session, action: Callable[[], None]) -> None:
    """Run the action once this transaction is committed; it is dropped when the transaction is not."""
    session.info.setdefault("after_commit", []).append(action)


def after_refusal(session: Session, action: Callable[[Session], None]) -> None:
    """Run the action in a transaction of its own once this one is undone; it is dropped when all went well.

    For what must be known although nothing was saved. It acts as the person of this session.
    """
    session.info.setdefault("after_refusal", []).append(action)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """The request's own session as one transaction: commits at the end, undoes everything on any error."""
    session = db.session()
    with _transaction(session):
        yield session


@contextmanager
def system_work(identity: Identity = SYSTEM) -> Iterator[Session]:
    """One transaction outside a request: jobs and commands, as the system or as a named person."""
    with new_session(writes=True) as session:
        session.info["identity"] = identity
        with _transaction(session):
            yield session


@contextmanager
def system_reading(identity: Identity = SYSTEM) -> Iterator[Session]:
    """A reading session outside a request."""
    with new_session(writes=False) as session:
        session.info["identity"] = identity
        yield session


@contextmanager
def _transaction(session: Session) -> Iterator[None]:
    try:
        yield
        session.commit()
    except BaseException as error:
        session.rollback()
        session.info.pop("after_commit", None)
        _tell_after_all(session)
        if (refusal := as_refusal(error)) is not None:
            raise refusal from error
        raise
    session.info.pop("after_refusal", None)
    for action in session.info.pop("after_commit", []):
        action()


def _tell_after_all(session: Session) -> None:
    actions = session.info.pop("after_refusal", [])
    if actions:
        with system_work(identity_of(session)) as later:
            for action in actions:
                action(later)


def as_refusal(error: BaseException) -> BusinessError | None:
    """What the database refused, in words; None when the error is not a refusal but a bug."""
    if isinstance(error, StaleDataError):
        return Stale(
            _l("Somebody changed this record a moment ago. Look at it again, then repeat your change.")
        )
    if isinstance(error, IntegrityError):
        return _broken_rule(str(error.orig))
    if isinstance(error, DBAPIError) and _is_race(error):
        return Stale(_l("Two people worked on this at the same moment. Nothing was saved; please try again."))
    return None


_messages: dict[str, object] = {}


def explain_constraint(name: str, message: object) -> None:
    """Say in words what it means when the named constraint (or "table.column") refuses a row."""
    _messages[name] = message


def _broken_rule(text: str) -> BusinessError:
    for name, message in _messages.items():
        if name in text:
            return BusinessError(message, code=name)
    lowered = text.lower()
    if "foreign key" in lowered:
        return BusinessError(
            _l("Other records still use this one. Archive it instead of deleting it."), code="in_use"
        )
    if "unique" in lowered:
        return BusinessError(_l("There is already a record with this value."), code="duplicate")
    if "not null" in lowered or "not-null" in lowered:
        return BusinessError(_l("A required value is missing."), code="missing")
    return BusinessError(_l("The values do not fit the rules of this record."), code="constraint")


def _is_race(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in {"40001", "40P01", "55P03"} or "database is locked" in str(error.orig)


explain_constraint("append-only", _l("The audit trail can only grow; nothing in it is ever changed."))
