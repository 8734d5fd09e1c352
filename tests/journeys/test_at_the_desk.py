"""What makes eight hours a day light: search from anywhere, drafts, one's place kept, keys, days, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.office import DESK, PHONE, Colleague, Office
from tests.world import MARK

pytestmark = [pytest.mark.slow, pytest.mark.browser]

OFFER = ".draft-offer"
DIALOG = "dialog.quick[open]"
SCROLLED = "document.querySelector('.table-scroll').scrollTop"
COMPOSED_N = """
const key = new KeyboardEvent('keydown', { key: 'n', isComposing: true, bubbles: true });
document.body.dispatchEvent(key);
"""


@contextmanager
def window(office: Office, login: str, size: dict[str, int] | None = None) -> Iterator[Colleague]:
    """A fresh window of this person, logged in."""
    person = office.visitor(login, *([size] if size else []))
    person.logs_in()
    yield person
    person.leaves()


def press(person: Colleague, *keys: str) -> None:
    for key in keys:
        person.page.keyboard.press(key)


def asks(person: Colleague, wanted: str) -> None:
    """Ctrl K, and type."""
    press(person, "Control+k")
    person.page.locator(f"{DIALOG} input").fill(wanted)


def test_ctrl_k_finds_by_name_by_the_end_of_a_number_and_gives_the_focus_back(shared_office: Office) -> None:
    with window(shared_office, "laoban") as boss:
        boss.opens("/contract/")
        boss.page.locator("[data-list-search]").focus()
        asks(boss, "8001")
        found = boss.page.locator(f"{DIALOG} [role=option]", has_text=MARK["xiaoshou1"]).first
        expect(found).to_contain_text("成交")
        press(boss, "Escape")
        expect(boss.page.locator("[data-list-search]")).to_be_focused()
        asks(boss, "鸿润")
        expect(boss.page.locator(DIALOG)).to_contain_text("合同和到款")
        press(boss, "Enter")
        boss.page.wait_for_url(re.compile(r"/customer/\d+$"))
        press(boss, "Control+k")
        expect(boss.page.locator(DIALOG)).to_contain_text("鸿润")
        boss.page.locator(f"{DIALOG} input").fill("没有这个名字")
        expect(boss.page.locator(DIALOG)).to_contain_text("新建意向客户「没有这个名字」")


def test_ctrl_k_says_whose_a_foreign_customer_is_and_nothing_else(shared_office: Office) -> None:
    with window(shared_office, "xiaoshou2") as colleague:
        colleague.opens("/")
        for wanted in ("13800138001", f"{MARK['xiaoshou1']}科技"):
            asks(colleague, wanted)
            dialog = colleague.page.locator(DIALOG)
            expect(dialog).to_contain_text("归 陈宇航（销售一部）")
            assert dialog.locator("a", has_text=MARK["xiaoshou1"]).filter(has_not_text="新建").count() == 0
            answer = colleague.page.request.get(f"{shared_office.url}/search/quick", params={"q": wanted})
            assert answer.json()["groups"] == []
            press(colleague, "Escape")


def begins_a_prospect(person: Colleague, name: str) -> None:
    """Half a form: a name, a source, two contacts, one business."""
    person.opens("/customer/new")
    person.fills("客户名称", name)
    person.button("加一个联系方式").click()
    person.page.locator("#contacts-1-person_name").fill("乙")
    person.page.locator("#contacts-1-kind").select_option("wechat")
    person.page.locator("select#source").evaluate(
        "(s) => { s.selectedIndex = 1; s.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    person.sees("草稿已存", within=".foot")


def half_form(person: Colleague) -> list[Any]:
    fields = ("#name", "#source", "#contacts-1-person_name", "#contacts-1-kind")
    return [person.page.locator(field).input_value() for field in fields]


def test_half_a_form_is_kept_offered_again_and_forgotten_once_saved(shared_office: Office) -> None:
    with window(shared_office, "xiaoshou1") as seller:
        begins_a_prospect(seller, "草稿贸易")
        typed = half_form(seller)
        asked: list[str] = []
        seller.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        seller.opens("/")
        assert asked == ["beforeunload"]
        seller.opens("/customer/new")
        seller.button("恢复", within=OFFER).click()
        expect(seller.page.locator("#contacts-1-person_name")).to_have_value("乙")
        assert half_form(seller) == typed
        seller.page.locator("#contacts-0-value").fill("13700137100")
        seller.page.locator("#contacts-1-value").fill("draft_wx_1")
        seller.presses("保存", within=".foot")
        seller.page.wait_for_url(re.compile(r"/customer/\d+"))
        seller.opens("/customer/new")
        seller.page.wait_for_timeout(200)
        assert seller.page.locator(OFFER).count() == 0
        assert asked == ["beforeunload"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_lost_log_in_costs_nothing_that_was_typed(shared_office: Office, size: dict[str, int]) -> None:
    with window(shared_office, "xiaoshou1", size) as seller:
        begins_a_prospect(seller, f"断线贸易{size['width']}")
        typed = half_form(seller)
        seller.page.context.clear_cookies()
        with seller.expecting(400):
            seller.presses("保存", within=".foot")
        seller.sees("您已退出登录")
        seller.follows("重新登录")
        seller.fills("账号", "xiaoshou2", within="form")
        seller.fills("密码", shared_office.password, within="form")
        seller.presses("登录", within="form.login-form")
        assert seller.path == "/customer/new"
        seller.page.wait_for_timeout(200)
        assert seller.page.locator(OFFER).count() == 0, "a colleague at the same computer is offered nothing"
        seller.page.context.clear_cookies()
        seller.opens("/customer/new")
        seller.fills("账号", "xiaoshou1", within="form")
        seller.fills("密码", shared_office.password, within="form")
        seller.presses("登录", within="form.login-form")
        seller.button("恢复", within=OFFER).click()
        expect(seller.page.locator("#contacts-1-person_name")).to_have_value("乙")
        assert half_form(seller) == typed


def test_back_from_a_record_one_stands_where_one_stood(shared_office: Office) -> None:
    with window(shared_office, "laoban", {"width": 1440, "height": 300}) as boss:
        boss.opens("/prospect/?rows=20")
        boss.page.locator("tbody [data-check]").first.check()
        row = boss.page.locator("tbody tr").last
        name = row.locator(".name a").inner_text()
        row.scroll_into_view_if_needed()
        scrolled = boss.page.evaluate(SCROLLED)
        assert scrolled > 0
        for goes_back in (boss.page.locator(".crumbs a").last.click, boss.page.go_back):
            row.locator(".name a").click()
            boss.page.wait_for_url(re.compile(r"/customer/\d+"))
            goes_back()
            boss.page.wait_for_url("**/prospect/?rows=20")
            expect(boss.page.locator("tr.seen .name")).to_have_text(name)
            expect(boss.page.locator("tbody [data-check]").first).to_be_checked()
            expect(boss.page.locator("tr.seen")).to_be_in_viewport()
            assert boss.page.evaluate(SCROLLED) >= scrolled - 2


def test_letters_work_outside_fields_and_never_while_a_word_is_composed(shared_office: Office) -> None:
    with window(shared_office, "laoban") as boss:
        boss.opens("/prospect/")
        press(boss, "j", "j", "k")
        expect(boss.page.locator("tr.at")).to_have_count(1)
        press(boss, "x")
        expect(boss.page.locator(".bulkbar")).to_be_visible()
        press(boss, "Escape")
        expect(boss.page.locator(".bulkbar")).to_be_hidden()
        boss.page.evaluate(COMPOSED_N)
        press(boss, "/")
        expect(boss.page.locator("[data-list-search]")).to_be_focused()
        boss.page.keyboard.type("njx?")
        expect(boss.page.locator("[data-list-search]")).to_have_value("njx?")
        assert boss.path == "/prospect/"
        press(boss, "Escape", "?")
        expect(boss.page.locator("dialog[open]")).to_contain_text("上一条、下一条")
        press(boss, "Escape", "g", "h")
        boss.page.wait_for_url("**/contract/")
        press(boss, "g", "y")
        boss.page.wait_for_url("**/prospect/")
        press(boss, "n")
        boss.page.wait_for_url("**/customer/new")
        press(boss, "Escape")
        boss.page.wait_for_url("**/prospect/")


def test_days_and_amounts_are_taken_as_people_write_them(shared_office: Office) -> None:
    with window(shared_office, "xiaoshou1") as seller:
        seller.opens("/customer/new")
        day = seller.field("下次联系")
        day.fill("2026年5月1日")
        press(seller, "Alt+ArrowDown")
        expect(seller.page.locator(".calendar th")).to_have_text(list("一二三四五六日"))
        press(seller, "ArrowRight", "PageDown", "Shift+PageDown", "Enter")
        expect(day).to_have_value("2027-06-02")
        expect(day).to_be_focused()
        shown = seller.page.evaluate(
            """async () => {
              const { dayOf, plus, today } = await import('/static/js/days.js');
              const { plain } = await import('/static/js/money.js');
              const year = today().slice(0, 4);
              const later = (days) => plus(today(), days);
              return {
                days: ['4.15', '0415', '4月15日', '4/15', '2026-4-15', '2/30', '明天', '+7'].map(dayOf),
                meant: [...Array(4).fill(`${year}-04-15`), '2026-04-15', null, ...[1, 7].map(later)],
                amounts: ['￥1,234.5元', '１２３４', '1.2万', '−50'].map(plain),
              };
            }"""
        )
        assert shown["days"] == shown["meant"]
        assert shown["amounts"] == ["1234.5", "1234", "12000", "-50"]
        seller.opens("/receipt/new")
        amount = seller.field("金额")
        amount.fill("￥1,234.5元")
        press(seller, "Tab")
        expect(amount).to_have_value("1,234.50")
