"""The pages that are measured: how each is asked for in our program, at the floor, and in the peer."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.build import RARE_SOURCE, SOURCES, fragments
from bench.databases import Database
from bench.driver import Ask, Client

ROWS = 50
"""Of a list, for all three; what a new reader of ours gets."""
PEER_LIST, PEER_VIEW = "/customerview/list/", "CustomerView"


@dataclass(frozen=True)
class Reader:
    """Who asks, and what they may ask for in this database."""

    login: str
    scope: dict[str, str]
    customers: list[int]
    last: int
    """The customer before which the last page ends."""
    prospects: int
    words: dict[str, str]
    key: str


Path = Callable[[Reader, int], str]


@dataclass(frozen=True)
class Page:
    """One line of the table. `goal` in milliseconds; `listed`: our page must hold the floor's rows.

    `saves`: the form of the path is sent. `peer_until`: more customers than this the peer cannot bear.
    """

    name: str
    ours: Path
    floor: Path | None = None
    peer: Path | None = None
    goal: int | None = None
    listed: bool = False
    saves: bool = False
    peer_until: int = 10**9


def reader(database: Database, login: str, *, scoped: bool) -> Reader:
    with contextlib.closing(database.connect()) as line:
        key = line.execute(f"SELECT id FROM ab_user WHERE username = '{login}'").fetchone()[0]
        mine = f" AND id IN (SELECT customer_id FROM participation WHERE person_id = {key})" if scoped else ""
        own = f"SELECT id FROM customer WHERE stage = 'prospect'{mine}"
        lowest = line.execute(f"{own} ORDER BY id LIMIT {ROWS}").fetchall()
        newest = line.execute(f"{own} ORDER BY id DESC LIMIT 200").fetchall()
        number = line.execute("SELECT key FROM contact_point ORDER BY id DESC LIMIT 1").fetchone()[0]
        return Reader(
            login=login,
            scope={"as": str(key)} if scoped else {},
            customers=[row[0] for row in newest],
            last=lowest[-1][0],
            prospects=line.execute(f"SELECT count(*) FROM ({own}) x").fetchone()[0],
            words=dict(fragments(line)),
            key=number,
        )


def _ours(**asked: str) -> Path:
    return lambda who, _turn: f"/prospect/?{urlencode({'rows': ROWS, **asked})}"


def _floor(**asked: str) -> Path:
    return lambda who, _turn: f"/list?{urlencode({'rows': ROWS, **asked, **who.scope})}"


def _peer(**asked: str) -> Path:
    given = {f"psize_{PEER_VIEW}": str(ROWS), **asked}
    return lambda who, _turn: f"{PEER_LIST}?{urlencode(given)}"


def _search(name: str, word: str, rare: bool) -> Page:
    marked = {"rare": "1"} if rare else {}
    column = "number" if word == "digits" else "name"
    return Page(
        name,
        lambda who, _turn: f"/prospect/?{urlencode({'rows': ROWS, 'q': who.words[word]})}",
        lambda who, _turn: f"/list?{urlencode({'rows': ROWS, 'q': who.words[word], **marked, **who.scope})}",
        lambda who, _turn: (
            PEER_LIST + "?" + urlencode({f"psize_{PEER_VIEW}": ROWS, f"_flt_2_{column}": who.words[word]})
        ),
        goal=20,
        listed=True,
    )


def _everywhere(name: str, word: str) -> Page:
    return Page(name, lambda who, _turn: f"/search/?{urlencode({'q': who.words[word]})}", goal=20)


def _of(pattern: str) -> Path:
    return lambda who, turn: pattern.format(id=who.customers[turn % len(who.customers)])


def _peer_last(who: Reader, _turn: int) -> str:
    page = (who.prospects - 1) // ROWS
    return f"{PEER_LIST}?{urlencode({f'psize_{PEER_VIEW}': ROWS, f'page_{PEER_VIEW}': page})}"


def _last(who: Reader, _turn: int) -> str:
    return f"/list?{urlencode({'rows': ROWS, 'before': who.last, **who.scope})}"


LAST = "list, last page"
PAGES = (
    Page("list, first page", _ours(), _floor(), _peer(), goal=15, listed=True),
    Page("list, first page of 25", _ours(rows="25"), _floor(rows="25"),
         _peer(**{f"psize_{PEER_VIEW}": "25"}), goal=15, listed=True),
    Page(LAST, _ours(), _last, _peer_last, goal=15, listed=True),
    Page("list, by next contact", _ours(sort="next_contact_on"), _floor(sort="next_contact_on"),
         _peer(**{f"_oc_{PEER_VIEW}": "next_contact_on", f"_od_{PEER_VIEW}": "asc"}), goal=15, listed=True),
    Page("list, a common source", _ours(source__is=SOURCES[0][0]), _floor(source=SOURCES[0][0]),
         _peer(_flt_3_source=SOURCES[0][0]), goal=15, listed=True),
    Page("list, a rare source", _ours(source__is=RARE_SOURCE), _floor(source=RARE_SOURCE),
         _peer(_flt_3_source=RARE_SOURCE), goal=15, listed=True),
    _search("find 2 Chinese characters, rare", "rare", rare=True),
    _search("find 2 Chinese characters, common", "common", rare=False),
    _search("find 5 digits", "digits", rare=True),
    _everywhere("search everywhere, rare", "rare"),
    _everywhere("search everywhere, 5 digits", "digits"),
    Page("customer, overview", _of("/customer/{id}"), _of("/detail?id={id}"), _of("/customerview/show/{id}"),
         goal=20),
    Page("customer, follow-ups", _of("/customer/{id}?tab=follow_up"), _of("/detail?id={id}&talks=1"),
         goal=20),
    Page("customer, edit form", _of("/customer/{id}/edit"), _of("/form?id={id}"),
         _of("/customerview/edit/{id}"), goal=20),
    Page("customer, save an edit", _of("/customer/{id}/edit"), _of("/save?id={id}&note=x"),
         _of("/customerview/edit/{id}"), saves=True),
    Page("contract, new form", lambda _who, _turn: "/contract/new", lambda _who, _turn: "/form",
         lambda _who, _turn: "/contractview/add", goal=20, peer_until=100_000),
    Page("collision while typing", lambda who, _turn: f"/customer/collisions?{_typed(who)}",
         lambda who, _turn: f"/collisions?{urlencode({'key': who.key})}", goal=10),
    Page("figures on the tabs", lambda _who, _turn: "/prospect/counts"),
)  # fmt: skip


def _typed(who: Reader) -> str:
    kind, _sep, value = who.key.partition(":")
    return urlencode({"kind": kind, "value": value})


def ours_last(client: Client, who: Reader) -> Path:
    """The last page as our list links to it: with the cursor of the row before which it ends."""
    rising = client.get(f"/prospect/?{urlencode({'rows': ROWS, 'sort': 'id'})}").text
    for link in re.findall(r'href="([^"]+)"', rising):
        cursor = parse_qs(urlsplit(unescape(link)).query).get("after")
        if cursor:
            path = f"/prospect/?{urlencode({'rows': ROWS, 'sort': '-id', 'before': cursor[0]})}"
            return lambda _who, _turn: path
    raise RuntimeError("the list links to no further page")


def asks(page: Page, path: Path, who: Reader, client: Client, count: int) -> list[Ask]:
    """The requests of a page, different customers in turn; forms are fetched before they are sent."""
    if not page.saves:
        return [Ask(path(who, turn)) for turn in range(count)]
    if path is page.floor:
        return [Ask(path(who, turn), ()) for turn in range(count)]
    return [client.form(path(who, turn), note=f"第{turn}次改") for turn in range(count)]


def names_in(floor: str) -> list[str]:
    """The customers the floor lists, as HTML."""
    return re.findall(r'<td class="name"><a [^>]*>([^<]*)</a>', floor)
