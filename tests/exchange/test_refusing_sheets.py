"""A file that cannot be read is refused with its reason and what to do; nothing is half read."""

import io
import random
import struct
import zipfile

import openpyxl
import pytest
import xlwt

from app.exchange.sheet_limits import MIB
from app.exchange.sheet_refusals import _WORDS, sheet_refusal
from app.exchange.sheets import SheetLimits, read_sheet
from app.platform.errors import BusinessError

SMALL = SheetLimits(file_bytes=50_000, rows=20, columns=5, cells=60, characters=2_000)


def xlsx(rows=(("客户", "手机"), ("张三", "13800138000"))):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls():
    book = xlwt.Workbook()
    book.add_sheet("客户").write(0, 0, "张三")
    return saved(book)


def with_entries(content, entries):
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def archive_of(*names):
    return with_entries(b"", dict.fromkeys(names, b"x"))


def one_sheet_of(cells_xml):
    """A workbook whose only sheet is replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx())) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, cells_xml if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return file.getvalue()


def sheet_xml(cells):
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return start + cells + b"</sheetData></worksheet>"


def claiming_small_sizes(content):
    """The same archive, whose table of contents says that every part has ten bytes."""
    content, at = bytearray(content), -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        struct.pack_into("<L", content, at + 24, 10)
    return bytes(content)


def overlapping(content):
    """The same archive, all parts of which claim to begin at the same place."""
    content, at = bytearray(content), -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        struct.pack_into("<L", content, at + 42, 0)
    return bytes(content)


def container_with(stream_name):
    """An OLE container as Office writes it, as far as telling its kind goes."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + stream_name.encode("utf-16-le") + b"\0" * 1000


FILES = {
    "nothing": (b"", "sheet_empty"),
    "blank lines": (b"\r\n , ,\r\n\t\r\n", "sheet_empty"),
    "a byte order mark": (b"\xef\xbb\xbf", "sheet_empty"),
    "an empty workbook": (saved(openpyxl.Workbook()), "sheet_empty"),
    "a workbook of blanks": (xlsx([["  ", "\u3000"]]), "sheet_empty"),
    "half a workbook": (xlsx()[: len(xlsx()) // 2], "sheet_broken"),
    "a workbook without its middle": (xlsx()[:600] + xlsx()[900:], "sheet_broken"),
    "a workbook with broken XML": (one_sheet_of(sheet_xml(b"<row><c t='s'><v>999</v>")), "sheet_broken"),
    "half an XLS": (xls()[:2000], "sheet_broken"),
    "an OLE container of nothing": (container_with("Nothing"), "sheet_broken"),
    "a workbook with a password": (container_with("EncryptedPackage"), "sheet_password"),
    "a Word file": (container_with("WordDocument"), "sheet_not_a_sheet"),
    "a new Word file": (archive_of("[Content_Types].xml", "word/document.xml"), "sheet_not_a_sheet"),
    "a zip": (archive_of("客户.csv"), "sheet_not_a_sheet"),
    "an XLSB": (archive_of("[Content_Types].xml", "xl/workbook.bin"), "sheet_other_format"),
    "an ODS": (archive_of("mimetype", "content.xml"), "sheet_other_format"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "sheet_not_a_sheet"),
    "a PDF": (b"%PDF-1.7\n1 0 obj", "sheet_not_a_sheet"),
    "random bytes": (random.Random(1).randbytes(5000), "sheet_not_a_sheet"),
    "random bytes without zeros": (random.Random(1).randbytes(5000).replace(b"\0", b""), "sheet_not_a_sheet"),
    "text with zeros": (b"name,phone\n\0\0\0\0,1\n", "sheet_not_a_sheet"),
    "a web page": ("<html><table><tr><td>张三".encode("gbk"), "sheet_web_page"),
    "a web page after blanks": (b"\xef\xbb\xbf\r\n <TABLE border=1>", "sheet_web_page"),
    "Excel's XML of 2003": (b'<?xml version="1.0"?><Workbook>', "sheet_web_page"),
    "an open quotation mark": ('客户,备注\n张三,"没有关\n李四,1\n'.encode(), "sheet_quotes"),
    "quotation marks out of step": ('客户,备注\n"张三,1\n李四,"好"\n'.encode(), "sheet_quotes"),
    "too many bytes": (b"a,b\n" * 20_000, "sheet_too_large"),
    "too many rows": (b"a,b\n" * 21, "sheet_too_many_rows"),
    "too many columns": (b"1,2,3,4,5\n1,2,3,4,5,6\n", "sheet_too_many_columns"),
    "too many cells": (b"1,2,3,4,5\n" * 13, "sheet_too_heavy"),
    "too much text": (b"a" * 1001 + b"\n" + b"a" * 1000, "sheet_too_heavy"),
    "an embedded archive": (with_entries(xlsx(), {"xl/embeddings/1.zip": archive_of("x")}), "sheet_nested"),
    "parts that overlap": (overlapping(xlsx()), "sheet_bomb"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "code"), FILES.values(), ids=FILES)
def test_a_faulty_file_is_refused_for_what_is_wrong_with_it(tmp_path, content, code):
    path = tmp_path / "客户.xlsx"
    path.write_bytes(content)
    with pytest.raises(BusinessError) as refusal:
        read_sheet(path, limits=SMALL)
    assert refusal.value.code == code


def test_what_reaches_the_limits_exactly_is_read(tmp_path):
    path = tmp_path / "客户.csv"
    path.write_bytes(b"1,2,3,4,5\n" * 5 + b"\n" * 30 + b"1\n" * 15)
    assert len(read_sheet(path, limits=SMALL).rows) == 20


def test_a_missing_file_is_named():
    with pytest.raises(BusinessError, match=r"客户\.xlsx"):
        read_sheet("nowhere/客户.xlsx")


@pytest.mark.parametrize(
    "codec",
    ["utf-8", "gb18030", "utf-16"],
    ids=["utf-8 with a bad byte", "gbk with a bad byte", "half utf-16"],
)
def test_damaged_text_is_refused_with_its_first_bad_line(tmp_path, codec):
    good = "客户名称,备注\n" + "张三丰,要注册公司\n" * 40
    damage = b"\xd8\xd8\n\0" if codec == "utf-16" else b"\xff\xff,x\n"
    rest = b"" if codec == "utf-16" else "李四,急\n".encode(codec)
    path = tmp_path / "客户.csv"
    path.write_bytes(good.encode(codec) + damage + rest)
    with pytest.raises(BusinessError, match="Line 42 ") as refusal:
        read_sheet(path)
    assert refusal.value.code == "sheet_encoding"


def test_a_bomb_is_refused_by_its_table_of_contents(tmp_path):
    path = tmp_path / "炸弹.xlsx"
    path.write_bytes(with_entries(xlsx(), {"xl/media/blanks.xml": b" " * 310 * MIB}))
    assert path.stat().st_size < MIB
    with pytest.raises(BusinessError, match="311 MB") as refusal:
        read_sheet(path)
    assert refusal.value.code == "sheet_bomb"


@pytest.mark.parametrize(
    "entries",
    [{"xl/media/blanks.xml": b" " * 30 * MIB}, {f"xl/{number}.xml": b"" for number in range(2_001)}],
    ids=["packed 1000 times", "thousands of parts"],
)
def test_a_small_bomb_is_refused_too(tmp_path, entries):
    path = tmp_path / "炸弹.xlsx"
    path.write_bytes(with_entries(xlsx(), entries))
    with pytest.raises(BusinessError) as refusal:
        read_sheet(path)
    assert refusal.value.code == "sheet_bomb"


BIG_CELL = one_sheet_of(
    sheet_xml(b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"a" * 100 * MIB + b"</t></is></c></row>")
)


@pytest.mark.parametrize(
    ("content", "code"),
    [(BIG_CELL, "sheet_too_heavy"), (claiming_small_sizes(BIG_CELL), "sheet_broken")],
    ids=["needs more memory than allowed", "lies about its size"],
)
def test_a_bomb_that_passes_the_first_look_meets_the_limits_of_the_process(tmp_path, content, code):
    path = tmp_path / "炸弹.xlsx"
    path.write_bytes(content)
    with pytest.raises(BusinessError) as refusal:
        read_sheet(path, limits=SheetLimits(memory_bytes=160 * MIB, unpacked_ratio=5_000))
    assert refusal.value.code == code


def test_a_cell_in_the_last_row_and_column_does_not_take_the_memory_of_the_machine(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = "张三"
    book.active.cell(1_048_576, 16_384).value = "x"
    book.save(tmp_path / "远.xlsx")
    with pytest.raises(BusinessError, match="far off") as refusal:
        read_sheet(tmp_path / "远.xlsx")
    assert refusal.value.code == "sheet_too_heavy"


def test_reading_that_takes_too_long_is_ended(tmp_path):
    path = tmp_path / "客户.xlsx"
    path.write_bytes(xlsx())
    with pytest.raises(BusinessError) as refusal:
        read_sheet(path, limits=SheetLimits(seconds=0.001))
    assert refusal.value.code == "sheet_too_slow"


def test_no_damage_of_a_good_file_ends_in_anything_but_rows_or_a_refusal(tmp_path):
    chance = random.Random(7)
    path = tmp_path / "客户"
    for good in (xlsx(), xls(), "客户,手机\n张三,13800138000\n".encode()):
        for _ in range(12):
            bad = bytearray(good[: chance.choice([len(good), chance.randrange(1, len(good))])])
            for _ in range(chance.randrange(1, 20)):
                bad[chance.randrange(len(bad))] = chance.randrange(256)
            path.write_bytes(bad)
            try:
                assert read_sheet(path).rows
            except BusinessError as refusal:
                assert refusal.code in _WORDS


def test_every_refusal_has_its_words():
    details = {"name": "a", "bytes": 1, "most_bytes": 1, "most": 1, "line": 1}
    for code in _WORDS:
        assert "%" not in str(sheet_refusal(code, **details))
