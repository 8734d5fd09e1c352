"""One backup: database, uploaded files and a manifest in a folder, made while people work and looked at.

The folder has its name only when it is complete. Secrets stay out: what opens encrypted columns belongs in
another safe. The database is copied before the files, so every file its rows name is in the backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Connection, func, inspect, select, table

from app.platform import clock, schema
from app.platform.database import engines
from app.platform.errors import BusinessError
from app.upkeep import postgres_dump, sqlite_copy

MANIFEST = "manifest.json"
FORMAT = 1
KEPT_FOLDERS = ("files", "uploads")
"""Folders of ZHANGFANG_HOME that people's files lie in."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `files` maps the path inside to its sha256; `rows` counts rows by table."""

    format: int
    made_at: str
    database: str
    migration: str
    rows: dict[str, int]
    files: dict[str, str]
    bytes: int


def default_folder() -> Path:
    return Path(current_app.config["ZHANGFANG_HOME"]) / "backups"


def back_up(into: Path) -> tuple[Path, Manifest]:
    """Make a backup in a new folder below `into`; returns it with its manifest.

    Raises BusinessError when the folder cannot be written, a program is missing or the copy is not sound.
    """
    with _new_folder(into) as (unfinished, final):
        migration, kind, rows = _copy_database(unfinished)
        _copy_folders(unfinished)
        digests = {
            str(path.relative_to(unfinished)): _digest(path)
            for path in sorted(unfinished.rglob("*"))
            if path.is_file()
        }
        manifest = Manifest(
            format=FORMAT,
            made_at=clock.now().isoformat(timespec="seconds"),
            database=kind,
            migration=migration,
            rows=rows,
            files=digests,
            bytes=sum((unfinished / name).stat().st_size for name in digests),
        )
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
        (unfinished / MANIFEST).write_text(text, encoding="utf-8")
    return final, manifest


@contextmanager
def _new_folder(into: Path) -> Iterator[tuple[Path, Path]]:
    """A folder only its owner may enter; it gets its name when the block ends well, and goes otherwise."""
    final = into / f"zhangfang-{clock.local(clock.now()):%Y%m%d-%H%M%S}"
    unfinished = into / f".{final.name}.unfinished"
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.mkdir(mode=0o700)
        if final.exists():
            raise FileExistsError(str(final))
        yield unfinished, final
        _write_through(unfinished)
        unfinished.rename(final)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise BusinessError(
            _("The backup cannot be written: %(why)s", why=str(error)), code="disk"
        ) from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write_through(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _copy_database(folder: Path) -> tuple[str, str, dict[str, int]]:
    """(migration, kind of database, rows by table), all as of one moment."""
    engine = engines().reader
    if engine.dialect.name == "sqlite":
        target = folder / "database.sqlite"
        sqlite_copy.copy(Path(str(engine.url.database)), target)
        return _migration(), "sqlite", sqlite_copy.verify(target)
    target = folder / "database.dump"
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        postgres_dump.dump(connection, target)
        rows = _count_rows(connection)
        if postgres_dump.tables_in(target, connection) < len(rows):
            raise BusinessError(_("The dump of the database lacks tables."), code="pg_dump")
    return _migration(), "postgresql", rows


def _migration() -> str:
    """Tables that are behind are backed up as well: before a new version starts is when people do it."""
    with engines().reader.connect() as connection:
        return schema.revision_of(connection) or ""


def _count_rows(connection: Connection) -> dict[str, int]:
    names = sorted(inspect(connection).get_table_names())
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def _copy_folders(folder: Path) -> None:
    home = Path(current_app.config["ZHANGFANG_HOME"])
    for name in KEPT_FOLDERS:
        if (home / name).is_dir():
            shutil.copytree(home / name, folder / name)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def newest(folder: Path) -> datetime | None:
    """When the newest complete backup in the folder was made; None when there is none."""
    moments = [datetime.fromisoformat(read(path).made_at) for path in folder.glob(f"zhangfang-*/{MANIFEST}")]
    return max(moments, default=None)


def read(path: Path) -> Manifest:
    """The manifest in the file. Raises BusinessError when it is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**content)
    except (OSError, ValueError, TypeError) as error:
        raise BusinessError(_("%(name)s is no manifest of a backup.", name=path.name)) from error


def damaged(folder: Path) -> list[str]:
    """Files of a backup that are missing or no longer what they were."""
    kept = read(folder / MANIFEST).files
    return [
        name
        for name, digest in kept.items()
        if not (folder / name).is_file() or _digest(folder / name) != digest
    ]
