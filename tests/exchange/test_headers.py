"""The header is found below title lines and understood in the words people use."""

import csv

import pytest

from app.exchange.headers import (
    PROSPECT_REPEATABLE,
    find_header,
    match_header,
    normalised,
    prospect_synonyms,
)
from app.exchange.sheets import SheetRow, read_sheet
from app.platform.errors import BusinessError
from app.platform.sheet_writing import RefusedRow, write_refused

SYNONYMS = prospect_synonyms()


def rows(*table):
    return [SheetRow(line, list(cells)) for line, cells in table]


def fields(*headings):
    return match_header(SheetRow(1, list(headings)), SYNONYMS, repeatable=PROSPECT_REPEATABLE).columns


def test_the_header_is_found_below_title_lines_and_not_in_the_data():
    match = find_header(
        rows(
            (1, ["2026年意向客户登记表"]),
            (2, ["填表人：", "林晓", "", "联系电话", "0755-86001234"]),
            (4, ["序号", "客户名称", "手机号(必填)", "来源", "爱好"]),
            (5, ["1", "张三", "13800138000", "微信", "钓鱼"]),
            (6, ["2", "公司", "13900139000", "电话", "手机"]),
        ),
        SYNONYMS,
    )
    assert match.line == 4
    assert match.columns == {1: "name", 2: "mobile", 3: "source"}
    assert match.unknown == [(0, "序号"), (4, "爱好")]


@pytest.mark.parametrize(
    "table",
    [
        [],
        [(1, ["张三", "13800138000"])],
        [(1, ["张三", "微信"])],
        [*((line, ["张三"]) for line in range(1, 21)), (21, ["客户名称", "手机"])],
    ],
    ids=["no rows", "no header", "one word of data", "below the first twenty"],
)  # fmt: skip
def test_a_sheet_without_header_is_refused_with_the_headings_that_are_understood(table):
    with pytest.raises(BusinessError, match="手机") as refusal:
        find_header(rows(*table), SYNONYMS)
    assert refusal.value.code == "header_missing"


@pytest.mark.parametrize(
    "heading",
    [
        "手机号",
        " 手 机\n号 ",
        "＊手机号：",
        "*手机号（必填）",
        "手机号[11位]",
        "【手机号】",
        "手机号*",
        "手机号1",
        "手机号二",
    ],
)
def test_decoration_of_a_heading_does_not_matter(heading):
    assert fields("客户名称", heading) == {0: "name", 1: "mobile"}


@pytest.mark.parametrize(
    ("heading", "text"),
    [("ＱＱ号", "qq号"), ("E-Mail", "email"), ("(备注)", "备注"), ("——", ""), ("Ｑ Ｑ", "qq")],
)
def test_headings_are_compared_half_width_in_lower_case_without_blanks(heading, text):
    assert normalised(heading) == text


def test_a_better_heading_takes_the_field_and_the_other_one_its_second_meaning():
    assert fields("姓名", "手机") == {0: "name", 1: "mobile"}
    assert fields("姓名", "客户名称", "手机") == {0: "contact_person", 1: "name", 2: "mobile"}
    assert fields("公司名称", "联系人", "电话") == {0: "company", 1: "contact_person", 2: "mobile"}


def test_repeatable_fields_keep_all_their_columns_and_others_report_the_second():
    match = match_header(
        SheetRow(3, ["客户名称", "电话1", "电话2", "来源", "渠道", "手机"]),
        SYNONYMS,
        repeatable=PROSPECT_REPEATABLE,
    )
    assert match.columns_of("mobile") == [1, 2, 5]
    assert match.columns == {0: "name", 1: "mobile", 2: "mobile", 3: "source", 5: "mobile"}
    assert match.repeated == [(4, "渠道")]
    assert match.unknown == []


def test_columns_added_to_a_file_of_refused_rows_are_nothing_to_wonder_about(tmp_path):
    write_refused(
        tmp_path / "退回.xlsx", ["客户名称", "手机"], [RefusedRow(7, ["张三", "12345"], "号码不对", [1])]
    )
    match = find_header(read_sheet(tmp_path / "退回.xlsx").rows, SYNONYMS)
    assert (match.columns, match.unknown) == ({0: "name", 1: "mobile"}, [])
    assert match_header(SheetRow(1, ["客户", "手机", "原因", "行号"]), SYNONYMS).unknown == []


def test_every_synonym_of_the_preset_is_understood_and_stands_in_it_once():
    with open("app/exchange/presets/prospect_headers.csv", encoding="utf-8", newline="") as file:
        pairs = [(row["field"], normalised(row["synonym"])) for row in csv.DictReader(file)]
    assert len(pairs) == len(set(pairs)) >= 80
    for words in SYNONYMS.values():
        for word in words:
            assert fields("其他列", word), word
