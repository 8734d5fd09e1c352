"""What people do on the way from a spreadsheet to a bookkeeping customer, in the words of the screens."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.journeys.office import PATIENCE, Colleague

# Sales manager: prospects ---------------------------------------------------------------------------


def checks_the_sheet(manager: Colleague, sheet: Path) -> None:
    """Upload a spreadsheet and wait for its dry run."""
    manager.goes_to("意向客户")
    manager.follows(re.compile("导入"))
    if manager.path.endswith("/import_run/"):
        manager.follows(re.compile("导入"))
    manager.field("文件").set_input_files(sheet)
    manager.presses("检查文件")
    manager.sees("试跑结果")


def imports_what_is_right(manager: Colleague, rows: int) -> None:
    """Start the import of a checked sheet and wait for the job."""
    manager.presses(re.compile(rf"导入 {rows:,}|导入 {rows}"))
    manager.sees("已导入")


def figure(person: Colleague, label: str) -> int:
    """A figure of the page, by the word above it."""
    cell = person.page.locator(".figures > div", has=person.page.get_by_text(label, exact=True))
    return int(cell.locator("b").inner_text().replace(",", ""))


def lines_listed(person: Colleague, title: str) -> set[int]:
    """Line numbers of the table in the panel of this title."""
    panel = person.page.locator("section.panel", has=person.page.get_by_role("heading", name=title))
    return {int(text) for text in panel.locator("tbody tr td:first-child").all_inner_texts()}


def assigns_prospects(manager: Colleague, count: int, to: str) -> list[str]:
    """Pick the first prospects of the list and assign them together; gives their names."""
    manager.goes_to("意向客户")
    rows = manager.page.locator("tbody tr")
    names = [rows.nth(place).locator("td.name").inner_text() for place in range(count)]
    for place in range(count):
        rows.nth(place).get_by_role("checkbox").check()
    manager.photographs("picked")
    manager.presses("分配", within=".bulkbar")
    manager.chooses("新负责人", to)
    manager.presses("分配", within="footer")
    return names


def comments(manager: Colleague, customer: str, text: str) -> None:
    """Leave a remark under the newest follow-up."""
    manager.opens(customer)
    manager.follows("跟进")
    manager.opens_dialog("批注")
    manager.fills("批注", text, within="dialog")
    manager.confirms("记下")
    manager.sees(text)


# Salesperson ----------------------------------------------------------------------------------------


def opens_a_prospect(seller: Colleague, name: str) -> str:
    """Find the prospect in the own list; gives the address of its page."""
    seller.goes_to("意向客户")
    seller.follows(name)
    return seller.path


def writes_a_follow_up(seller: Colleague, customer: str, text: str) -> None:
    seller.opens(customer)
    seller.follows("跟进")
    seller.page.locator("form.composer textarea").fill(text)
    seller.chooses("联系方法", "微信", within="form.composer")
    seller.fills("下次联系", "明天", within="form.composer")
    seller.presses("记下")
    seller.sees(text)


def adds_a_company(seller: Colleague, customer: str, name: str) -> None:
    """A sole trader still in formation, small-scale taxpayer."""
    seller.opens(customer)
    seller.follows("公司")
    seller.follows("添加公司")
    seller.fills("公司名称", name)
    seller.chooses("主体类型", "个体工商户")
    seller.chooses("登记状态", "设立中")
    seller.chooses("纳税人类型", "小规模纳税人")
    seller.presses("保存", within="footer")


def begins_a_contract(seller: Colleague, customer: str, company: str) -> None:
    seller.opens(customer)
    seller.follows("合同")
    seller.follows(re.compile("新建合同"))
    seller.chooses("签约公司", company)


def adds_a_line(seller: Colleague, business: str, item: str, price: str) -> None:
    """Fill the last line: pick the business, write the price of its main item."""
    kinds = seller.page.locator("[data-line-type]")
    if kinds.last.input_value():
        seller.button("加一行").click()
    seller.searches(kinds.last, business)
    seller.fills(f"{item} 单价", price)


def agrees_on_months(seller: Colleague, start: date, *, every: int) -> None:
    seller.fills("起始月", f"{start:%Y-%m}")
    seller.page.get_by_label("每").locator("visible=true").first.select_option(value=str(every))


def gives_reasons(seller: Colleague, reason: str, *, lines: int) -> None:
    """Say why so many lines are below the authority price; the server's warnings come one check later."""
    warned = seller.page.locator("[data-warning]:visible")
    warned.nth(lines - 1).wait_for()
    for row in warned.all():
        row.get_by_label("理由").fill(reason)


def enters_a_receipt(seller: Colleague, customer: str, amount: str, slip: str) -> None:
    seller.opens(customer)
    seller.follows("应收与到款")
    seller.follows(re.compile("登记到款"))
    seller.chooses("合同", "HT-")
    seller.fills("金额", amount)
    seller.chooses("收款账户", "微信")
    seller.chooses("付款方式", "微信支付")
    seller.fills("流水号", slip)
    seller.presses("保存", within="footer")


# Approvers and cashier ------------------------------------------------------------------------------


def approves_from_the_workbench(approver: Colleague, contract: str) -> int:
    """Open what waits in the workbench and approve it in a hurry; gives the answer to a second sending."""
    approver.opens("/")
    approver.sees("等我审批")
    approver.sees(contract)
    approver.follows("审批", within=f".inbox li:has-text('{contract}')")
    approver.photographs("why-you-are-asked")
    approver.opens_dialog("通过")
    approver.fills("备注", "同意", within="dialog")
    answer = approver.sends_again("通过", within="dialog[open] .modal-footer")
    approver.opens(approver.path)
    status: int = answer.status
    return status


def books_the_receipt(cashier: Colleague, amount: str, *pays_first: str) -> None:
    """Tick what the money is for and book it."""
    cashier.goes_to("到款单")
    cashier.follows(re.compile("^DK-"))
    cashier.opens_dialog("入账")
    for words in pays_first:
        row = cashier.page.locator("dialog tbody tr", has_text=words).first
        row.get_by_role("checkbox").check()
    cashier.photographs("allocation")
    cashier.confirms(f"入账 ¥{amount}")


# Delivery -------------------------------------------------------------------------------------------


def assigns_work(manager: Colleague, group: str, to: str) -> None:
    """On the board: pick every item of the group nobody has yet, and give it to somebody."""
    manager.goes_to("业务项目")
    manager.follows("看板")
    if f"业务大类：{group}" not in manager.reads(".listbar"):
        manager.button(re.compile("业务大类")).click()
        manager.follows(group)
    for box in manager.page.locator(".board-col").first.locator("[data-check]").all():
        box.check()
    manager.page.locator(".drawer").get_by_label(to).check()
    manager.photographs("assigning")
    manager.presses(f"分给{to}", within=".drawer")


def opens_own_work(handler: Colleague, business: str) -> None:
    handler.goes_to("业务项目")
    handler.follows(re.compile("我办的"))
    handler.follows(business)


def reports_every_step(handler: Colleague) -> int:
    """Report step after step until none is open; gives how many there were."""
    steps = 0
    while (report := handler.page.locator("td").get_by_role("button", name="报办完", exact=True)).count():
        report.first.click()
        handler.presses("确认办完")
        steps += 1
    return steps


def fills_in_the_company(handler: Colleague, **data: str) -> None:
    """From the work item: follow the link of what is missing and fill the fields in."""
    handler.follows("去填", within="aside")
    types_company_data(handler, **data)


def types_company_data(handler: Colleague, **data: str) -> None:
    for label, text in data.items():
        handler.fills(label, text)
    handler.presses("保存", within="footer")


def opens_the_closing_check(manager: Colleague, contract: str) -> None:
    manager.goes_to("结单检查")
    manager.follows(contract)


def missing(manager: Colleague) -> list[str]:
    """What the closing check lists as missing, in its order."""
    texts: list[str] = manager.page.locator(".check-list li > span").all_inner_texts()
    return texts


def closes_by_force_of_address(manager: Colleague) -> str:
    """Send the closing although its button is off; gives the words of the refusal."""
    body = urlencode({"csrf_token": manager.token()}).encode()
    answer = manager.posts(f"{manager.page.url}/close", body)
    assert answer.status == 422, answer.status
    words: str = answer.text()
    return words


# Bookkeeping ----------------------------------------------------------------------------------------


def opens_the_engagement(person: Colleague, company: str) -> None:
    person.goes_to("记账客户")
    person.follows(company)


def hands_over(manager: Colleague, to: str) -> None:
    manager.opens_dialog("交接")
    manager.chooses("交给", to, within="dialog")
    manager.confirms("交接")


def filings_of_the_month(person: Colleague, month: date) -> dict[str, tuple[str, str]]:
    """Tax → (period, last day), as the page of the engagement shows them."""
    heading = person.page.get_by_role("heading", name=f"{month:%Y-%m} 申报")
    rows = person.page.locator("section.panel", has=heading).locator("tbody tr")
    return {
        row.locator("td").nth(0).inner_text(): (
            row.locator("td").nth(1).inner_text(),
            row.locator("td").nth(2).inner_text(),
        )
        for row in rows.all()
    }


def marks_filed(accountant: Colleague, company: str, tax: str) -> None:
    """In the matrix of the month."""
    accountant.goes_to("税种申报")
    row = accountant.page.locator("table.matrix tbody tr", has_text=company)
    row.locator(f"td[data-label='{tax}'] [data-cell]").click()
    accountant.presses(re.compile("^已报"), within="#cellbar")


# Everybody ------------------------------------------------------------------------------------------


def is_reminded_of(person: Colleague, words: str) -> None:
    """Look into the bell again and again until the reminder has been written."""
    person.opens("/")
    person.follows("提醒", within="header.top")
    end = time.monotonic() + PATIENCE / 1000
    while words not in person.reads():
        assert time.monotonic() < end, f"no reminder of {words} for {person.name}"
        person.page.reload()
    # The number at the bell comes by a request of its own, after the page.
    expect(person.page.locator("header.top [data-count=bell]")).to_have_text(
        re.compile("^[1-9]"), timeout=PATIENCE
    )
