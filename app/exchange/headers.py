"""Which column is what: finds the header below title lines and matches it with a table of synonyms."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import gettext as _

from app.exchange.sheets import SheetRow
from app.platform.errors import BusinessError

HEADER_WITHIN_ROWS = 20
PROSPECT_REPEATABLE = frozenset({"mobile", "landline", "wechat", "qq", "email", "business_types", "note"})
# What `writing.write_refused` adds, in both languages: no column to wonder about when the file comes back.
ADDED_TO_REFUSED = frozenset({"原因", "行号", "whyrefused", "lineinthefile"})

_PRESETS = Path(__file__).with_name("presets")
_HINT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|《[^《》]*》|\{[^{}]*\}")
_ORNAMENT = re.compile(r"[\s*:;,.、。•·'\"`_#—–-]")
_NUMBER_AT_END = re.compile(r"[0-9一二三四五]+$")

Synonyms = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class HeaderMatch:
    """`columns`: index (from 0) → field. `unknown`: headings that are no synonym. `repeated`: headings of a
    field that holds one value only and has its column already. A column stands in one of the three."""

    line: int
    columns: dict[int, str]
    unknown: list[tuple[int, str]] = field(default_factory=list)
    repeated: list[tuple[int, str]] = field(default_factory=list)

    def columns_of(self, field: str) -> list[int]:
        """The columns of a field from left to right; empty when the sheet lacks it."""
        return [index for index, claimed in sorted(self.columns.items()) if claimed == field]


def find_header(
    rows: Sequence[SheetRow], synonyms: Synonyms, *, repeatable: Collection[str] = ()
) -> HeaderMatch:
    """The row among the first 20 in which most headings are known, the upper one of equals.

    Refuses (header_missing) when no row has two known headings, or only known ones: a single word
    such as 微信 may as well be data.
    """
    matches = [match_header(row, synonyms, repeatable=repeatable) for row in rows[:HEADER_WITHIN_ROWS]]
    headers = [match for match in matches if len(match.columns) > 1 or (match.columns and not match.unknown)]
    best = max(headers, key=lambda match: len(match.columns), default=None)
    if best is None:
        known = [words[0] for words in synonyms.values()]
        raise BusinessError(
            _(
                "No row of headings was found. The first %(rows)s rows must hold one.",
                rows=HEADER_WITHIN_ROWS,
            ),
            _("Headings that are understood: %(headings)s", headings="、".join(known)),
            code="header_missing",
        )
    return best


def match_header(row: SheetRow, synonyms: Synonyms, *, repeatable: Collection[str] = ()) -> HeaderMatch:
    """What the cells of this row name.

    Fields choose in the order of `synonyms`, each the heading that stands first in its list. So a heading two
    fields know (姓名) goes to the second when a better one (客户名称) satisfies the first. A repeatable
    field takes every heading nobody else has chosen before.
    """
    headings = {index: text for index, text in enumerate(row.cells) if text}
    claims = {index: _claims(text, synonyms) for index, text in headings.items()}
    columns: dict[int, str] = {}
    for name in synonyms:
        free = sorted(
            (ranks[name], index) for index, ranks in claims.items() if name in ranks and index not in columns
        )
        for _rank, index in free if name in repeatable else free[:1]:
            columns[index] = name
    left = [(index, text) for index, text in headings.items() if index not in columns]
    return HeaderMatch(
        row.line,
        dict(sorted(columns.items())),
        unknown=[(i, text) for i, text in left if not claims[i] and normalised(text) not in ADDED_TO_REFUSED],
        repeated=[(i, text) for i, text in left if claims[i]],
    )


def normalised(heading: str) -> str:
    """A heading as it is compared: half-width, lower case, without blanks, asterisks, colons and such, and
    without a hint in brackets: `＊手机号（必填）：` is 手机号. What stands in brackets alone is kept."""
    text = unicodedata.normalize("NFKC", heading).lower()
    bare = _ORNAMENT.sub("", _HINT.sub("", text))
    return bare or re.sub(r"[^\w]", "", text)


def load_synonyms(path: Path) -> dict[str, list[str]]:
    """field → its headings, best first, from a CSV of field and synonym; fields in the order of the file."""
    synonyms: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            synonyms.setdefault(row["field"], []).append(row["synonym"])
    return synonyms


def prospect_synonyms() -> dict[str, list[str]]:
    """The headings of sheets of prospects."""
    return load_synonyms(_PRESETS / "prospect_headers.csv")


def _claims(heading: str, synonyms: Synonyms) -> dict[str, int]:
    """Fields that know this heading, with its place in their lists. 电话2 is 电话 when nobody knows 电话2.

    A custom field called 评分(内部) is not meant by 评分(外部), although their bare words are the same.
    """
    verbatim = {name: words.index(heading) for name, words in synonyms.items() if heading in words}
    text = normalised(heading)
    return verbatim or _ranks(text, synonyms) or _ranks(_NUMBER_AT_END.sub("", text), synonyms)


def _ranks(text: str, synonyms: Synonyms) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for name, words in synonyms.items():
        for rank, word in enumerate(words):
            if normalised(word) == text:
                ranks.setdefault(name, rank)
    return ranks
