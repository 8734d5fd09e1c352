"""One declared entity of about thirty lines gets every feature of the generated screens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_throw_away_entity_gets_every_feature_from_its_declaration(
    database_url: str, valkey: str, tmp_path: Path
) -> None:
    (tmp_path / "demo-password").write_text("demo-of-the-tests")
    done = subprocess.run(
        [sys.executable, "-m", "tests.architecture.throw_away", database_url, valkey, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "every feature of a declared entity holds" in done.stdout
