"""The role editor in a browser: parts behind tabs, ticks by keyboard, a foot that names what will change."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.office import PHONE, Colleague, Office

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def opens_role(person: Colleague, name: str) -> Any:
    person.opens("/role/")
    person.follows(re.compile(rf"^{name}\s"), within=".role-pane")
    return person.page


def tick(page: Any, right: str) -> Any:
    return page.locator(f"input[value='{right}']")


def test_the_foot_counts_and_names_what_changes_and_takes_it_back(shared_office: Office) -> None:
    admin = shared_office.colleague("admin")
    page = opens_role(admin, "财务")
    foot = page.locator(".foot")
    tick(page, "company.add").check()
    page.locator("a[href='#fields']").click()
    expect(page.locator("#deeds")).to_be_hidden()
    page.locator("[name='field-customer.source']").select_option("hidden")
    expect(foot).to_contain_text("保存 2 处改动")
    expect(foot).to_contain_text("公司 新建，客户 来源。")
    admin.button("撤回改动").click()
    expect(foot).not_to_contain_text("2 处")
    expect(tick(page, "company.add")).not_to_be_checked()

    page.locator("a[href='#deeds']").click()
    tick(page, "company.add").check()
    admin.presses("保存 1 处改动")
    page.locator("a[href='#history']").click()
    admin.sees("公司 新建", within="#history")
    page.locator("a[href='#members']").click()
    admin.sees("caiwu", within="#members")


def test_arrows_lead_from_tick_to_tick(shared_office: Office) -> None:
    page = opens_role(shared_office.colleague("admin"), "财务")
    tick(page, "customer.list").focus()
    for key, right in (
        ("ArrowRight", "customer.show"),
        ("ArrowDown", "company.show"),
        ("ArrowUp", "customer.show"),
        ("ArrowLeft", "customer.list"),
    ):
        page.keyboard.press(key)
        expect(tick(page, right)).to_be_focused()
    before = tick(page, "customer.list").is_checked()
    page.keyboard.press("Space")
    expect(tick(page, "customer.list")).to_be_checked(checked=not before)


def test_a_role_is_copied_in_a_dialog_that_says_what_is_wrong_with_its_name(shared_office: Office) -> None:
    admin = shared_office.colleague("admin")
    page = opens_role(admin, "财务")
    admin.opens_dialog("复制为新角色")
    admin.fills("名称", "cashier", within="dialog[open]")
    with admin.expecting(422):
        admin.button("新建角色", within="dialog[open]").click()
        admin.sees("已有同名角色。", within="dialog[open]")
    admin.fills("名称", "出纳助理", within="dialog[open]")
    admin.confirms("新建角色")
    expect(page.get_by_role("heading", name="出纳助理")).to_be_visible()
    expect(tick(page, "receipt.list")).to_be_checked()


@pytest.mark.parametrize("width", [PHONE["width"], 820])
def test_the_matrix_needs_no_page_wider_than_the_screen(shared_office: Office, width: int) -> None:
    person = shared_office.visitor("admin", {"width": width, "height": 844})
    person.logs_in()
    page = opens_role(person, "业务员")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in ("fields", "members", "compare", "history"):
        page.locator(f"a[href='#{part}']").click()
        expect(page.locator(f"#{part}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    person.leaves()
