"""What people send is read as they see it in their spreadsheet program."""

import codecs
import csv
import datetime as dt
import io
import subprocess
import sys
import time

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange.sheet_cells import cell_from_text, cell_from_value
from app.exchange.sheets import read_sheet

HEADER = ["客户名称", "手机", "备注"]
ROWS = [HEADER, ["张三😀", "13800138000", "要注册公司，急"], ["李四", "１３９００１３９０００", "𠮷先生"]]


def as_csv(rows, delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def read_bytes(tmp_path, content, name="客户.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return read_sheet(path)


def lines(sheet):
    return {row.line: row.cells for row in sheet.rows}


@pytest.mark.parametrize(
    ("bom", "codec", "encoding"),
    [
        (b"", "utf-8", "utf-8"),
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
        (b"", "gb18030", "gb18030"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (b"", "utf-16-le", "utf-16"),
        (b"", "utf-16-be", "utf-16"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_in_every_usual_encoding_and_with_every_usual_delimiter(
    tmp_path, bom, codec, encoding, delimiter
):
    sheet = read_bytes(tmp_path, bom + as_csv(ROWS, delimiter).encode(codec))
    assert (sheet.kind, sheet.encoding) == ("csv", encoding)
    assert [row.cells for row in sheet.rows] == ROWS


def test_a_csv_of_old_windows_excel_in_gbk_is_read(tmp_path):
    sheet = read_bytes(tmp_path, "客户名称,手机\r\n深圳市跃奇信息技术有限公司,13800138000\r\n".encode("gbk"))
    assert sheet.encoding == "gb18030"
    assert lines(sheet)[2] == ["深圳市跃奇信息技术有限公司", "13800138000"]


def test_lines_of_a_csv_are_counted_as_the_spreadsheet_shows_them(tmp_path):
    text = '客户登记表\n\n客户名称,备注\n张三,"第一行\n第二行\r\n第三行"\n,,\n   \n李四,"说""好"""\n'
    assert lines(read_bytes(tmp_path, text.encode())) == {
        1: ["客户登记表"],
        3: ["客户名称", "备注"],
        4: ["张三", "第一行\n第二行\n第三行"],
        7: ["李四", '说"好"'],
    }


def test_commas_in_the_title_and_the_notes_do_not_mislead_about_the_delimiter(tmp_path):
    text = "客户表,2026,第一季度\n客户\t手机\t备注\n张三\t13800138000\t急,要发票,要快\n李四\t13900139000\t\n"
    assert lines(read_bytes(tmp_path, text.encode()))[3] == ["张三", "13800138000", "急,要发票,要快"]


def workbook(tmp_path, fill, name="客户.xlsx"):
    book = openpyxl.Workbook()
    fill(book)
    book.save(tmp_path / name)
    return read_sheet(tmp_path / name)


def test_a_workbook_is_read_with_titles_blank_rows_and_merged_cells_in_their_lines(tmp_path):
    def fill(book):
        sheet = book.active
        sheet["B3"] = "2026年意向客户登记表"
        sheet.merge_cells("B3:D4")
        for column, text in zip("BCD", HEADER, strict=True):
            sheet[f"{column}6"] = text
        sheet["B9"], sheet["C9"] = "  张三　", 13800138000.0

    sheet = workbook(tmp_path, fill)
    assert (sheet.kind, sheet.encoding) == ("xlsx", None)
    assert lines(sheet) == {
        3: ["", "2026年意向客户登记表"],
        6: ["", *HEADER],
        9: ["", "张三", "13800138000"],
    }
    assert sheet.rows[0].cell(99) == ""


def test_the_first_visible_sheet_with_content_is_read_and_further_ones_are_named(tmp_path):
    def fill(book):
        book.active.title = "空"
        hidden = book.create_sheet("旧")
        hidden["A1"], hidden.sheet_state = "旧数据", "hidden"
        book.create_chartsheet("图")
        book.create_sheet("客户")["A1"] = "张三"
        book.create_sheet("也空")
        book.create_sheet("更多")["A1"] = "李四"

    sheet = workbook(tmp_path, fill)
    assert (sheet.name, sheet.unread) == ("客户", ["更多"])


def test_an_xls_of_old_excel_is_read_whatever_its_name_says(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("客户")
    iso = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for index, value in enumerate(["张三", 13800138000.0, 8613800138000, True, 0.5]):
        sheet.write(2, index, value)
    sheet.write(2, 5, dt.date(2026, 4, 14), iso)
    book.save(str(tmp_path / "客户.csv"))
    sheet = read_sheet(tmp_path / "客户.csv")
    assert sheet.kind == "xls"
    assert lines(sheet) == {3: ["张三", "13800138000", "8613800138000", "TRUE", "0.5", "2026-04-14"]}


def test_an_xls_that_is_csv_inside_is_read(tmp_path):
    sheet = read_bytes(tmp_path, "客户\t手机\r\n张三\t13800138000\r\n".encode("gbk"), "导出.xls")
    assert (sheet.kind, sheet.rows[1].cells) == ("csv", ["张三", "13800138000"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13800138000.0, "13800138000"),
        (1.38e10, "13800000000"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1e22, "10000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (True, "TRUE"),
        (dt.date(2026, 4, 14), "2026-04-14"),
        (dt.datetime(2026, 4, 14), "2026-04-14"),
        (dt.datetime(2026, 4, 14, 9, 30), "2026-04-14 09:30:00"),
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=30, minutes=5), "30:05:00"),
        ("\u202d13800138000\u202c \t", "13800138000"),
        ("a\x00\x0bb\r\nc", "ab\nc"),
        ("👨‍👩‍👧 一家", "👨‍👩‍👧 一家"),
        (None, ""),
    ],
)
def test_a_cell_of_a_workbook_becomes_the_text_a_person_sees(value, text):
    assert cell_from_value(value) == text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ('="013800138000"', "013800138000"),
        ("13800138000.0", "13800138000"),
        ("1.3800138001E+10", "13800138001"),
        ("1.38E+10", "1.38E+10"),  # whose number that was nobody can tell
        ("1234.50", "1234.50"),
        ("'+86 13800138000", "+86 13800138000"),
        ("'n Sync", "'n Sync"),
        ("　13800138000\u00a0", "13800138000"),
    ],
)
def test_a_field_of_a_csv_loses_what_other_programs_did_to_it(field, text):
    assert cell_from_text(field) == text


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.text("张三a1,;\t\"'\n =é😀"), min_size=4, max_size=4), max_size=4))
def test_any_csv_a_program_writes_yields_its_fields(tmp_path_factory, rows):
    rows = [["客户名称", "手机", "备注", "来源", "末列"], *([*row, "末"] for row in rows)]
    path = tmp_path_factory.mktemp("csv") / "客户.csv"
    path.write_bytes(as_csv(rows).encode("utf-8-sig"))
    assert [row.cells for row in read_sheet(path).rows] == [
        [cell_from_text(text) for text in row] for row in rows
    ]


def test_ten_thousand_rows_are_read_in_a_second_and_a_half(tmp_path):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(10_000):
        sheet.append(
            [f"客户{number}", 13800000000 + number, "深圳市南山区科技园", "百度", "2026-04-14", "注册公司"]
            * 2
        )
    book.save(tmp_path / "大.xlsx")
    start = time.perf_counter()
    rows = read_sheet(tmp_path / "大.xlsx").rows
    seconds = time.perf_counter() - start
    assert len(rows) == 10_000
    assert rows[-1].cells[:2] == ["客户9999", "13800009999"]
    assert seconds < 1.5


def test_the_child_loads_neither_flask_nor_the_database():
    loaded = subprocess.run(
        [sys.executable, "-c", "import app.exchange.sheet_child, sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {"flask", "flask_babel", "sqlalchemy", "app.platform"} & set(loaded)
