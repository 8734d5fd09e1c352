"""What we write opens in Excel as it is meant, executes nothing, and comes back as it went."""

import csv
import datetime as dt
import io
import tracemalloc
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange.sheet_cells import clean
from app.exchange.sheets import read_sheet
from app.platform import sheet_writing as writing
from app.platform.errors import BusinessError
from app.platform.sheet_writing import RefusedRow, csv_chunks, write_refused, write_table

COLUMNS = ["客户", "日期", "时间", "金额", "次数", "公用", "备注"]
ROW = [
    "张三😀",
    dt.date(2026, 4, 14),
    dt.datetime(2026, 4, 14, 1, 30, 5, 9, dt.UTC),
    Decimal("-1234.565"),
    3,
    True,
    None,
]
FORMULAS = [
    "=1+1",
    "+86",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\n=x",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "\u3000=1",
    '=cmd|"/c calc"!A0',
]


def test_a_csv_has_iso_dates_local_time_money_with_two_digits_and_a_mark_for_excel(tmp_path):
    write_table(tmp_path / "表.csv", COLUMNS, [ROW], format="csv")
    content = (tmp_path / "表.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines() == [
        "客户,日期,时间,金额,次数,公用,备注",
        "张三😀,2026-04-14,2026-04-14 09:30:05,-1234.57,3,TRUE,",
    ]


def test_an_xlsx_has_real_dates_and_numbers(tmp_path):
    write_table(tmp_path / "表.xlsx", COLUMNS, [ROW], format="xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "表.xlsx").active
    assert [cell.value for cell in sheet[2]] == [
        "张三😀", dt.datetime(2026, 4, 14), dt.datetime(2026, 4, 14, 9, 30, 5), -1234.57, 3, True, None
    ]  # fmt: skip
    assert (sheet["B2"].number_format, sheet["D2"].number_format) == ("yyyy-mm-dd", "#,##0.00")
    assert sheet.freeze_panes == "A2"
    assert read_sheet(tmp_path / "表.xlsx").rows[1].cells == [
        "张三😀", "2026-04-14", "2026-04-14 09:30:05", "-1234.57", "3", "TRUE"
    ]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(tmp_path, text):
    write_table(tmp_path / "表.csv", [text, "末列"], [[text, "末"]], format="csv")
    with open(tmp_path / "表.csv", encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [[f"'{text}", "末列"], [f"'{text}", "末"]]
    write_table(tmp_path / "表.xlsx", [text, "末列"], [[text, "末"]], format="xlsx")
    assert openpyxl.load_workbook(tmp_path / "表.xlsx").active["A2"].data_type == "s"
    for name in ("表.csv", "表.xlsx"):
        assert [row.cell(0) for row in read_sheet(tmp_path / name).rows] == [clean(text)] * 2


def test_texts_that_look_like_numbers_or_addresses_stay_texts(tmp_path):
    texts = ["13800138000", "007", "1e5", "http://example.org", "mailto:a@b.cn", "2026-04-14", "TRUE"]
    write_table(tmp_path / "表.xlsx", ["文字"], [[text] for text in texts], format="xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "表.xlsx").active
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in sheet["A"][1:]] == [
        (text, "s", None) for text in texts
    ]


# Neither blanks at the ends, which reading takes off, nor what CSV has no way to keep: a lone apostrophe
# before a sign, and numbers spelled as floats.
words = st.text(st.characters(codec="utf-8"), max_size=12).map(clean).filter(lambda text: "'" not in text)
tables = st.lists(st.lists(words, min_size=3, max_size=3).map(lambda row: ["行", *row]), max_size=6)


@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from(["csv", "xlsx"]))
def test_what_is_written_is_read_back(tmp_path_factory, table, format):
    path = tmp_path_factory.mktemp("tables") / "表"
    write_table(path, ["一", "二", "三", "四"], table, format=format)
    found = [[row.cell(index) for index in range(4)] for row in read_sheet(path).rows]
    assert found == [["一", "二", "三", "四"], *table]


def test_refused_rows_come_back_with_reason_and_line_to_be_mended(tmp_path):
    path = tmp_path / "退回.xlsx"
    long = "长" * 40_000
    write_refused(
        path,
        ["客户名称", "手机"],
        [
            RefusedRow(7, ["", "12345"], "没有客户名称；手机不对", [0, 1]),
            RefusedRow(9, ["=张三", "1", long], "备注过长"),
        ],
    )
    assert [row.cells for row in read_sheet(path).rows] == [
        ["客户名称", "手机", "", "Why refused", "Line in the file"],
        ["", "12345", "", "没有客户名称；手机不对", "7"],
        ["=张三", "1", long[:32_766] + "…", "备注过长", "9"],
    ]
    sheet = openpyxl.load_workbook(path).active
    coloured = [cell.coordinate for row in sheet for cell in row if cell.fill.fgColor.rgb == "FFFDE2DD"]
    assert coloured == ["A2", "B2"]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_stream_is_written_to_and_left_open(format):
    stream = io.BytesIO()
    write_table(stream, ["客户"], [["张三"]], format=format)
    assert stream.getvalue().startswith(b"\xef\xbb\xbf" if format == "csv" else b"PK")


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_table_that_breaks_off_leaves_no_file(tmp_path, format):
    def rows():
        yield ["张三"]
        raise LookupError

    with pytest.raises(LookupError):
        write_table(tmp_path / "表", ["客户"], rows(), format=format)
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_of_excel_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "XLSX_ROWS", 10)
    write_table(tmp_path / "表.xlsx", ["客户"], [["张三"]] * 9, format="xlsx")
    with pytest.raises(BusinessError, match="CSV"):
        write_table(tmp_path / "表.xlsx", ["客户"], [["张三"]] * 10, format="xlsx")
    assert len(read_sheet(tmp_path / "表.xlsx").rows) == 10


def test_a_csv_of_any_length_needs_the_memory_of_a_few_hundred_rows():
    tracemalloc.start()
    size = sum(len(chunk) for chunk in csv_chunks(["客户"] * 5, (["张三" * 10] * 5 for _ in range(20_000))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 5_000_000 > 2_000_000 > peak
