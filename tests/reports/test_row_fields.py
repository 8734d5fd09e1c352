"""Reports whose rows are customers: custom fields stand in them, limited fields do not, and figures agree."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.customers.models import Customer
from app.platform import custom_values
from tests.desk import Desk
from tests.people import as_system
from tests.platform.test_custom_fields import define
from tests.platform.test_field_rights import limit
from tests.world import MARK, make_world

Command = Callable[..., Result]


@pytest.fixture
def owing(app: Flask) -> Flask:
    """Two customers that owe 7,500 yuan each, with values of custom fields."""
    make_world(app)
    admin = Desk(app, "admin")
    define(admin, "x_budget", listed="y")
    define(admin, "x_mood", listed="y")
    define(admin, "x_nickname")
    define(admin, "x_score", listed="y", visible_to=["principal"])
    with as_system(app) as session:
        for login, mark in MARK.items():
            row = session.scalars(select(Customer).where(Customer.name == f"{mark}科技")).one()
            custom_values.put(row, {"x_budget": 123450, "x_mood": "hot", "x_nickname": login, "x_score": "7"})
    return app


def run(command: Command, login: str) -> dict[str, Any]:
    done = command("report", "run", "customer_arrears", "--format", "json", "--as", login)
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def heads(answer: dict[str, Any]) -> list[str]:
    return [column["label"] for column in answer["columns"]]


def test_listed_custom_fields_follow_the_columns_and_the_sum_agrees_with_the_rows(
    owing: Flask, command: Command, tmp_path: Path
) -> None:
    answer = run(command, "xszhuguan")
    assert heads(answer)[:3] == ["客户", "编号", "负责人"] and heads(answer)[-2:] == ["预算", "态度"]
    assert {row[0] for row in answer["rows"]} == {f"{mark}科技" for mark in MARK.values()}
    assert [row[-3:] for row in answer["rows"]] == [["7500.00", "1234.50", "很想买"]] * 2
    assert answer["totals"][-3:] == ["15000.00", None, None]
    assert len({len(row) for row in (*answer["rows"], answer["totals"], answer["columns"])}) == 1
    assert heads(run(command, "laoban"))[-3:] == ["预算", "态度", "评分"]
    path = tmp_path / "欠款.csv"
    words = ("--format", "csv", "-o", str(path), "--as", "xszhuguan")
    assert command("report", "run", "customer_arrears", *words).exit_code == 0
    table = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert table[0][-2:] == ["预算", "态度"] and table[1][-2:] == ["1234.50", "很想买"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_report_shows_no_more_of_a_customer_than_the_list(owing: Flask, command: Command) -> None:
    limit(owing, "salesperson", owner="hidden", number="masked", x_budget="masked", x_mood="hidden")
    answer = run(command, "xiaoshou1")
    assert "负责人" not in heads(answer) and "态度" not in heads(answer)
    (row,) = answer["rows"]
    assert row[0] == f"{MARK['xiaoshou1']}科技", "what names the row stays; a colleague's row is not there"
    text = json.dumps(answer, ensure_ascii=False)
    assert "*" in row[1] and "1234.5" not in text and "1,234.5" not in text and "很想买" not in text
    assert row[-2] == "7500.00" and answer["totals"][-2] == "7500.00"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_shows_what_was_kept(owing: Flask, command: Command) -> None:
    answer = run(command, "xszhuguan")
    page = Desk(owing, "xszhuguan").get(f"/report/snapshot/{answer['snapshot']}").text
    assert "预算" in page and "1,234.50" in page and "很想买" in page
