"""The environment is made out of the lock by Python alone, once, and again when lock or place change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.settings import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock names nothing, so that no network is needed."""
    made = tmp_path / "checkout"
    shutil.copytree(ROOT / "tools", made / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "run.py", made)
    (made / "locks").mkdir()
    (made / "locks" / "run.txt").write_text("# nothing\n")
    return made


def prepare(checkout: Path) -> subprocess.CompletedProcess[str]:
    script = "from tools import bootstrap; print(bootstrap.ensure(bootstrap.RUN_LOCK))"
    # `run.py test` names its own folder as the place of modules; this one has to find the checkout's.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=checkout, env=plain, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_environment_is_made_once_and_again_after_a_move(checkout: Path) -> None:
    first = prepare(checkout)
    assert first.returncode == 0 and "Making the environment" in first.stderr
    second = prepare(checkout)
    assert second.stderr == "" and Path(second.stdout.strip()).exists()
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert "Making the environment" in prepare(moved).stderr


@pytest.mark.slow
def test_a_changed_lock_is_installed_and_what_it_lacks_is_said(checkout: Path) -> None:
    prepare(checkout)
    (checkout / "locks" / "run.txt").write_text("no-hash-no-entry==1.0\n")
    refused = subprocess.run(
        [sys.executable, "run.py", "doctor"], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "hash" in refused.stderr.lower() and "Traceback" not in refused.stderr
    assert refused.stderr.endswith("The packages could not be installed; pip says why above.\n")
    assert prepare(checkout).stderr.startswith("Installing what locks/run.txt names")
