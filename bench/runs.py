"""One size on one database: the floor, our pages, the peer, one after the other on the same machine."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import build
from bench.databases import PEER, Database, Keeper, run
from bench.driver import Client, Cost, measure, pages_per_second, wait_until_quiet
from bench.pages import LAST, PAGES, Page, Path, Reader, asks, names_in, ours_last, reader
from bench.servers import PROCESSES, Server, serving
from bench.table import Line

READERS = (("laoban", False), ("xiaoshou1", True))
PEOPLE_AT_ONCE = 4


@dataclass
class Results:
    """What was measured, by size."""

    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def line(self, page: Page, login: str) -> Line:
        return self.lines.setdefault((page.name, login), Line(page.name, login, page.goal))


@dataclass(frozen=True)
class Run:
    """One size on one database."""

    keeper: Keeper
    database: Database
    results: Results
    batches: int
    requests: int

    @property
    def postgres(self) -> int:
        started = self.keeper.postgres
        return started.process.pid if started and self.database.backend == "postgresql" else 0

    def go(self) -> None:
        readers = [reader(self.database, login, scoped=scoped) for login, scoped in READERS]
        held = self._floor(readers)
        self._ours(readers, held)
        self._peer(readers[0])

    def _serve(self, program: str, **settings: str) -> contextlib.AbstractContextManager[Server]:
        say(f"{self.database.backend}, {self.database.rows:,} customers: {program}")
        environment = {**self.database.environment(self.keeper.queue), **settings}
        log = self.database.home / f"{program}.log"
        return serving(program, environment, log=log, database=self.postgres)

    def _cost(self, client: Client, page: Page, path: Path, who: Reader) -> Cost:
        count = self.batches * self.requests + 4
        return measure(client, asks(page, path, who, client, count), batches=self.batches)

    def _floor(self, readers: Sequence[Reader]) -> dict[tuple[str, str], list[str]]:
        """Measures the floor; answers the names its lists hold."""
        held: dict[tuple[str, str], list[str]] = {}
        with self._serve("floor", BENCH_URL=self.database.url()) as server:
            wait_until_quiet(server)
            client = Client(server)
            for who in readers:
                for page in PAGES:
                    if page.floor is None:
                        continue
                    if page.listed:
                        held[page.name, who.login] = names_in(client.get(page.floor(who, 0)).text)
                    cost = self._cost(client, page, page.floor, who)
                    self.results.line(page, who.login).floor[self.database.rows] = cost
        return held

    def _ours(self, readers: Sequence[Reader], held: dict[tuple[str, str], list[str]]) -> None:
        password = (self.database.home / "demo-password").read_text().strip()
        with self._serve("ours") as server:
            wait_until_quiet(server)
            for who in readers:
                client = Client(server)
                client.log_in(who.login, password)
                if who is readers[0]:
                    self._note_cold(server, client)
                for page in PAGES:
                    path = ours_last(client, who) if page.name == LAST else page.ours
                    if page.listed:
                        _refuse_other_rows(page, client.get(path(who, 0)).text, held[page.name, who.login])
                    cost = self._cost(client, page, path, who)
                    self.results.line(page, who.login).ours[self.database.rows] = cost
            self._note_throughput(server, readers, password)

    def _note_cold(self, server: Server, client: Client) -> None:
        before = sum(server.used())
        client.get(PAGES[0].ours(None, 0))
        cold = (sum(server.used()) - before) * 1000
        self.results.notes.append(
            f"{self.database.rows:,} customers: the first list page after the start took {cold:,.0f} ms"
            " (templates, statements and words are not yet at hand); all figures below are warm."
        )

    def _note_throughput(self, server: Server, readers: Sequence[Reader], password: str) -> None:
        for who in readers:
            clients = [Client(server) for _person in range(PEOPLE_AT_ONCE)]
            for client in clients:
                client.log_in(who.login, password)
            path = PAGES[0].ours(who, 0)
            rate = pages_per_second(server, clients, path, count=self.batches * self.requests)
            self.results.notes.append(
                f"{self.database.rows:,} customers, {who.login}: {rate:.0f} list pages per second of"
                f" server CPU with {PROCESSES} processes and {PEOPLE_AT_ONCE} people at once (goal 60)."
            )

    def _peer(self, who: Reader) -> None:
        settings = {"BENCH_PEER_URL": self.database.url(PEER)}
        if not self.database.marked("peer"):
            self.database.copy_for_peer()
            setting_up = {**self.database.environment(self.keeper.queue), **settings}
            run([sys.executable, "-m", "bench.peer"], {**setting_up, "BENCH_PEER_LOGIN": who.login})
            build.gather_statistics(self.database, PEER)
            self.database.mark("peer")
        password = (self.database.home / "demo-password").read_text().strip()
        with self._serve("peer", **settings) as server:
            wait_until_quiet(server)
            client = Client(server)
            client.log_in(who.login, password)
            for page in PAGES:
                if page.peer is not None and self.database.rows <= page.peer_until:
                    cost = self._cost(client, page, page.peer, who)
                    self.results.line(page, who.login).peer[self.database.rows] = cost


def _refuse_other_rows(page: Page, ours: str, held: Sequence[str]) -> None:
    """Our list must hold every row the same question finds by hand."""
    missing = [name for name in held if name not in ours]
    if not held or missing:
        raise RuntimeError(f"{page.name}: {len(missing)} of {len(held)} rows are missing: {missing[:3]}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
