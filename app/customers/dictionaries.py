"""The editable words: what is offered now, and how a stored code reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.customers.models import DictionaryWord
from app.org.identity import kept_by_version
from app.platform.database import remembered


class Word(NamedTuple):
    """One word as it is offered and read."""

    code: str
    label: str
    active: bool


Words = Mapping[str, Mapping[str, Word]]

kept_by_version(DictionaryWord.__tablename__)


def all_words(session: Session) -> Words:
    """Every word by dictionary and code, in order: read once per version, by who writes once per session."""
    identity = session.info.get("identity")
    version = identity.version if identity is not None and not session.info.get("writes") else 0
    kept = remembered("dictionary words") if version else session.info.setdefault("dictionary words", {})
    known: dict[str, dict[str, Word]] | None = kept.get(version)
    if known is None:
        known = {}
        statement = select(DictionaryWord).order_by(DictionaryWord.position, DictionaryWord.id)
        for word in session.scalars(statement):
            known.setdefault(word.dictionary, {})[word.code] = Word(word.code, word.label, word.active)
        kept.clear()
        kept[version] = known
    return known


def forget(session: Session) -> None:
    """Words changed: read them again at the next question."""
    session.info.pop("dictionary words", None)


def offered(dictionary: str) -> Callable[[Session], Sequence[tuple[Any, Any]]]:
    """The choices of a field: the words in use, as pairs (code, label)."""

    def choices(session: Session) -> Sequence[tuple[Any, Any]]:
        words = all_words(session).get(dictionary, {})
        return [(word.code, word.label) for word in words.values() if word.active]

    return choices


def label_of(row: Any, dictionary: str, code: str | None) -> str:
    """How a code stored on the row reads; archived words too. An unknown code is shown as it is."""
    session = object_session(row)
    word = all_words(session).get(dictionary, {}).get(code or "") if session is not None else None
    return word.label if word is not None else code or ""
