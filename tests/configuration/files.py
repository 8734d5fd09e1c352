"""The configuration file of a database, changed as people change it: as text or as its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from flask import Flask

from app.configuration.operations import Outcome, apply, export_text
from app.configuration.places import FileRefused
from tests.people import acting, as_system


def exported(app: Flask) -> str:
    with as_system(app) as session:
        return export_text(session)


def parts(app: Flask) -> dict[str, Any]:
    """The file as plain parts; what a person would change in an editor, a test changes here."""
    found: dict[str, Any] = yaml.load(exported(app), Loader=yaml.CSafeLoader)
    return found


class Written(yaml.CSafeDumper):
    """As a person writes: everything where it stands, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text(found: dict[str, Any]) -> str:
    return yaml.dump(found, Dumper=Written, allow_unicode=True, sort_keys=False)


def changed(app: Flask, change: Callable[[dict[str, Any]], None]) -> str:
    found = parts(app)
    change(found)
    return text(found)


def applied(app: Flask, content: str, login: str | None = None, **more: Any) -> Outcome:
    with acting(app, login) if login else as_system(app) as session:
        return apply(session, content, **more)


def faults_of(app: Flask, content: str, login: str | None = None) -> dict[str, str]:
    """What the refusal names, by path; the file must be refused."""
    try:
        applied(app, content, login)
    except FileRefused as refusal:
        return {fault.path: str(fault.message) for fault in refusal.faults}
    raise AssertionError("the file was applied")


def row(rows: list[dict[str, Any]], key: str, name: str = "code") -> dict[str, Any]:
    return next(each for each in rows if each[name] == key)
