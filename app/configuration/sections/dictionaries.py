"""The words of choice lists. A dictionary the file leaves out stays as it is; a word left out is archived."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.groups import Entry, Group, Parts, Plain, Rows
from app.configuration.section import Section, Work, turns
from app.configuration.shapes import Flag, Text
from app.customers.models import DictionaryWord
from app.customers.rule_entities import DICTIONARIES
from app.customers.rule_operations import save_word

_WORDS = Rows(
    Group(
        {
            "code": Entry(Text(40), _l("Stored as")),
            "label": Entry(Text(60), _l("Word")),
            "active": Entry(Flag(), _l("In use"), True),
        }
    ),
    key=("code",),
    archives=True,
    ordered=True,
    title=lambda word: str(word["label"]),
)


def _shape() -> Parts:
    return Parts({name: Entry(_WORDS, label) for name, label in DICTIONARIES.items()})


def _read(session: Session) -> Plain:
    found: Plain = {name: [] for name in DICTIONARIES}
    for word in session.scalars(select(DictionaryWord).order_by(DictionaryWord.position, DictionaryWord.id)):
        if word.dictionary in found:
            found[word.dictionary].append({"code": word.code, "label": word.label, "active": word.active})
    return found


def _write(work: Work, before: Plain, after: Plain) -> None:
    for dictionary, words in after.items():
        known = {
            word.code: word
            for word in work.session.scalars(
                select(DictionaryWord).where(DictionaryWord.dictionary == dictionary)
            )
        }
        for turn in turns(_WORDS, before[dictionary], words):
            with work.at(f"dictionaries.{dictionary}[{turn.key}]"):
                data = {**turn.new, "dictionary": dictionary, "position": turn.position}
                save_word(work.session, known.get(turn.key), data)


SECTION = Section("dictionaries", _l("Dictionaries"), "dictionary_word", _shape, _read, _write)
