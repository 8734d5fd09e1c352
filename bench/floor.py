"""The floor: the same rows by SQL through the plain driver, in bare Jinja templates; nobody signs in.

Keyset paging, counts capped, fragments by an own column of grams rechecked by LIKE. `BENCH_URL` says where.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psycopg
from jinja2 import Environment, FileSystemLoader

from bench.grams import grams_of

COUNT_CAP = 1_001
URL = os.environ.get("BENCH_URL", "")

_environment = Environment(autoescape=True, loader=FileSystemLoader(Path(__file__).parent / "templates"))
_LIST, _DETAIL, _FORM = (_environment.get_template(f"{name}.html") for name in ("list", "detail", "form"))
_EDITED = ("name", "introducer", "note", "next_contact_on", "next_contact_note", "version")


class Base:
    """One connection for the process, and what differs between the two databases."""

    def __init__(self, url: str) -> None:
        self.postgres = not url.startswith("sqlite")
        self.mark = "%s" if self.postgres else "?"
        if self.postgres:
            self.line: Any = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
            return
        self.line = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self.line.execute(f"PRAGMA {pragma}")

    def ask(self, statement: str, values: Iterable[Any] = ()) -> list[Any]:
        found: list[Any] = self.line.execute(statement.replace("?", self.mark), list(values)).fetchall()
        return found

    def gram_condition(self, text: str) -> tuple[str, Any]:
        grams = grams_of(text)
        if self.postgres:
            return "c.id IN (SELECT customer_id FROM bench_gram WHERE grams @> ?::text[])", grams
        quoted = " ".join(f'"{gram}"' for gram in grams)
        return "c.id IN (SELECT rowid FROM bench_gram WHERE bench_gram MATCH ?)", quoted


def customers(base: Base, asked: dict[str, str]) -> str:
    where, values = ["c.stage = 'prospect'"], []
    if "as" in asked:
        where.append("c.id IN (SELECT customer_id FROM participation WHERE person_id = ?)")
        values.append(int(asked["as"]))
    if "source" in asked:
        where.append("c.source = ?")
        values.append(asked["source"])
    if "q" in asked:
        if "rare" in asked:
            condition, value = base.gram_condition(asked["q"])
            where.append(condition)
            values.append(value)
        like = "ILIKE" if base.postgres else "LIKE"
        where.append(f"(c.name {like} ? OR c.number {like} ?)")
        values += [f"%{asked['q']}%"] * 2
    count = base.ask(
        f"SELECT count(*) FROM (SELECT 1 FROM customer c WHERE {' AND '.join(where)} LIMIT {COUNT_CAP}) x",
        values,
    )[0][0]
    order = "c.id DESC"
    if "before" in asked:
        where.append("c.id > ?")
        values.append(int(asked["before"]))
        order = "c.id ASC"
    elif "sort" in asked:
        order = "c.next_contact_on ASC NULLS LAST, c.id ASC"
    rows = base.ask(
        "SELECT c.id, c.name, c.level, c.progress, c.source, u.first_name, c.last_contact_at,"
        " c.next_contact_on, c.newest_comment FROM customer c LEFT JOIN ab_user u ON u.id = c.owner_id"
        f" WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {int(asked.get('rows', 50)) + 1}",
        values,
    )[: int(asked.get("rows", 50))]
    if "before" in asked:
        rows.reverse()
    return _LIST.render(rows=rows, count=count, needs=_needs(base, rows), rule=_rule(base, rows))


def _needs(base: Base, rows: list[Any]) -> dict[int, str]:
    if not rows:
        return {}
    marks = ", ".join("?" * len(rows))
    return dict(
        base.ask(
            "SELECT n.customer_id, b.name FROM need n JOIN business_type b ON b.id = n.business_type_id"
            f" WHERE n.customer_id IN ({marks})",
            [row[0] for row in rows],
        )
    )


def _rule(base: Base, rows: list[Any]) -> dict[int, list[Any]]:
    if not rows:
        return {}
    marks = ", ".join("?" * len(rows))
    found: dict[int, list[Any]] = {}
    for row in base.ask(
        "SELECT customer_id, day, state, due_on FROM contact_obligation"
        f" WHERE customer_id IN ({marks}) ORDER BY customer_id, round, due_on",
        [row[0] for row in rows],
    ):
        found.setdefault(row[0], []).append(row)
    return found


def detail(base: Base, asked: dict[str, str]) -> str:
    key = [int(asked["id"])]
    row = base.ask(
        "SELECT c.*, u.first_name FROM customer c LEFT JOIN ab_user u ON u.id = c.owner_id WHERE c.id = ?",
        key,
    )[0]
    parts = [
        base.ask("SELECT person_name, kind, value FROM contact_point WHERE customer_id = ? ORDER BY id", key),
        base.ask("SELECT day, state, due_on FROM contact_obligation WHERE customer_id = ?", key),
        base.ask(
            "SELECT b.name FROM need n JOIN business_type b ON b.id = n.business_type_id"
            " WHERE n.customer_id = ?",
            key,
        ),
        base.ask("SELECT began_at, how, ended_at FROM ownership WHERE customer_id = ? ORDER BY id", key),
        base.ask(
            "SELECT u.first_name, p.reason FROM participation p JOIN ab_user u ON u.id = p.person_id"
            " WHERE p.customer_id = ?",
            key,
        ),
    ]
    if "talks" in asked:
        parts.append(
            base.ask(
                "SELECT at, actor, title, body FROM timeline_entry WHERE customer_id = ?"
                " ORDER BY at DESC LIMIT 40",
                key,
            )
        )
    return _DETAIL.render(row=row, parts=parts)


def form(base: Base, asked: dict[str, str]) -> str:
    fields: list[tuple[str, Any]] = [(name, "") for name in _EDITED]
    if "id" in asked:
        row = base.ask(f"SELECT {', '.join(_EDITED)} FROM customer WHERE id = ?", [int(asked["id"])])[0]
        fields = list(zip(_EDITED, row, strict=True))
    words = base.ask("SELECT dictionary, code, label FROM dictionary_word ORDER BY position, id")
    choices: dict[str, list[Any]] = {}
    for dictionary, code, label in words:
        choices.setdefault(dictionary, []).append((code, label))
    kinds = base.ask("SELECT id, name FROM business_type ORDER BY id")
    return _FORM.render(fields=fields, choices=[*choices.items(), ("business_type", kinds)])


def save(base: Base, asked: dict[str, str]) -> str:
    base.line.execute("BEGIN" if base.postgres else "BEGIN IMMEDIATE")
    version = base.ask("SELECT version FROM customer WHERE id = ?", [int(asked["id"])])[0][0]
    base.ask(
        "UPDATE customer SET note = ?, version = version + 1 WHERE id = ? AND version = ? RETURNING id",
        [asked["note"], int(asked["id"]), version],
    )
    base.ask(
        "INSERT INTO bench_audit (customer_id, what) VALUES (?, ?) RETURNING customer_id",
        [int(asked["id"]), asked["note"]],
    )
    base.line.execute("COMMIT")
    return ""


def collisions(base: Base, asked: dict[str, str]) -> str:
    found = base.ask(
        "SELECT c.id, c.name, u.first_name FROM contact_point p JOIN customer c ON c.id = p.customer_id"
        " LEFT JOIN ab_user u ON u.id = c.owner_id WHERE p.key = ?",
        [asked["key"]],
    )
    return str(found)


_PAGES: dict[str, Callable[[Base, dict[str, str]], str]] = {
    "/list": customers, "/detail": detail, "/form": form, "/save": save, "/collisions": collisions,
}  # fmt: skip
_base: list[Base] = []


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    if not _base:
        _base.append(Base(URL))
    asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    body = _PAGES[environ["PATH_INFO"]](_base[0], asked).encode()
    saved = environ["PATH_INFO"] == "/save"
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response("302 Found" if saved else "200 OK", [*headers, ("Location", "/")] if saved else headers)
    return [body]
