"""A file says what it says and can do nothing else; what is written is read back as it was."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.configuration.groups import Entry, Group, Named, Rows
from app.configuration.places import FileRefused, Inspection, Place
from app.configuration.shapes import Amount, Flag, Many, Maybe, OneOf, Shape, Text, Whole
from app.configuration.yaml_reading import DEEPEST, LARGEST, read_text
from app.configuration.yaml_writing import write_text


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("a: 1\na: 2", "line 2"),
        ("a: &x [1]\nb: *x", "line 1"),
        ("a: !!python/object/apply:os.system [echo]", "line 1"),
        ("a: !secret 1", "line 1"),
        ("a: 1\n---\nb: 2", "line 2"),
        ("a: [1, 2\nb: 3", "line 2"),
        ("? [1]\n: 2", "line 1"),
        ("a: " + "[" * 100_000, "line 1"),
        ("a:\n" + "".join("  " * depth + "a:\n" for depth in range(1, DEEPEST + 5)), f"line {DEEPEST + 1}"),
        ("a: \x07", ""),
        (b"a: \xb9\xab\xcb\xbe", ""),
        (b"#" * (LARGEST + 1), ""),
    ],
)
def test_what_is_more_than_plain_words_is_refused_with_its_line(content: Any, where: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_text(content)
    assert [fault.path for fault in refused.value.faults] == [where]


def test_values_stay_the_text_they_are() -> None:
    content = "\ufeffa: no\nb: 007\nc: 1.10\nd: 2026-04-14\ne: 1:30\nf: ~\ng:\nh: '~'\ni: 'null'\n"
    assert read_text(content) == {
        "a": "no",
        "b": "007",
        "c": "1.10",
        "d": "2026-04-14",
        "e": "1:30",
        "f": None,
        "g": None,
        "h": "~",
        "i": "null",
    }


PEOPLE = Rows(
    Group(
        {
            "name": Entry(Text(40), "name"),
            "words": Entry(Many(Text(40)), "words", []),
            "amount": Entry(Maybe(Amount()), "amount", None),
            "count": Entry(Whole(-99, 99), "count", 0),
            "kind": Entry(OneOf({"no": "No", "1": "One", "null": "Null"}), "kind", "no"),
            "active": Entry(Flag(), "active", True),
            "by_word": Entry(Named(Text(40), Whole()), "by word", {}),
        }
    ),
    key=("name",),
    archives=True,
    ordered=True,
)
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": TEXTS,
            "words": st.lists(TEXTS, unique=True, max_size=3),
            "amount": st.none() | st.decimals(0, 10**9, places=2).map(lambda amount: f"{amount:.2f}"),
            "count": st.integers(-99, 99),
            "kind": st.sampled_from(["no", "1", "null"]),
            "active": st.booleans(),
            "by_word": st.dictionaries(TEXTS, st.integers(0, 9999), max_size=3),
        }
    ),
    unique_by=lambda row: row["name"],
    max_size=4,
)


def through_a_file(shape: Shape, value: Any) -> Any:
    inspection = Inspection()
    text = write_text(["head"], [("part", "words", shape.lean(value))])
    found = shape.read(read_text(text)["part"], Place(inspection, "part"))
    assert inspection.faults == []
    assert yaml.safe_load(text)["part"] == shape.lean(value)
    return found


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_whatever_is_written_is_read_back(rows: list[dict[str, Any]]) -> None:
    assert through_a_file(PEOPLE, rows) == rows


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_two_values_differ_exactly_when_something_is_told(before: list[Any], after: list[Any]) -> None:
    """Only rows that are archived already and left out tell nothing."""
    told = list(PEOPLE.compare(before, after, "part", ("Part",)))
    whole = PEOPLE.whole(before, after)
    known = {row["name"]: row for row in before}
    same = known == {row["name"]: row for row in whole} and not any(one.kind == "moved" for one in told)
    assert (not told) == same
    assert all(one.words and one.path.startswith("part") for one in told)
