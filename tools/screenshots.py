"""Takes the pictures of README and user guide: `python -m tools.screenshots [NAME …]`.

Starts the program on a data folder of its own, fills it with demo data, takes one customer down the river
and looks at each stage as the person whose turn it is. Pictures land in `docs/pictures`. Needs what the
tests need.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.catalogue.queries import prices_for
from app.companies.models import Company
from app.companies.operations import change_company, create_company
from app.contracts.inputs import ContractInput, ItemInput, LineInput
from app.contracts.operations import save_contract, submit_contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.follow_ups import add_follow_up
from app.customers.operations import create_customer
from app.delivery.models import WorkItem
from app.delivery.transitions import LIFECYCLE as WORK_LIFECYCLE
from app.finance.models import MoneyAccount
from app.finance.operations import Slip, approve_receipt, enter_receipt
from app.org.demo_staff import demo_password
from app.org.identity import identity_of_login
from app.org.models import Person
from app.platform import clock
from app.platform.access import identity_of
from app.platform.money import quantise
from app.platform.sheet_writing import write_table
from app.platform.unit_of_work import system_reading, system_work
from tools import deploy, services, suite
from tools.settings import ROOT
from tools.small_png import shrink

PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1440, "height": 900}
FLAGS = ["--no-sandbox", "--disable-gpu"]
LARGEST = 200_000
"""Bytes of one picture: they live in the repository for ever."""
CROWD = 300
"""Customers of the demo data around the one of the story."""
LONGEST_START = 90
CUSTOMER, COMPANY = "石先生（云栖咖啡）", "深圳市云栖咖啡有限公司"
ADDRESS = "深圳市南山区粤海街道科苑路 15 号 302"
CALLS = (
    ("电话", "想在南山开咖啡店，先办执照再做账。嫌比同行贵，要想一想。"),
    ("微信", "发了报价，答应月底前签。注册地址用朋友的写字楼。"),
)
SHEET = (
    ("客户名称", "联系人", "联系电话", "微信", "客户来源", "意向业务", "备注"),
    ("深圳市恒宇五金制品有限公司", "黄经理", "138 2550 1166", "", "百度", "小规模纳税人代理记账", "年底到期"),
    ("朱女士", "朱女士", "１３７１３３００８８２", "zhu_studio", "微信", "有限公司设立", ""),
    ("嘉和进出口", "罗总", "0755-26801234", "", "老客户介绍", "出口退税", "要会说英语的会计"),
    ("米小姐（美甲店）", "米小姐", "12345", "", "微信", "个体工商户设立", "电话少了几位"),
    ("", "", "13590112233", "", "百度", "", "没有名字"),
    ("石先生", "石先生", "13923801122", "", "微信", "有限公司设立", "已经在跟"),
    ("腾越物流", "方总", "13688990011", "", "小红书", "有限公司设立", "来源字典里没有"),
)


class Story:
    """One customer from the first call on; every step is done by whose turn it is."""

    def __init__(self) -> None:
        self.customer = self.contract = self.company = self.receipt = 0

    def begins(self) -> None:
        with _acting("xiaoshou1") as session:
            customer = create_customer(
                session,
                name=CUSTOMER,
                contacts=[
                    ("石磊", "mobile", "139 2380 1122", False),
                    ("石磊", "wechat", "yunqi_coffee", False),
                ],
                source="微信",
                industry="餐饮",
                region="南山",
                level="A",
                business_type_ids=[_kind(session, "SL01").id, _kind(session, "JZ01").id],
                next_contact_on=clock.today() + timedelta(days=2),
                next_contact_note="问注册地址定了没有",
            )
            self.customer = customer.id
            for method, content in CALLS:
                add_follow_up(session, customer.id, method=method, content=content)

    def asks_for_approval(self) -> None:
        """Bookkeeping is sold below the authority price and more than ten per cent off."""
        with _acting("xiaoshou1") as session:
            company = create_company(
                session,
                self.customer,
                name=COMPANY,
                entity_type="limited_company",
                taxpayer_kind="small_scale",
                registration_state="in_formation",
            )
            self.company = company.id
            month = clock.today().replace(day=1)
            lines = (
                _line(session, "SL01", Decimal(1)),
                _line(session, "JZ01", Decimal("0.62"), start_month=month, reason="老客户介绍，一次付清"),
            )
            data = ContractInput(customer_id=self.customer, company_id=company.id, lines=lines)
            self.contract = submit_contract(session, save_contract(session, None, data).id).id

    def is_approved_and_paid(self) -> None:
        for login in ("xszhuguan", "laoban"):
            with _acting(login) as session:
                CONTRACT_LIFECYCLE.perform(session, self.contract, "approve", data={"note": "同意"})
        with _acting("xiaoshou1") as session:
            slip = Slip(
                customer_id=self.customer,
                contract_id=self.contract,
                account_id=session.scalars(select(MoneyAccount.id).order_by(MoneyAccount.id)).first() or 0,
                amount=Decimal(5000),
                received_on=clock.today(),
                payer="石磊",
                slip_number="20260415000731",
                note="先付一部分，余款下周",
            )
            self.receipt = enter_receipt(session, slip).id

    def is_worked_on(self) -> None:
        """The money is booked, the work given out, most of it is reported."""
        with _acting("caiwu") as session:
            approve_receipt(session, self.receipt)
        opening, bookkeeping = self.works
        self._give_out(opening, "blzhuguan", "waiqin", steps_left=2)
        self._give_out(bookkeeping, "kjzhuguan", "kuaiji", steps_left=1)
        with _acting("waiqin") as session:
            company = session.get_one(Company, self.company)
            change_company(session, company, {"legal_person": "石磊", "address": ADDRESS})

    def _give_out(self, work: int, supervisor: str, login: str, *, steps_left: int) -> None:
        with _acting(supervisor) as session:
            handler = session.scalars(select(Person.id).where(Person.username == login)).one()
            WORK_LIFECYCLE.perform(session, work, "assign", data={"handler": str(handler)})
        with _acting(login) as session:
            for step in session.get_one(WorkItem, work).steps[:-steps_left]:
                data = {"step": str(step.id), "done_on": clock.today()}
                WORK_LIFECYCLE.perform(session, work, "report_step", data=data)

    @property
    def works(self) -> list[int]:
        """The work behind the lines of the contract, in their order."""
        with system_reading() as session:
            statement = select(WorkItem.id).where(WorkItem.contract_id == self.contract)
            return list(session.scalars(statement.order_by(WorkItem.id)))


@contextmanager
def _acting(login: str) -> Iterator[Session]:
    with system_reading() as session:
        who = identity_of_login(session, login)
    with system_work(who) as session:
        yield session


def _kind(session: Session, code: str) -> BusinessType:
    return session.scalars(select(BusinessType).where(BusinessType.code == code)).one()


def _line(session: Session, code: str, share: Decimal, **more: Any) -> LineInput:
    """The first item of the business type at a share of its reference price, for a year if it recurs."""
    kind, seller = _kind(session, code), identity_of(session).person_id
    item = kind.items[0]
    price = prices_for(session, session.get_one(Person, seller), [item.id], clock.today(), None)[item.id]
    amount = quantise(price.reference * (12 if kind.recurring else 1))
    return LineInput(
        business_type_id=kind.id, items=(ItemInput(item.id, amount, quantise(amount * (1 - share))),), **more
    )


class Camera:
    """A browser that logs in as whoever looks, and keeps the pictures that were asked for."""

    def __init__(self, browser: Any, url: str, password: str, wanted: Sequence[str]) -> None:
        self.browser, self.url, self.password, self.wanted = browser, url, password, wanted

    def takes(self, name: str, login: str, path: str, act: Callable[[Any], None] | None = None) -> None:
        """Look at the address as this person, do something there, keep the picture."""
        if self.wanted and name not in self.wanted:
            return
        context = self.browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport=SIZE)
        page = context.new_page()
        page.goto(f"{self.url}/login/")
        page.fill("[name=username]", login)
        page.fill("[name=password]", self.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{self.url}/")
        page.goto(f"{self.url}{path}")
        if act is not None:
            act(page)
        page.wait_for_load_state("networkidle")
        picture = shrink(page.screenshot(animations="disabled", caret="hide"))
        context.close()
        (PICTURES / f"{name}.png").write_bytes(picture)
        print(f"{name}.png: {len(picture) // 1000} kB{', too large' if len(picture) > LARGEST else ''}")


def _types_a_known_number(page: Any) -> None:
    page.locator("[name=name]").first.fill("云栖咖啡")
    page.locator("[name$=value]").first.fill("13923801122")
    page.get_by_text("这个号码已登记").first.wait_for()


def _names_a_view(page: Any) -> None:
    """The list as it is, about to become a tab of its own."""
    page.click(".nav-tabs [data-dialog-url]")
    page.fill("dialog[open] [name=name]", "重点客户")


def _changes_a_right(page: Any) -> None:
    page.check("input[value='customer.export']")
    page.evaluate("document.querySelector('.pane-main').scrollTo(0, 0)")


def _uploads(sheet: Path) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        page.set_input_files("[name=file]", sheet)
        page.click("button[form=upload]")
        page.locator("button[form=start]").wait_for()

    return act


def take_all(camera: Camera, folder: Path) -> None:
    """The story with a picture wherever somebody else takes over."""
    story = Story()
    story.begins()
    camera.takes("collision", "xiaoshou2", "/customer/new", _types_a_known_number)
    sheet = folder / "意向客户名单.xlsx"
    with sheet.open("wb") as target:
        write_table(target, SHEET[0], SHEET[1:], format="xlsx")
    camera.takes("import", "xszhuguan", "/import_run/upload", _uploads(sheet))
    camera.takes("prospects", "xszhuguan", "/prospect/?rows=25")
    camera.takes("view", "xszhuguan", "/prospect/?rows=25&level__is=A", _names_a_view)
    camera.takes("roles", "admin", "/role/1", _changes_a_right)
    camera.takes("custom-field", "admin", "/custom_field/new")
    camera.takes("customer", "xiaoshou1", f"/customer/{story.customer}")
    story.asks_for_approval()
    camera.takes("contract", "xszhuguan", f"/contract/{story.contract}")
    camera.takes("workbench", "xszhuguan", "/")
    story.is_approved_and_paid()
    camera.takes("receipt", "caiwu", f"/receipt/{story.receipt}")
    story.is_worked_on()
    camera.takes("work", "waiqin", f"/work_item/{story.works[0]}")
    camera.takes("closing", "blzhuguan", f"/closing/{story.contract}")
    month = clock.today().replace(day=1) - timedelta(days=1)
    camera.takes("filings", "kjzhuguan", f"/filing-month/{month.year}/{month.month}")


@contextmanager
def running(home: Path, port: int) -> Iterator[str]:
    """The whole program on its own data folder, until the block ends; gives its address."""
    environment = {**os.environ, "ZHANGFANG_HOME": str(home), "ZHANGFANG_PORT": str(port)}
    # Loading the program named the queue of this folder, which nobody runs before the supervisor does.
    del environment["REDIS_URL"]
    program = subprocess.Popen(
        [sys.executable, "-m", "tools.supervisor"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        preexec_fn=services.end_with_parent,
    )
    try:
        end = time.monotonic() + LONGEST_START
        while not _answers(port):
            if program.poll() is not None or time.monotonic() > end:
                raise SystemExit("The program did not start; see above.")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait()


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fill(app: Flask) -> None:
    """Demo data, so that lists look as they do in an agency."""
    with app.app_context():
        app.cli.main(["demo", "--customers", str(CROWD)], prog_name="run.py", standalone_mode=False)


def main(wanted: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="zhangfang-pictures-") as name:
        home = Path(name)
        os.environ["ZHANGFANG_HOME"] = name
        for elsewhere in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(elsewhere, None)
        app = deploy.load()
        deploy.deploy(app)
        fill(app)
        # The driver of the browser belongs to the tests: the program itself runs without it.
        driver = import_module("playwright.sync_api").sync_playwright
        with running(home, _free_port()) as url, driver() as playwright, app.app_context():
            browser = playwright.chromium.launch(executable_path=suite.browser(), args=FLAGS)
            take_all(Camera(browser, url, demo_password(home), wanted), home)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
