"""A sheet of prospects comes in, what is wrong stays out with its reason, and the whole can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.companies.operations import create_company
from app.customers.follow_ups import add_follow_up
from app.customers.models import ContactClaim, Customer
from app.customers.operations import add_contact_point, create_customer, edit_customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.exchange.importable import FIELD_WORDS, Importable
from app.exchange.operations import read_file
from app.finance.operations import Slip, enter_receipt
from app.platform import clock
from app.platform.audit import AuditEntry
from app.platform.files import Upload, store
from tests.contracts.deals import draft, line
from tests.exchange.make_prospects import ExpectedImport, make_prospect_sheet
from tests.finance.books import account
from tests.people import acting, as_system, person_id

Command = Callable[..., Result]


@pytest.fixture
def sheet(tmp_path: Path) -> tuple[Path, ExpectedImport]:
    path = tmp_path / "客户.xlsx"
    return path, make_prospect_sheet(path, rows=300, seed=5)


def counted(app: Flask) -> int:
    with as_system(app) as session:
        return session.scalar(select(func.count()).select_from(Customer)) or 0


def test_faults_and_collisions_stay_out_and_the_rest_comes_in(
    app: Flask, command: Command, sheet: tuple[Path, ExpectedImport]
) -> None:
    path, expected = sheet
    done = command("import", "prospects", str(path), "--as", "xszhuguan", "--json")
    assert done.exit_code == 1, done.output
    answer = json.loads(done.stdout)
    assert answer["read"] == expected.read
    assert answer["accepted"] == expected.accepted == counted(app)
    assert {r["line"] for r in answer["refused"]} == set(expected.refused)
    assert {c["line"] for c in answer["collisions"]} == set(expected.collisions)
    back = read_file(path.with_suffix(".refused.xlsx"), Importable(own=tuple(FIELD_WORDS)))
    assert len(back.rows) == len(expected.refused) + len(expected.collisions)


def test_a_dry_run_writes_nothing(app: Flask, command: Command, sheet: tuple[Path, ExpectedImport]) -> None:
    path, expected = sheet
    answer = json.loads(
        command("import", "prospects", str(path), "--dry-run", "--as", "xszhuguan", "--json").stdout
    )
    assert (answer["accepted"], answer["import_id"]) == (expected.accepted, None)
    assert counted(app) == 0


def test_importing_the_same_sheet_again_brings_nothing_new(
    app: Flask, command: Command, sheet: tuple[Path, ExpectedImport]
) -> None:
    path, expected = sheet
    command("import", "prospects", str(path), "--as", "xszhuguan", "--json")
    again = json.loads(command("import", "prospects", str(path), "--as", "xszhuguan", "--json").stdout)
    assert again["accepted"] == 0
    assert counted(app) == expected.accepted


def test_undo_takes_everything_back_but_what_somebody_touched(
    app: Flask, command: Command, sheet: tuple[Path, ExpectedImport]
) -> None:
    path, expected = sheet
    answer = json.loads(command("import", "prospects", str(path), "--as", "xszhuguan", "--json").stdout)
    with acting(app, "xszhuguan") as session:
        touched = session.scalars(select(Customer.id).limit(1)).one()
        add_follow_up(session, touched, method="电话", content="聊过了")
    done = command("import", "undo", str(answer["import_id"]), "--as", "xszhuguan", "--json")
    assert json.loads(done.stdout) == {"removed": expected.accepted - 1, "kept": [touched]}
    with as_system(app) as session:
        assert session.scalars(select(Customer.id)).all() == [touched]
        assert set(session.scalars(select(ContactClaim.customer_id))) <= {touched}
        assert (
            session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action == "undo import")) == 1
        )
    twice = command("import", "undo", str(answer["import_id"]), "--as", "xszhuguan")
    assert twice.exit_code == 2


def _perform(name: str, **data: str) -> Callable[[Session, Customer], object]:
    return lambda session, row: CUSTOMER_LIFECYCLE.perform(session, row.id, name, data=data)


def _share(session: Session, row: Customer) -> None:
    _perform("share", person=str(person_id(session, "xiaoshou2")))(session, row)


def _assign(session: Session, row: Customer) -> None:
    _perform("assign", owner=str(person_id(session, "xiaoshou1")))(session, row)


def _enter_receipt(session: Session, row: Customer) -> None:
    enter_receipt(session, Slip(row.id, account(session), Decimal(100), clock.today()))


TOUCHES: dict[str, Callable[[Session, Customer], object]] = {
    "联系过": lambda session, row: add_follow_up(session, row.id, method="电话", content="聊过了"),
    "改过": lambda session, row: edit_customer(session, row, {"note": "要发票"}),
    "加了号码": lambda session, row: add_contact_point(session, row.id, ("王", "qq", "200012345", False)),
    "共享了": _share,
    "换了人": _assign,
    "放弃了": _perform("give_up", reason="其他"),
    "有了公司": lambda session, row: create_company(session, row.id, name="深圳市跃奇信息技术有限公司"),
    "有了草稿": lambda session, row: draft(session, row, line(session, "SL01", "1500")),
    "收了钱": _enter_receipt,
    "有了文件": lambda session, row: store(session, row, Upload("说明.txt", "已联系".encode())),
}


def test_undo_keeps_a_prospect_whatever_somebody_did_to_it(
    app: Flask, command: Command, tmp_path: Path
) -> None:
    names = [*TOUCHES, "没人碰过", "也没人碰过"]
    path = tmp_path / "touched.csv"
    lines = [f"{name},1390000{number:04d}" for number, name in enumerate(names)]
    path.write_text("\n".join(["客户名称,手机", *lines]), encoding="utf-8")
    answer = json.loads(command("import", "prospects", str(path), "--as", "xszhuguan", "--json").stdout)
    assert answer["accepted"] == len(names)
    for name, touch in TOUCHES.items():
        with acting(app, "caiwu" if name == "收了钱" else "xszhuguan") as session:
            touch(session, session.scalars(select(Customer).where(Customer.name == name)).one())
    done = command("import", "undo", str(answer["import_id"]), "--as", "xszhuguan", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["removed"] == 2
    with as_system(app) as session:
        assert set(session.scalars(select(Customer.name))) == set(TOUCHES)


def test_a_colleagues_prospect_blocks_and_is_not_named(app: Flask, command: Command, tmp_path: Path) -> None:
    with acting(app, "xiaoshou2") as session:
        create_customer(session, name="乙方绝密", contacts=[("王", "mobile", "13800138000", False)])
    path = tmp_path / "one.csv"
    path.write_text("客户名称,手机\n新客户,+86 138-0013-8000\n另一个,13900000001\n", encoding="gb18030")
    answer = json.loads(command("import", "prospects", str(path), "--as", "xszhuguan", "--json").stdout)
    assert answer["accepted"] == 1
    assert answer["collisions"][0]["line"] == 2 and "林晓" in answer["collisions"][0]["with"]
    assert "绝密" not in json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize(
    ("login", "content", "word"),
    [
        ("xiaoshou1", "客户名称,手机\n甲,13800138000\n", ""),
        ("xszhuguan", "", ""),
        ("xszhuguan", "没有,表头\n的,文件\n", ""),
        ("nobody", "客户名称,手机\n甲,13800138000\n", "nobody"),
    ],
)
def test_what_cannot_be_imported_is_one_clear_line(
    app: Flask, command: Command, tmp_path: Path, login: str, content: str, word: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    done = command("import", "prospects", str(path), "--as", login)
    assert done.exit_code == 2
    assert word in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert counted(app) == 0
