"""`run.py bench` on a small database: every page answers with the rows SQL finds, every line is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import screens
from bench.pages import PAGES
from bench.runs import READERS


@pytest.mark.slow
def test_the_bench_prints_every_page_beside_peer_and_floor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--rows", "300", "--backends", "sqlite", "--keep", str(tmp_path)]
    assert screens.main([*sizes, "--batches", "1", "--requests", "1"]) == 0
    printed = capsys.readouterr().out
    lines = [line.split(" | ") for line in printed.splitlines() if line.startswith("| ")][1:]
    assert [line[0].strip("| ") for line in lines] == [page.name for page in PAGES] * len(READERS)
    for page, line in zip(PAGES, lines, strict=False):
        floor, peer = line[8], line[10]
        assert (floor != "–", peer != "–") == (page.floor is not None, page.peer is not None), page.name
