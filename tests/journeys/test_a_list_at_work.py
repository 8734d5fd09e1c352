"""A generated list under a person's hands: columns, views, cells, row menus, picks, neighbours."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.office import PHONE, Office

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HEADS = ".table thead th"


def test_columns_and_a_view_are_chosen_kept_and_opened_again(shared_office: Office) -> None:
    person = shared_office.colleague("xszhuguan")
    page = person.page
    person.opens("/prospect/")
    page.get_by_role("button", name="列", exact=True).click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("checkbox", name="行业").check()
    dialog.get_by_role("checkbox", name="来源").uncheck()
    dialog.get_by_role("button", name="左移：行业").click()
    dialog.get_by_role("button", name="显示这些列").click()
    expect(page.locator(HEADS, has_text="行业")).to_be_visible()
    expect(page.locator(HEADS, has_text="来源")).to_have_count(0)
    person.opens("/prospect/?level__is=A")
    page.get_by_role("button", name="存为视图").click()
    dialog.get_by_label("名称").fill("重点客户")
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator(".nav-tabs .active")).to_contain_text("重点客户")
    person.opens("/prospect/?tab=all")
    page.locator(".nav-tabs a", has_text="重点客户").click()
    page.wait_for_url(re.compile(r"view=\d+.*level__is=A"))
    expect(page.locator(".chip", has_text="级别")).to_be_visible()


def test_a_cell_is_changed_where_it_stands(shared_office: Office) -> None:
    person = shared_office.colleague("laoban")
    page = person.page
    person.opens("/prospect/?tab=all")
    cell = page.locator("td[data-cell=level]").first
    cell.dblclick()
    cell.locator("select").select_option(label="B 一般")
    expect(cell.locator(".label")).to_have_text("B")
    cell.hover()
    cell.locator(".cell-pen").click()
    expect(cell.locator("select")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell.locator("select")).to_have_count(0)
    expect(cell.locator(".label")).to_have_text("B")


def test_a_row_offers_its_steps_by_mouse_and_by_keyboard(shared_office: Office) -> None:
    person = shared_office.colleague("laoban")
    page = person.page
    person.opens("/prospect/?tab=all")
    more = page.locator("tbody tr").first.get_by_role("button", name="更多")
    more.click()
    menu = page.locator(".dropdown.open .dropdown-menu")
    expect(menu).to_contain_text("分配")
    page.keyboard.press("Escape")
    page.locator("tbody tr").nth(1).get_by_role("button", name="更多").focus()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("button", name="分配")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("新负责人")
    page.keyboard.press("Escape")


def test_everything_the_list_holds_is_picked_with_its_filter(shared_office: Office) -> None:
    person = shared_office.colleague("laoban")
    page = person.page
    person.opens("/prospect/?tab=all")
    page.locator("[data-check]").first.check()
    page.locator("[data-bulk-all]").click()
    page.locator(".bulkbar").get_by_role("button", name="分配").click()
    expect(page.locator("input[name=all]")).to_have_value("1")
    expect(page.locator(".page-title")).to_contain_text("分配")


def test_the_next_record_is_the_next_of_the_list(shared_office: Office) -> None:
    person = shared_office.colleague("laoban")
    page = person.page
    person.opens("/prospect/?sort=name&tab=all")
    names = page.locator("td.name a").all_inner_texts()
    page.locator("td.name a").first.click()
    expect(page.locator("h1, .record-name").first).to_contain_text(names[0])
    forward = page.locator("[data-neighbour=next]")
    expect(forward).to_have_attribute("href", re.compile(r"/customer/\d+"))
    page.keyboard.press("]")
    expect(page.locator("h1, .record-name").first).to_contain_text(names[1])


def test_on_a_phone_a_card_has_its_menu_and_its_tick(shared_office: Office) -> None:
    person = shared_office.visitor("laoban", PHONE)
    person.logs_in()
    person.opens("/prospect/")
    card = person.page.locator("tbody tr").first
    expect(card.locator("[data-check]")).to_be_visible()
    card.get_by_role("button", name="更多").click()
    expect(person.page.locator(".dropdown.open")).to_contain_text("分配")
    person.leaves()
