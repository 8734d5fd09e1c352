"""`config export|diff|apply`: what operators and scripts get, and what they may."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.platform.audit import AuditEntry
from tests.configuration.files import changed, exported, parts
from tests.people import as_system

Command = Callable[..., Result]


@pytest.fixture
def file(app: Flask, tmp_path: Path) -> Path:
    """A file that changes one number."""
    path = tmp_path / "配置.yaml"
    path.write_text(changed(app, lambda found: found["pool_rule"].update(cooling_days=9)), encoding="utf-8")
    return path


def test_a_file_is_exported_compared_and_applied(
    app: Flask, command: Command, file: Path, tmp_path: Path
) -> None:
    printed = command("config", "export")
    assert printed.exit_code == 0 and printed.stdout == exported(app)
    assert "有限公司设立" in printed.stdout and "&" not in printed.stdout
    kept = tmp_path / "kept.yaml"
    assert command("config", "export", str(kept)).stdout == ""
    assert kept.read_text(encoding="utf-8") == printed.stdout

    difference = command("config", "diff", str(file))
    assert difference.exit_code == 0 and difference.stdout == "公共池规则 › 冷却时间: 7 → 9\n"
    assert exported(app) == printed.stdout
    assert command("config", "apply", str(file), "--as", "admin").exit_code == 0
    assert parts(app)["pool_rule"]["cooling_days"] == 9
    assert command("config", "diff", str(file)).stdout == "文件和数据库一致。\n"
    assert command("config", "apply", str(file)).stdout == "没有要改的。\n"
    with as_system(app) as session:
        assert session.scalars(
            select(AuditEntry.actor).where(AuditEntry.action == "applied a file")
        ).all() == ["admin"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_answers_for_programs_are_one_document(
    app: Flask, command: Command, file: Path, tmp_path: Path
) -> None:
    whole = json.loads(command("config", "export", "--json").stdout)
    assert whole.pop("based_on") and whole == parts(app)
    as_json = tmp_path / "whole.json"
    as_json.write_text(json.dumps({**whole, "pool_rule": {**whole["pool_rule"], "cooling_days": 8}}))
    assert len(json.loads(command("config", "diff", str(as_json), "--json").stdout)["changes"]) == 1

    told = json.loads(command("config", "apply", str(file), "--json").stdout)
    assert told["changes"] == [
        {
            "path": "pool_rule.cooling_days",
            "kind": "changed",
            "words": "公共池规则 › 冷却时间: 7 → 9",
            "before": "7",
            "after": "9",
        }
    ]
    assert told["waiting"] == [] and len(told["based_on"]) == 16


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_refusal_is_one_line_on_standard_error_and_faults_stand_apart_in_json(
    app: Flask, command: Command, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("pool_rule: {cooling_days: x}\nweather: fine\n")
    for word in ("diff", "apply"):
        refused = command("config", word, str(bad))
        assert refused.exit_code == 2 and refused.stdout == ""
        assert refused.stderr.count("\n") == 1 and "pool_rule.cooling_days: “x” 不是整数" in refused.stderr
        assert "weather" in refused.stderr and "Traceback" not in refused.output
        faults = json.loads(command("config", word, str(bad), "--json").stdout)["faults"]
        assert {"path": "pool_rule.cooling_days", "message": "“x” 不是整数"} in faults
    for arguments in (
        ("diff", str(tmp_path / "absent.yaml")),
        ("apply", str(tmp_path)),
        ("export", str(tmp_path / "no" / "where.yaml")),
        ("export", "--as", "nobody"),
    ):
        refused = command("config", *arguments)
        assert refused.exit_code == 2 and refused.stderr.count("\n") == 1, arguments


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_an_administrator_may(app: Flask, command: Command, file: Path) -> None:
    before = exported(app)
    for login in ("xiaoshou1", "laoban", "caiwu"):
        for arguments in (("export",), ("diff", str(file)), ("apply", str(file))):
            refused = command("config", *arguments, "--as", login)
            assert refused.exit_code == 2 and refused.stdout == "" and refused.stderr.count("\n") == 1
    assert exported(app) == before
    assert yaml.safe_load(command("config", "export", "--as", "admin").stdout) == parts(app)
