"""A person at a browser without pictures: logs in, asks for pages, and has their processor time read."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.form_fields import fields_of, plain
from bench.servers import Server

QUIET = 0.03
"""Seconds after which a process has put away what it answered."""
LONGEST_BATCH = 2.0
WARM_UPS = 6


@dataclass(frozen=True)
class Ask:
    """One request: a path, and the fields of a form when it is sent."""

    path: str
    fields: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    size: int
    statements: int


@dataclass(frozen=True)
class Cost:
    """Medians of a page: milliseconds of processor time (`database` is part of `cpu`)."""

    cpu: float
    database: float
    statements: int
    size: int


@dataclass
class Client:
    """One signed-in browser; a connection per request, as gunicorn's plain workers have it."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, ask: Ask) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=600)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Accept": "text/html"}
        body = None
        if ask.fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(ask.fields).encode()
        try:
            line.request("GET" if body is None else "POST", ask.path, body, headers)
            answer = line.getresponse()
            content = answer.read()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _sep, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            statements = int(answer.headers.get("X-Statements") or 0)
            return Answer(answer.status, content.decode(), len(content), statements)
        finally:
            line.close()

    def get(self, path: str) -> Answer:
        """The page; raises unless it answers 200."""
        answer = self.send(Ask(path))
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {plain(answer.text)[:600]}")
        return answer

    def log_in(self, login: str, password: str) -> None:
        fields = dict(fields_of(self.get("/login/").text))
        fields |= {"username": login, "password": password}
        answer = self.send(Ask("/login/", tuple(fields.items())))
        if answer.status != 302:
            raise RuntimeError(f"{login} could not log in: {answer.status} {plain(answer.text)[:300]}")

    def form(self, path: str, **changed: str) -> Ask:
        """The form of a page as a browser sends it, with some fields typed anew."""
        fields = fields_of(self.get(path).text)
        kept = [(name, value) for name, value in fields if name not in changed]
        return Ask(path, (*kept, *changed.items()))


def measure(client: Client, asks: Sequence[Ask], *, batches: int) -> Cost:
    """The medians over batches of these requests, after a warm-up that takes the first of them."""
    answers, started = [], time.monotonic()
    for ask in asks[: min(WARM_UPS, max(1, len(asks) // 4))]:
        answers.append(_checked(client, ask))
        if time.monotonic() - started > LONGEST_BATCH:
            break
    wall = (time.monotonic() - started) / len(answers)
    rest = asks[len(answers) :]
    size = max(1, min(len(rest) // batches, int(LONGEST_BATCH / wall)))
    turns = batches if wall < LONGEST_BATCH else 1
    costs = [_batch(client, rest[turn * size : (turn + 1) * size]) for turn in range(turns)]
    cpu, database = (statistics.median(column) for column in zip(*costs, strict=True))
    return Cost(cpu, database, answers[-1].statements, answers[-1].size)


def _batch(client: Client, asks: Sequence[Ask]) -> tuple[float, float]:
    web, database = client.server.used()
    for ask in asks:
        _checked(client, ask)
    time.sleep(QUIET)
    web_then, database_then = client.server.used()
    of_database = (database_then - database) * 1000 / len(asks)
    return (web_then - web) * 1000 / len(asks) + of_database, of_database


def _checked(client: Client, ask: Ask) -> Answer:
    if ask.fields is None:
        return client.get(ask.path)
    answer = client.send(ask)
    if answer.status != 302:
        raise RuntimeError(f"saving at {ask.path} answered {answer.status}: {plain(answer.text)[:600]}")
    return answer


def wait_until_quiet(server: Server) -> None:
    """Until every process has loaded what it loads at its start."""
    before = -1.0
    while (now := sum(server.used())) - before > 0.002:
        before = now
        time.sleep(0.5)


def pages_per_second(server: Server, clients: Sequence[Client], path: str, *, count: int) -> float:
    """Pages for one second of processor time while several people ask at once."""
    before = sum(server.used())
    threads = [threading.Thread(target=_ask_often, args=(client.get, path, count)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(QUIET)
    return count * len(clients) / (sum(server.used()) - before)


def _ask_often(get: Callable[[str], Answer], path: str, count: int) -> None:
    for _turn in range(count):
        get(path)
