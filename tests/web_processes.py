"""Web processes of their own on one prepared database, and people who sit in front of one of them."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path

from flask import Flask

from tests.conftest import _app_on, _prepare
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.people import demo_password, token_in
from tests.program import free_port
from tools import services
from tools.settings import ROOT

START_SECONDS = 90
Form = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Office:
    """The program in this process, to prepare and look at rows, and the ports of the web processes."""

    app: Flask
    ports: Sequence[int]

    def visitor(self, login: str, at: int = 0) -> Visitor:
        """Somebody signed in at one of the processes."""
        return Visitor(self.ports[at]).log_in(login, demo_password(self.app))


@contextlib.contextmanager
def office(
    backend: str,
    databases: Mapping[str, SqliteDatabases | PostgresDatabases],
    the_app: Flask,
    home: Path,
    *,
    processes: int,
) -> Iterator[Office]:
    """A prepared database with so many web processes on it."""
    source = databases[backend]
    with source.copy(source.template(_prepare(the_app))) as url, _app_on(the_app, url) as app:
        settings = {"DATABASE_URL": url, "REDIS_URL": the_app.config["REDIS_URL"]}
        with web_processes(processes, home, **settings) as ports:
            yield Office(app, ports)


@contextlib.contextmanager
def web_processes(count: int, home: Path, **settings: str) -> Iterator[list[int]]:
    """The ports of so many `python -m app.web`, started at once, answering; they end with the block."""
    ports = [free_port() for _ in range(count)]
    processes = [_started(port, home, settings) for port in ports]
    try:
        for port, process in zip(ports, processes, strict=True):
            _wait_for(port, process, home / f"web-{port}.log")
        yield ports
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def _started(port: int, home: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
        "ZHANGFANG_HOME": str(home),
        "ZHANGFANG_PORT": str(port),
        **settings,
    }
    with (home / f"web-{port}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "app.web"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=services.end_with_parent,
        )


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if Visitor(port).get("/healthz").status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"The web process did not start:\n{services.tail(log)}")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    location: str


class Visitor:
    """A browser's worth of HTTP: one person's cookies, forms sent with the token of the last page."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._cookies: dict[str, str] = {}
        self._token = ""

    def log_in(self, login: str, password: str) -> Visitor:
        self.get("/login/")
        answer = self.post("/login/", {"username": login, "password": password})
        assert answer.status == 302, answer.text
        self.get("/account/sessions")
        return self

    def get(self, address: str) -> Answer:
        return self._send("GET", address, None)

    def post(self, address: str, data: Form) -> Answer:
        pairs = data.items() if isinstance(data, Mapping) else data
        sent = [(name, value) for name, value in pairs if name != "csrf_token"]
        return self._send("POST", address, [("csrf_token", self._token), *sent])

    def _send(self, method: str, address: str, data: Sequence[tuple[str, str]] | None) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(line):
            body = urllib.parse.urlencode(data) if data is not None else None
            line.request(method, urllib.parse.quote(address, safe="/?&=%+,-_"), body, headers)
            answer = line.getresponse()
            text = answer.read().decode()
        sent = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie") or ()))
        self._cookies = {**self._cookies, **{name: morsel.value for name, morsel in sent.items()}}
        self._token = token_in(text) or self._token
        return Answer(answer.status, text, answer.headers.get("Location", ""))


def fields_in(html: str) -> list[tuple[str, str]]:
    """What the forms of a page would send now: hidden and text fields, ticked boxes, chosen options."""
    found: list[tuple[str, str]] = []
    for tag in re.findall(r"<input [^>]*>", html):
        words = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        if "name" in words and (words.get("type") not in ("checkbox", "radio") or " checked" in tag):
            found.append((words["name"], words.get("value", "on")))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option (?=[^>]*\bselected)[^>]*value="([^"]*)"', options)
        found += [(name, unescape(chosen.group(1)))] if chosen else []
    return found
