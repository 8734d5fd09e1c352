"""Files of a record: what is taken, where it lies, and who may fetch it."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.customers.models import Customer
from app.customers.operations import create_customer
from app.platform import file_kinds, files
from app.platform.errors import BusinessError, NotFound
from app.platform.files import StoredFile, Upload, find_file, find_subject, store
from app.platform.timeline import TimelineEntry
from tests.people import acting, as_system, log_in, token_in

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7\n1 0 obj\n"
EXE = b"MZ\x90\0\x03\0\0\0" + b"\0" * 200
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100


def archive(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")

TAKEN = [
    ("执照.png", PNG, "image/png"),
    ("照片.JPG", b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"),
    ("合同2026.4.1.pdf", PDF, "application/pdf"),
    ("说明.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("表.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("旧表.xls", OLE, "application/vnd.ms-excel"),
    ("旧文.doc", OLE, "application/msword"),
    ("备注.txt", "客户要求周五前办好".encode("gb18030"), "text/plain"),
    ("流水.csv", "日期,金额\n2026-04-01,3.00\n".encode(), "text/csv"),
    ("资料.zip", archive("a.txt"), "application/zip"),
]

REFUSED = [
    ("a program renamed to a picture", "照片.png", EXE),
    ("a program renamed to text", "说明.txt", EXE),
    ("a program", "setup.exe", EXE),
    ("a program behind a second ending", "合同.pdf.exe", PDF),
    ("a program's ending before a harmless one", "合同.exe.pdf", PDF),
    ("a page", "page.html", b"<html></html>"),
    ("a page renamed to text", "page.txt", b"  <!DOCTYPE html><script>alert(1)</script>"),
    ("a drawing that can run scripts", "mark.svg", b"<svg onload=alert(1)>"),
    ("a picture renamed to PDF", "scan.pdf", PNG),
    ("a text renamed to DOCX", "a.docx", b"hello"),
    ("a plain archive renamed to XLSX", "a.xlsx", archive("a.txt")),
    ("a workbook renamed to DOCX", "a.docx", XLSX),
    ("a document with macros", "a.docx", archive("[Content_Types].xml", "word/d.xml", "word/vbaProject.bin")),
    ("half an archive", "a.zip", archive("a.txt")[:30]),
    ("no ending", "README", b"text"),
    ("nothing but an ending", ".pdf", PDF),
    ("an ending behind a direction sign", "invoice\u202efdp.exe", EXE),
    ("nothing in it", "leer.pdf", b""),
    ("too much in it", "gross.pdf", PDF + b"\0" * file_kinds.MOST_BYTES),
]


@pytest.mark.parametrize(("name", "content", "kind"), TAKEN, ids=[name for name, *_ in TAKEN])
def test_a_kind_is_taken_when_ending_and_content_agree(name: str, content: bytes, kind: str) -> None:
    assert file_kinds.media_type(name, content) == kind


@given(st.text(max_size=300))
def test_a_shown_name_never_holds_a_path(raw: str) -> None:
    name = file_kinds.shown_name(raw)
    assert not set(name) & set('/\\:\0\r\n"') and len(name) <= file_kinds.NAME_LENGTH
    assert name not in (".", "..") and name == file_kinds.shown_name(name)


def customer_of(app: Flask, login: str = "xiaoshou1") -> int:
    with acting(app, login) as session:
        return create_customer(session, name="陈的客户").id


def keep(app: Flask, customer_id: int, name: str, content: bytes, login: str = "xiaoshou1") -> StoredFile:
    with acting(app, login) as session:
        return store(session, find_subject(session, "customer", customer_id), Upload(name, content))


def on_disk(app: Flask) -> set[Path]:
    with app.app_context():
        return set(files.folder().iterdir())


@pytest.mark.parametrize(("why", "name", "content"), REFUSED, ids=[why for why, *_ in REFUSED])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_whatever_else_arrives_is_refused_and_leaves_nothing(
    app: Flask, why: str, name: str, content: bytes
) -> None:
    customer_id, before = customer_of(app), on_disk(app)
    with pytest.raises(BusinessError):
        keep(app, customer_id, name, content)
    assert on_disk(app) == before


def test_a_kept_file_lies_under_a_random_name_readable_by_its_owner_only(app: Flask) -> None:
    row = keep(app, customer_of(app), "../../etc/执照 2026.png", PNG)
    with app.app_context():
        path = files.path_of(row)
    assert (row.name, row.size, row.media_type) == ("执照 2026.png", len(PNG), "image/png")
    assert path.read_bytes() == PNG and path.stat().st_mode & 0o777 == 0o600
    assert "执照" not in path.name and "static" not in str(path)
    with as_system(app) as session:
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "file")).one()
        assert told.details == {"file": "执照 2026.png"} and told.customer_id == row.customer_id


def test_a_transaction_that_is_undone_takes_its_file_with_it(app: Flask) -> None:
    customer_id, before = customer_of(app), on_disk(app)
    with pytest.raises(ZeroDivisionError), acting(app, "xiaoshou1") as session:
        customer = find_subject(session, "customer", customer_id)
        with session.begin_nested():
            store(session, customer, Upload("a.png", PNG))
        store(session, customer, Upload("b.png", PNG))
        assert len(on_disk(app)) == len(before) + 2
        raise ZeroDivisionError
    assert on_disk(app) == before


def test_a_later_rollback_keeps_what_was_committed(app: Flask) -> None:
    customer_id = customer_of(app)
    with acting(app, "xiaoshou1") as session:
        row = store(session, find_subject(session, "customer", customer_id), Upload("a.png", PNG))
        session.commit()
        session.rollback()
    with app.app_context():
        assert files.path_of(row).exists()


@pytest.mark.parametrize("login", ["xiaoshou2", "waiqin", "admin"])
def test_a_foreign_record_and_its_files_do_not_exist(app: Flask, login: str) -> None:
    customer_id = customer_of(app)
    row = keep(app, customer_id, "a.png", PNG)
    with acting(app, login) as session:
        for search in (
            lambda: find_file(session, row.id),
            lambda: find_file(session, row.id + 1000),
            lambda: find_subject(session, "customer", customer_id),
            lambda: find_subject(session, "no_such_thing", customer_id),
            lambda: find_subject(session, "person", 1),
            lambda: find_subject(session, "audit", 1),
        ):
            with pytest.raises(NotFound):
                search()


def test_the_screen_takes_files_and_hands_them_out_as_attachments(app: Flask, client: FlaskClient) -> None:
    customer_id = customer_of(app)
    log_in(app, client, "xiaoshou1")
    address = f"/file/customer/{customer_id}"
    token = token_in(client.get(address).text)
    answer = client.post(
        address,
        data={
            "csrf_token": token,
            "file": [(BytesIO(PNG), "执照.png"), (BytesIO(PDF), "b;c, d.pdf")],
        },
    )
    assert answer.status_code == 302, answer.text
    page = client.get(f"/customer/{customer_id}").text
    assert "执照.png" in page
    with as_system(app) as session:
        row = session.scalars(select(StoredFile).where(StoredFile.name == "执照.png")).one()
    fetched = client.get(f"/file/{row.id}", buffered=True)
    assert fetched.data == PNG and fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in fetched.headers["Cache-Control"]
    stranger = app.test_client()
    assert stranger.get(f"/file/{row.id}").status_code == 302
    log_in(app, stranger, "xiaoshou2")
    for path in (f"/file/{row.id}", "/file/999999", address, "/file/nothing/1", "/file/../secret"):
        assert stranger.get(path).status_code == 404, path


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("sent", [r"a\"b.pdf", "a%22b.pdf"], ids=["backslash", "percent"])
def test_a_name_with_a_quotation_mark_arrives_whole_however_a_browser_writes_it(
    app: Flask, client: FlaskClient, sent: str
) -> None:
    """The test client would write the mark as it is, which ends the name before its ending."""
    with acting(app, "xiaoshou1") as session:
        pk = create_customer(session, name="引号", contacts=[("王", "mobile", "13800138000", False)]).id
    log_in(app, client, "xiaoshou1")
    head = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    parts = (
        head.format("csrf_token", "").encode() + token_in(client.get("/account/sessions").text).encode(),
        head.format("file", f'; filename="{sent}"').encode() + PDF,
    )
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"
    kind = "multipart/form-data; boundary=B"
    assert client.post(f"/file/customer/{pk}", data=body, content_type=kind).status_code == 302
    with as_system(app) as session:
        assert session.scalars(select(StoredFile.name)).one() == "a_b.pdf"


def test_a_refused_upload_says_why_and_keeps_none_of_the_others(app: Flask, client: FlaskClient) -> None:
    customer_id = customer_of(app)
    log_in(app, client, "xiaoshou1")
    address = f"/file/customer/{customer_id}"
    token, before = token_in(client.get(address).text), on_disk(app)
    for sent in ([(BytesIO(PNG), "gut.png"), (BytesIO(EXE), "bild.png")], []):
        answer = client.post(address, data={"csrf_token": token, "file": sent})
        assert answer.status_code == 422 and "alert-danger" in answer.text
    huge = client.post(
        address, data=b"--b\r\n" + b"0" * 26 * 2**20, content_type="multipart/form-data; boundary=b"
    )
    assert huge.status_code in (400, 413) and "Traceback" not in huge.text
    assert client.post(address, data={"file": (BytesIO(PNG), "a.png")}).status_code == 400
    with as_system(app) as session:
        assert session.scalars(select(StoredFile)).all() == []
        assert session.get_one(Customer, customer_id).name == "陈的客户"
    assert on_disk(app) == before


def test_orphans_on_either_side_are_named(app: Flask) -> None:
    row = keep(app, customer_of(app), "a.png", PNG)
    with app.app_context():
        stray = files.folder() / "stray"
        stray.write_bytes(b"x")
        files.path_of(row).unlink()
    with as_system(app) as session:
        unknown, missing = files.orphans(session)
    stray.unlink()
    assert "stray" in unknown and missing == [row.stored_as]
