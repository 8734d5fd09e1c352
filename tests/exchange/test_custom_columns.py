"""A sheet fills custom fields as a form would: by label, checked, with presets, only where one may."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.customers.models import Customer
from app.exchange.headers import match_header
from app.exchange.importable import Importable, importable
from app.exchange.models import ImportRun
from app.exchange.operations import read_file
from app.exchange.sheets import SheetRow
from app.org.models import Person
from app.platform.custom_fields import Definition
from tests.desk import Desk
from tests.people import acting, as_system, person_id
from tests.platform.test_custom_fields import DEFINITIONS, define
from tests.platform.test_field_rights import limit

Command = Callable[..., Result]


def sheet(folder: Path, *rows: str) -> Path:
    path = folder / "客户.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def bring(command: Command, path: Path, *more: str, login: str = "xszhuguan") -> dict[str, Any]:
    done = command("import", "prospects", str(path), "--as", login, "--json", *more)
    assert done.exit_code in (0, 1), done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def kept(app: Flask) -> dict[str, Mapping[str, Any]]:
    with as_system(app) as session:
        return {row.name: row.extra for row in session.scalars(select(Customer))}


def test_a_sheet_fills_custom_fields_and_what_does_not_fit_stays_out_with_its_reason(
    app: Flask, command: Command, tmp_path: Path
) -> None:
    admin = Desk(app, "admin")
    for name in DEFINITIONS:
        define(admin, name)
    with as_system(app) as session:
        friend = person_id(session, "waiqin")
        friends_name = session.get_one(Person, friend).name
    path = sheet(
        tmp_path,
        "客户名称,手机,昵称,评分,x_budget,生日,态度,喜好,同事介绍,执照照片",
        f'云帆,13800000001,老王,-12.5,"1,234.50",1980年5月6日,很想买,茶、酒,{friends_name},执照.pdf',
        "金桥,13800000002,,,,,cold,ta,,",
        "坏分,13800000003,,很高,便宜,,,,,",
        "坏词,13800000004,,,,,一般,,,",
        "坏人,13800000005,,,,,,,没有这人,",
    )
    assert bring(command, path, "--dry-run")["accepted"] == 2 and kept(app) == {}
    answer = bring(command, path)
    assert answer["accepted"] == 2
    assert kept(app) == {
        "云帆": {
            "x_nickname": "老王",
            "x_score": "-12.5",
            "x_budget": 123450,
            "x_birthday": "1980-05-06",
            "x_mood": "hot",
            "x_likes": ["t", "w"],
            "x_friend": friend,
        },
        "金桥": {"x_mood": "cold", "x_likes": ["ta"]},
    }
    faults = {fault["line"]: (fault["column"], fault["value"]) for fault in answer["refused"]}
    assert faults == {4: ("x_score", "很高"), 5: ("x_mood", "一般"), 6: ("x_friend", "没有这人")}
    assert "便宜" in answer["refused"][0]["reason"], "every fault of the row is told at once"
    back = read_file(path.with_suffix(".refused.xlsx"), _importable(app, "xszhuguan"))
    assert len(back.rows) == 3 and "x_score" in back.columns.values()


def _importable(app: Flask, login: str) -> Importable:
    with acting(app, login) as session:
        return importable(session, session.info["identity"])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_preset_fills_what_is_empty_and_a_required_field_is_asked_for(
    app: Flask, command: Command, tmp_path: Path
) -> None:
    admin = Desk(app, "admin")
    define(admin, "x_mood", preset="再看看", required="y")
    define(admin, "x_score", required="y")
    define(admin, "x_licence", required="y")
    path = sheet(
        tmp_path,
        "客户名称,手机,评分,态度",
        "云帆,13800000001,7,很想买",
        "金桥,13800000002,8,",
        "没分,13800000003,,",
    )
    answer = bring(command, path)
    assert kept(app) == {
        "云帆": {"x_score": "7", "x_mood": "hot"},
        "金桥": {"x_score": "8", "x_mood": "cold"},
    }
    assert [(f["line"], f["column"], f["value"]) for f in answer["refused"]] == [(4, "x_score", "")]
    assert "评分" in answer["refused"][0]["reason"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_the_importer_may_not_fill_in_is_no_column(app: Flask, command: Command, tmp_path: Path) -> None:
    admin = Desk(app, "admin")
    define(admin, "x_score", visible_to=["principal"], required="y", preset="5")
    define(admin, "x_nickname", editable_by=["principal"])
    limit(app, "sales_manager", source="read_only", note="hidden", owner="read_only", industry="masked")
    path = sheet(
        tmp_path,
        "客户名称,手机,评分,昵称,来源,备注,负责人,行业,级别",
        "云帆,13800000001,9,老王,百度,大客户,林晓,软件,A",
    )
    bring(command, path)
    with as_system(app) as session:
        row = session.scalars(select(Customer)).one()
        assert (row.extra, row.source, row.note, row.industry) == ({}, None, None, None)
        assert (row.level, row.owner_id) == ("A", person_id(session, "xszhuguan"))
    mapping = tmp_path / "map.json"
    for number, hidden in enumerate(("x_score", "x_nickname", "source", "x_nothing")):
        mapping.write_text(json.dumps({"2": hidden}))
        path = sheet(tmp_path, "客户名称,手机,别的", f"金桥{number},1390000000{number},9")
        done = command("import", "prospects", str(path), "--map", str(mapping), "--as", "xszhuguan")
        assert (done.exit_code, hidden in done.stderr) == (2, True)
    assert list(kept(app)) == ["云帆"]
    mapping.write_text(json.dumps({"2": "x_score"}))
    bring(command, path, "--map", str(mapping), login="laoban")
    assert kept(app)["金桥3"] == {"x_score": "9"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_offers_custom_fields_as_columns_and_remembers_the_choice(
    app: Flask, tmp_path: Path
) -> None:
    from app.exchange.jobs import run_file
    from app.platform.task_running import TaskContext
    from app.platform.tasks import TaskRun

    define(Desk(app, "admin"), "x_score")
    manager = Desk(app, "xszhuguan")
    path = sheet(tmp_path, "客户名称,手机,印象", "云帆,13800000001,7", "金桥,13800000002,高")
    with path.open("rb") as file:
        sent = manager.post(
            "/import_run/upload", {"file": (file, "客户.csv")}, content_type="multipart/form-data"
        )
    address = sent.headers["Location"]

    def work() -> ImportRun:
        with app.app_context():
            with as_system(app) as session:
                task = session.scalars(select(TaskRun).order_by(TaskRun.id.desc())).first()
                assert task is not None
            run_file(TaskContext(task))
        with as_system(app) as session:
            return session.scalars(select(ImportRun)).one()

    assert work().mapping == {"0": "name", "1": "mobile"}
    assert '<option value="x_score"' in manager.get(address).text
    choice = {"deed": "check", "column-0": "name", "column-1": "mobile", "column-2": "x_score"}
    assert manager.post(f"{address}/start", choice).status_code == 302
    assert (work().mapping["2"], work().accepted) == ("x_score", 1)
    page = manager.get(address).text
    assert "评分" in page.split("data-refused")[1] and "「高」" in page
    assert manager.post(f"{address}/start", {"deed": "import"}).status_code == 302
    assert work().state == "done"
    assert kept(app) == {"云帆": {"x_score": "7"}}


def test_two_fields_that_differ_in_brackets_alone_are_told_apart() -> None:
    def field(name: str, label: str) -> Definition:
        return Definition(name, label, "text", (), False, "", "", frozenset(), frozenset(), False)

    allowed = Importable(("name", "mobile"), (field("x_a", "评分(内部)"), field("x_b", "评分(外部)")))
    match = match_header(SheetRow(1, ["客户名称", "评分(外部)", "评分(内部)", "手机"]), allowed.synonyms())
    assert match.columns == {0: "name", 1: "x_b", 2: "x_a", 3: "mobile"}
    match = match_header(SheetRow(1, ["客户名称", "评分(外部)", "手机"]), allowed.synonyms())
    assert match.columns == {0: "name", 1: "x_b", 2: "mobile"}
