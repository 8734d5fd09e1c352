"""The editable words: what is offered now, and how a stored code reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.customers.models import DictionaryWord

Words = Mapping[str, Mapping[str, DictionaryWord]]


def all_words(session: Session) -> Words:
    """Every word by dictionary and code, in order; read once per session."""
    known: dict[str, dict[str, DictionaryWord]] | None = session.info.get("dictionary_words")
    if known is None:
        known = {}
        statement = select(DictionaryWord).order_by(DictionaryWord.position, DictionaryWord.id)
        for word in session.scalars(statement):
            known.setdefault(word.dictionary, {})[word.code] = word
        session.info["dictionary_words"] = known
    return known


def forget(session: Session) -> None:
    """Words changed: read them again at the next question."""
    session.info.pop("dictionary_words", None)


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
