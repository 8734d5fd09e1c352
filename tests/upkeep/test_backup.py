"""A backup holds everything that was committed, is sound, or is not there."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import files, schema
from app.platform.errors import BusinessError
from app.platform.files import Upload, find_subject, store
from app.upkeep import backup, postgres_dump
from tests.people import acting, as_system

Command = Callable[..., Result]
PDF = b"%PDF-1.7\n"


def customer_with_file(app: Flask, name: str) -> str:
    with acting(app, "xiaoshou1") as session:
        customer = create_customer(session, name=name)
        return store(session, find_subject(session, "customer", customer.id), Upload("a.pdf", PDF)).stored_as


def test_a_backup_has_database_files_and_a_manifest_that_fits(
    app: Flask, command: Command, tmp_path: Path
) -> None:
    stored_as = customer_with_file(app, "备份的客户")
    done = command("backup", str(tmp_path / "deep" / "down"), "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    made = Path(answer["folder"])
    assert made.parent == tmp_path / "deep" / "down" and made.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in made.parent.iterdir()] == [made.name], "nothing unfinished is left"
    assert (made / "files" / stored_as).read_bytes() == PDF
    manifest = json.loads((made / backup.MANIFEST).read_text())
    assert manifest["migration"] == schema.head()
    assert manifest["rows"]["customer"] == 1 and manifest["rows"]["ab_user"] == 11
    assert set(manifest["files"]) == {
        str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()
    } - {backup.MANIFEST}
    with app.app_context():
        assert backup.damaged(made) == []
        (made / "files" / stored_as).write_bytes(b"%PDF-1.8\n")
        assert backup.damaged(made) == [f"files/{stored_as}"]
        assert backup.newest(made.parent) is not None
    assert not [path for path in made.rglob("*") if path.name in ("secret", "demo-password")]


def test_the_copy_can_be_opened_again(app: Flask, backend: str, tmp_path: Path) -> None:
    customer_with_file(app, "备份的客户")
    with app.app_context():
        made, _manifest = backup.back_up(tmp_path)
    if backend == "sqlite":
        with contextlib.closing(sqlite3.connect(made / "database.sqlite")) as copy:
            assert copy.execute("SELECT name FROM customer").fetchall() == [("备份的客户",)]
    else:
        listed = subprocess.run(
            ["pg_restore", "--data-only", "--table=customer", "--file=-", str(made / "database.dump")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "备份的客户" in listed.stdout


def test_a_backup_while_people_write_is_of_one_moment(app: Flask, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            customer_with_file(app, f"客户{number}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with app.app_context():
            made, manifest = backup.back_up(tmp_path)
    finally:
        stop.set()
        writer.join()
    kept = {path.name for path in (made / "files").iterdir()} if (made / "files").exists() else set()
    assert manifest.rows["customer"] == manifest.rows["stored_file"] <= len(kept)
    with as_system(app) as session:
        assert (session.scalar(select(func.count()).select_from(Customer)) or 0) >= manifest.rows["customer"]


def test_a_folder_that_cannot_be_written_is_one_line(app: Flask, command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = command("backup", str(tmp_path / "file" / "below"))
    assert done.exit_code == 2 and "Traceback" not in done.output
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("backend", ["postgresql"])
def test_missing_or_old_pg_dump_is_said_clearly(
    app: Flask, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_dump, "_DEBIAN", tmp_path)
    old = tmp_path / "bin"
    old.mkdir()
    monkeypatch.setenv("PATH", str(old))
    for said, reason in (("", "missing"), ("pg_dump (PostgreSQL) 9.6.24", "older")):
        if said:
            (old / "pg_dump").write_text(f"#!/bin/sh\necho '{said}'\n")
            (old / "pg_dump").chmod(0o755)
        with app.app_context(), pytest.raises(BusinessError, match="postgresql-client-") as refusal:
            backup.back_up(tmp_path / "out")
        assert "pg_dump" in str(refusal.value), reason
        assert list((tmp_path / "out").iterdir()) == []


def test_the_live_files_folder_is_left_alone(app: Flask, tmp_path: Path) -> None:
    customer_with_file(app, "客户")
    with app.app_context():
        before = sorted(files.folder().iterdir())
        backup.back_up(tmp_path)
        assert sorted(files.folder().iterdir()) == before
