"""The whole river in a real browser, on the embedded default and on PostgreSQL."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.platform import clock
from app.platform.filing_deadlines import filing_deadline
from tests.exchange.make_prospects import make_prospect_sheet
from tests.journeys import steps
from tests.journeys.office import Colleague, Office
from tests.program import RunningProgram

pytestmark = [pytest.mark.slow, pytest.mark.browser]

COMPANY = "东莞市鸿润网络经营部"
ONE_OFF, ITEM, ONE_OFF_PRICE = "个体工商户设立", "代理费", "450"
BOOKS, FEE, MONTH_PRICE = "小规模纳税人代理记账", "记账服务费(月)", "360"
"""Below the salesperson's authority (500, 400), covered by the sales manager's (425, 340)."""
WITHHOLDING_TAX = "个人所得税代扣代缴(工资薪金/劳务)"
"""The one filing every engagement has every month."""


def test_a_prospect_from_a_spreadsheet_becomes_a_bookkeeping_customer(
    office: Office, live_server: RunningProgram, tmp_path: Path
) -> None:
    is_refused_with_a_wrong_password(office)
    customer = brings_prospects_in_and_works_on_one(office, tmp_path)
    contract = signs_below_authority_price(office, customer)
    seller = office.colleague("xiaoshou1")
    is_reminded_by_the_job(seller, live_server)
    pays_the_one_off_in_full_and_the_first_month(office, customer)
    does_the_work(office)
    closes_only_when_nothing_is_missing(office, contract)
    stands_in_the_library(seller, customer)
    keeps_the_books(office)
    stays_hidden_from_another_salesperson(office, customer)
    no_reminder_is_missing(live_server)


def is_refused_with_a_wrong_password(office: Office) -> None:
    stranger = office.visitor("xszhuguan")
    with stranger.expecting(401):
        stranger.logs_in(password="wrong")
    stranger.sees("账号或密码不对", within="form")
    assert stranger.path == "/login/"
    stranger.photographs("wrong-password")
    stranger.leaves()


def brings_prospects_in_and_works_on_one(office: Office, folder: Path) -> str:
    """Gives the address of the customer's page."""
    manager, seller = office.colleague("xszhuguan"), office.colleague("xiaoshou1")
    expected = make_prospect_sheet(folder / "客户登记.xlsx", rows=1000, seed=1)
    steps.checks_the_sheet(manager, folder / "客户登记.xlsx")
    manager.photographs("dry-run")
    assert [steps.figure(manager, word) for word in ("读到", "可导入", "有错", "撞单")] == [
        1000,
        expected.accepted,
        len(expected.refused),
        len(expected.collisions),
    ]
    assert steps.lines_listed(manager, "有错") == set(expected.refused)
    assert steps.lines_listed(manager, "撞单") == set(expected.collisions)
    steps.imports_what_is_right(manager, expected.accepted)
    manager.photographs("imported")

    manager.goes_to("意向客户")
    manager.sees(f"共 {expected.accepted} 条", within="footer")
    names = steps.assigns_prospects(manager, 3, to="陈宇航")
    customer = steps.opens_a_prospect(seller, names[0])
    seller.photographs("prospect")
    steps.writes_a_follow_up(seller, customer, "先办个体户，再做小规模代账，明天见面。")
    steps.comments(manager, customer, "先问清有几个股东")
    seller.opens(customer)
    seller.follows("跟进")
    seller.sees("先问清有几个股东")
    seller.photographs("commented")
    return customer


def signs_below_authority_price(office: Office, customer: str) -> str:
    """Gives the number of the contract, in force after two approvals."""
    seller = office.colleague("xiaoshou1")
    steps.adds_a_company(seller, customer, COMPANY)
    steps.begins_a_contract(seller, customer, COMPANY)
    steps.adds_a_line(seller, ONE_OFF, ITEM, ONE_OFF_PRICE)
    steps.adds_a_line(seller, BOOKS, FEE, MONTH_PRICE)
    steps.agrees_on_months(seller, last_month(), every=1)
    steps.gives_reasons(seller, "老客户介绍，同行在比价", lines=2)
    seller.sees("低于权限价", within="aside")
    seller.photographs("priced")
    seller.presses("提交审批", within="footer")
    seller.sees("待审")
    number = seller.reads("h1").strip()

    for login in ("xszhuguan", "laoban"):
        approver = office.colleague(login)
        assert steps.approves_from_the_workbench(approver, number) == 200
    boss = office.colleague("laoban")
    boss.sees("执行中")
    boss.photographs("in-force")
    assert timeline_entries(boss, "通过了合同") == 2
    assert timeline_entries(boss, "合同生效") == 1
    return number


def timeline_entries(person: Colleague, words: str) -> int:
    count: int = person.page.locator(".tl-line", has_text=words).count()
    return count


def is_reminded_by_the_job(seller: Colleague, program: RunningProgram) -> None:
    """The month that began on the first is not paid: the job writes it, nobody's request does."""
    planned = program.command("reminders", "plan")
    assert planned.returncode == 0, planned.stderr
    steps.is_reminded_of(seller, "的款项")
    seller.photographs("bell")


def pays_the_one_off_in_full_and_the_first_month(office: Office, customer: str) -> None:
    seller, cashier = office.colleague("xiaoshou1"), office.colleague("caiwu")
    steps.enters_a_receipt(seller, customer, amount="810", slip="WX2026112300017")
    steps.books_the_receipt(cashier, "810.00", ONE_OFF, f"{BOOKS} 第 1 期")
    cashier.sees("已入账")
    cashier.photographs("booked")
    seller.opens(customer)
    seller.sees("已收 ¥810.00", within="aside")


def does_the_work(office: Office) -> None:
    manager = office.colleague("blzhuguan")
    steps.assigns_work(manager, "公司设立", to="赵磊")
    steps.assigns_work(manager, "代理记账", to="张蕾")
    for login, business, count in (("waiqin", ONE_OFF, 6), ("kuaiji", BOOKS, 5)):
        handler = office.colleague(login)
        steps.opens_own_work(handler, business)
        assert steps.reports_every_step(handler) == count
        handler.sees("已办结")
        handler.photographs(f"work-of-{login}")


def closes_only_when_nothing_is_missing(office: Office, contract: str) -> None:
    manager, handler = office.colleague("blzhuguan"), office.colleague("waiqin")
    wanted = ["统一社会信用代码", "法定代表人", "注册地址", "成立日期"]
    steps.opens_the_closing_check(manager, contract)
    manager.photographs("closing-check")
    assert steps.missing(manager) == wanted
    assert manager.button("结单", within="aside").get_attribute("aria-disabled") == "true"
    refusal = steps.closes_by_force_of_address(manager)
    assert all(word in refusal for word in wanted), refusal

    data = dict(zip(wanted, ["92441900MA4W3K8T1X", "黄志强", "东莞市鸿福路 100 号"], strict=False))
    with handler.expecting(422):
        steps.fills_in_the_company(handler, **data, 成立日期="2026-11-20")
    handler.sees("校验位不对")
    steps.types_company_data(handler, 统一社会信用代码="92441900MA4W3K8T1N")

    steps.opens_the_closing_check(manager, contract)
    assert steps.missing(manager) == []
    manager.presses("结单", within="aside")
    manager.sees("所有明细都已结单或开通")
    manager.photographs("closed")


def stands_in_the_library(seller: Colleague, customer: str) -> None:
    seller.opens(customer)
    assert seller.page.locator(".stagebar [aria-current]").inner_text().startswith("在库")
    seller.follows("合同")
    seller.sees("已结单")
    seller.goes_to("在库公司")
    seller.sees(COMPANY)
    seller.photographs("library")


def keeps_the_books(office: Office) -> None:
    manager, accountant = office.colleague("kjzhuguan"), office.colleague("kuaiji")
    today = clock.today()
    steps.opens_the_engagement(manager, COMPANY)
    manager.sees(WITHHOLDING_TAX)
    steps.hands_over(manager, to="张蕾")
    manager.photographs("handed-over")

    steps.opens_the_engagement(accountant, COMPANY)
    filings = steps.filings_of_the_month(accountant, today)
    assert filings[WITHHOLDING_TAX] == (
        f"{last_month():%Y-%m}",
        filing_deadline(today.year, today.month).day.isoformat(),
    )
    steps.marks_filed(accountant, COMPANY, "个人所得税")
    accountant.sees(re.compile(r"已报\s*[1-9]"))
    accountant.photographs("filed")


def stays_hidden_from_another_salesperson(office: Office, customer: str) -> None:
    other = office.colleague("xiaoshou2")
    with other.expecting(404):
        other.opens(customer)
    other.sees("没有这条记录，或者您看不到它。")
    other.photographs("not-found")


def no_reminder_is_missing(program: RunningProgram) -> None:
    today = clock.today()
    interval = ("--from", str(today.replace(day=1)), "--to", str(today + timedelta(days=1)))
    proof = program.command("reminders", "prove", *interval, "--json")
    assert proof.returncode == 0, proof.stdout + proof.stderr
    produced = {rule["rule"]: rule["produced"] for rule in json.loads(proof.stdout)["rules"]}
    assert produced["arrears"] >= 1 and produced["next_contact"] == 1, produced


def last_month() -> date:
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_wrong_import_is_taken_back_whole(office: Office, tmp_path: Path) -> None:
    manager = office.colleague("xszhuguan")
    expected = make_prospect_sheet(tmp_path / "旧表.xlsx", rows=60, seed=2)
    steps.checks_the_sheet(manager, tmp_path / "旧表.xlsx")
    steps.imports_what_is_right(manager, expected.accepted)
    manager.presses("撤回整次导入")
    manager.sees(re.compile(rf"已撤回 {expected.accepted}"), within="body")
    manager.photographs("taken-back")
    manager.goes_to("意向客户")
    manager.sees("还没有记录")
