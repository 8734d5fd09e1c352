"""A consistent dump of a PostgreSQL database by its own `pg_dump`, and a look at what was written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from flask_babel import gettext as _
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, text

from app.platform.errors import BusinessError

_DEBIAN = Path("/usr/lib/postgresql")


def dump(connection: Connection, target: Path) -> None:
    """Write the database as it stands in the connection's snapshot to `target` (custom format).

    The connection is in a REPEATABLE READ transaction. Raises BusinessError when `pg_dump` is missing, older
    than the server, or fails.
    """
    programs = _programs(_server_major(connection))
    snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
    _run(
        [
            str(programs / "pg_dump"),
            "--format=custom",
            f"--snapshot={snapshot}",
            f"--file={target}",
            f"--dbname={_address(connection.engine.url)}",
        ],
        connection.engine.url,
    )


def tables_in(target: Path, connection: Connection) -> int:
    """How many tables with data the dump lists. Raises BusinessError when it cannot be read."""
    programs = _programs(_server_major(connection))
    listed = _run([str(programs / "pg_restore"), "--list", str(target)], connection.engine.url)
    return sum(" TABLE DATA " in line for line in listed.splitlines())


def _server_major(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT current_setting('server_version_num')::int"))) // 10_000


def _programs(server: int) -> Path:
    """The folder of the first `pg_dump` that knows this server: the PATH first, then Debian's folders."""
    found = shutil.which("pg_dump")
    folders = [Path(found).parent] if found else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    majors = {folder: _major(folder / "pg_dump") for folder in folders if (folder / "pg_dump").exists()}
    for folder, major in majors.items():
        if major >= server:
            return folder
    if majors:
        raise BusinessError(
            _(
                "pg_dump %(found)s is older than the server. Install postgresql-client-%(server)s.",
                found=max(majors.values()),
                server=server,
            ),
            code="pg_dump",
        )
    raise BusinessError(
        _("pg_dump is missing. Install postgresql-client-%(server)s.", server=server), code="pg_dump"
    )


def _major(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"(\d+)(?:\.|\b)", said)
    return int(number.group(1)) if number else 0


def _address(url: URL) -> str:
    """The address without its password, which goes by the environment: others see command lines."""
    parts: Mapping[str, object] = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "dbname": url.database,
        **url.query,
    }
    return make_conninfo(**{key: str(value) for key, value in parts.items() if value not in (None, "")})


def _run(command: list[str], url: URL) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [""]
        raise BusinessError(
            _("%(program)s failed: %(said)s", program=Path(command[0]).name, said=said[-1]), code="pg_dump"
        )
    return done.stdout
