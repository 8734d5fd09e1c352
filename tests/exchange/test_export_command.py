"""`export KIND`: the same rows, columns and rights as the list on the screen, as a file, and written down."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.platform.audit import AuditEntry
from app.platform.entity import entities
from app.platform.shaping import shaped
from tests.desk import Desk
from tests.people import acting, as_system
from tests.platform.test_custom_fields import define, prospect
from tests.platform.test_field_rights import limit
from tests.world import make_world

Command = Callable[..., Result]


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


@pytest.fixture
def prospects(app: Flask) -> None:
    define(Desk(app, "admin"), "x_score", listed="y")
    sales = Desk(app, "xiaoshou1")
    for name, number, score, source in (
        ("云帆", "1", "9.5", "百度"),
        ("金桥", "2", "10", "百度"),
        ("无名", "3", "", "微信"),
    ):
        form = prospect(name, f"1380000000{number}", x_score=score, source=source, introducer="老李")
        assert sales.post("/customer/new", form).status_code == 302


def test_a_list_is_written_with_its_filter_order_and_columns_and_leaves_a_trace(
    app: Flask, command: Command, prospects: None, tmp_path: Path
) -> None:
    path = tmp_path / "名单.csv"
    words = ("--filter", "source__is=百度", "--sort", "-x_score", "--columns", "name,x_score,introducer")
    done = command("export", "prospect", *words, "-o", str(path), "--as", "xszhuguan")
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    assert table(path) == [["客户名称", "评分", "介绍人"], ["金桥", "10", "老李"], ["云帆", "9.5", "老李"]]
    with as_system(app) as session:
        trace = session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one()
        assert (trace.actor, trace.table_name, trace.after["rows"]) == ("xszhuguan", "prospect", 2)
        assert "source__is=百度" in trace.after["list"]
    book = tmp_path / "名单.xlsx"
    assert (
        command("export", "prospect", "--format", "xlsx", "-o", str(book), "--as", "xszhuguan").exit_code == 0
    )
    heads, *rows = load_workbook(book).active.iter_rows(values_only=True)
    assert heads[0] == "客户名称" and heads[-1] == "评分", (
        "fields marked for lists stand in the sheet as well"
    )
    assert {row[0] for row in rows} == {"云帆", "金桥", "无名"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_takes_along_what_they_may_not_see(
    app: Flask, command: Command, prospects: None, tmp_path: Path
) -> None:
    path = tmp_path / "名单.csv"
    limit(app, "sales_manager", introducer="hidden", source="masked")
    shown = ("export", "prospect", "-o", str(path), "--as", "xszhuguan")
    assert command(*shown, "--columns", "name,source").exit_code == 0
    assert "百度" not in path.read_text(encoding="utf-8-sig")
    for word in (("--columns", "introducer"), ("--filter", "introducer__has=老"), ("--sort", "source")):
        path.unlink(missing_ok=True)
        assert (command(*shown, *word).exit_code, path.exists()) == (2, False), word
    assert command("export", "prospect", "-o", str(path), "--as", "xiaoshou1").exit_code == 2
    assert not path.exists()
    assert command("export", "prospect", "-o", str(path)).exit_code == 0
    assert len(table(path)) == 4
    with as_system(app) as session:
        actors = set(session.scalars(select(AuditEntry.actor).where(AuditEntry.action == "export")))
    assert actors == {"xszhuguan", "system"}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("prospect", "--filter", "source"),
        ("prospect", "--filter", "source=百度"),
        ("prospect", "--filter", "nothing__is=1"),
        ("prospect", "--filter", "created_at__from=gestern"),
        ("prospect", "--filter", "source__is=1", "--filter", "source__is=2"),
        ("prospect", "--sort", "note"),
        ("prospect", "--columns", "nothing"),
        ("prospect", "--tab", "nothing"),
        ("prospect", "--as", "nobody"),
        ("prospect", "-o", "/nowhere/at/all.csv"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_clear_line(app: Flask, command: Command, words: tuple[str, ...]) -> None:
    done = command("export", *words)
    assert done.exit_code == 2, done.output
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_list_can_be_taken_along_with_every_column(
    app: Flask, command: Command, tmp_path: Path
) -> None:
    """Outside a request, as in a worker, where no address of a page can be built."""
    make_world(app)
    exported = set()
    for name, entity in entities().items():
        with acting(app, "xszhuguan") as session:
            who = session.info["identity"]
            every = ",".join(field.name for field in shaped(session, entity, who).columns)
        path = tmp_path / f"{name}.csv"
        done = command("export", name, "--columns", every, "-o", str(path), "--as", "xszhuguan")
        allowed = who.can("can_export", entity.grants_of)
        assert (done.exit_code, path.exists()) == ((0, True) if allowed else (2, False)), (name, done.output)
        if path.exists():
            exported.add(name)
            assert command("export", name, "--columns", every, "-o", str(path)).exit_code == 0, name
    assert {"prospect", "signed_customer", "company", "library", "contract"} <= exported
