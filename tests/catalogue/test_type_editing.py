"""Items, steps, need form and closing checks of a business type, edited without a programmer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.item_kinds import ItemKind
from app.catalogue.models import BusinessType, DetailItem
from app.catalogue.type_editing import (
    ItemRow,
    NeedRow,
    StepRow,
    save_checks,
    save_items,
    save_needs,
    save_steps,
)
from app.catalogue.type_forms import CHECK_LABELS
from app.contracts.operations import submit_contract
from app.platform.errors import BusinessError, NotAllowed, NotFound, Stale
from tests.contracts.deals import customer_of, draft, line
from tests.people import acting, as_system, log_in, token_in


def kind(session: Session, code: str = "SL01") -> BusinessType:
    return session.scalars(select(BusinessType).where(BusinessType.code == code)).one()


def items_of(row: BusinessType) -> list[ItemRow]:
    return [
        ItemRow(item.id, item.name, ItemKind(item.kind), item.optional, item.active, item.position)
        for item in row.items
    ]


def steps_of(row: BusinessType) -> list[StepRow]:
    return [
        StepRow(s.id, s.name, s.optional, s.item_id, s.milestone, s.in_order, s.position) for s in row.steps
    ]


def save(app: Flask, rows: Sequence[ItemRow], login: str = "laoban") -> Sequence[str]:
    with acting(app, login) as session:
        return save_items(session, kind(session).id, rows, form_version=None)


def test_items_are_added_renamed_and_moved_and_a_contract_sold_before_keeps_its_item(app: Flask) -> None:
    with acting(app, "xiaoshou1") as session:
        submit_contract(session, draft(session, customer_of(session), line(session, "SL01", "800")).id)
    with as_system(app) as session:
        rows, first = items_of(kind(session)), kind(session).items[0].name
    renamed = replace(rows[0], name="代办费（新）", position=99)
    fresh = ItemRow(None, "加急费", ItemKind.SERVICE_FEE, True, True, 1)
    assert save(app, [renamed, *rows[1:], fresh]) == []
    with as_system(app) as session:
        items = kind(session).items
        assert (items[0].name, items[0].code) == ("加急费", f"SL01-I{len(rows) + 1}")
        assert items[-1].name == "代办费（新）" != first
        assert [item.position for item in items] == list(range(1, len(items) + 1))


def test_an_item_in_use_is_archived_and_an_unused_one_deleted(app: Flask) -> None:
    with as_system(app) as session:
        rows = items_of(kind(session))
    save(app, [*rows, ItemRow(None, "写错的", ItemKind.SERVICE_FEE, False, True, 50)])
    gone = rows[-1]
    archived = save(app, rows[:-1])
    assert list(archived) == [gone.name]
    with as_system(app) as session:
        assert session.scalar(select(DetailItem.id).where(DetailItem.name == "写错的")) is None
        kept = session.get_one(DetailItem, gone.id)
        assert not kept.active and kept.name == gone.name


def test_what_does_not_fit_is_refused_and_changes_nothing(app: Flask) -> None:
    with as_system(app) as session:
        rows, foreign = items_of(kind(session)), kind(session, "SL02").items[0].id
        steps, type_id, version = steps_of(kind(session)), kind(session).id, kind(session).version
    for bad, error in (
        ([replace(rows[0], name=""), *rows[1:]], BusinessError),
        ([replace(rows[0], name=rows[1].name), *rows[1:]], BusinessError),
        ([replace(row, active=False) for row in rows], BusinessError),
        ([replace(rows[0], id=foreign), *rows[1:]], NotFound),
    ):
        with pytest.raises(error):
            save(app, bad)
    with pytest.raises(NotAllowed):
        save(app, rows, "xiaoshou1")
    with acting(app, "laoban") as session, pytest.raises(NotFound):
        wrong = [replace(steps[0], item_id=foreign), *steps[1:]]
        save_steps(session, type_id, wrong, form_version=None)
    with acting(app, "laoban") as session, pytest.raises(Stale):
        save_steps(session, type_id, steps, form_version=version + 1)
    with as_system(app) as session:
        assert items_of(kind(session)) == rows and steps_of(kind(session)) == steps


def test_steps_are_moved_tied_to_an_item_and_deleted(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row = kind(session)
        steps, item = steps_of(row), row.items[-1].id
        tied = replace(steps[0], item_id=item, position=98, milestone=True, in_order=False)
        fresh = StepRow(None, "电话回访", False, None, False, True, 99)
        save_steps(session, row.id, [tied, *steps[1:-1], fresh], form_version=row.version)
    with as_system(app) as session:
        after = kind(session).steps
        assert [step.name for step in after] == [
            *(step.name for step in steps[1:-1]),
            steps[0].name,
            "电话回访",
        ]
        moved = after[-2]
        assert (moved.item_id, moved.optional, moved.milestone, moved.in_order) == (item, True, True, False)
        assert len({step.code for step in after}) == len(after)


def test_the_need_form_keeps_the_keys_of_questions_and_choices_that_stay(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row = kind(session, "JZ01")
        old = {field["name"]: field for field in row.need_fields}
        save_needs(
            session,
            row.id,
            [
                NeedRow("taxpayer_kind", "纳税人", "choice", ("一般纳税人", "个体户")),
                NeedRow("", "开票软件", "text"),
                NeedRow("forged", "自带编号", "int"),
            ],
            form_version=None,
        )
    with as_system(app) as session:
        kept, software, other = kind(session, "JZ01").need_fields
        assert "taxpayer_kind" in old and kept["name"] == "taxpayer_kind" and kept["label"] == "纳税人"
        assert kept["choices"] == [["general", "一般纳税人"], ["个体户", "个体户"]]
        assert [software["name"], other["name"]] == ["field_1", "field_2"]
    with acting(app, "laoban") as session, pytest.raises(BusinessError):
        save_needs(session, kind(session).id, [NeedRow("", "选哪个", "choice")], form_version=None)


def test_checks_are_asked_for_or_not_and_those_that_stay_keep_their_order(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row = kind(session)
        names = [name for name, _given in row.closing_checks]
        wanted = {"first_instalment_booked": {}, "company_data_complete": {"fields": ["uscc"]}, names[-1]: {}}
        save_checks(session, row.id, wanted, known=CHECK_LABELS, form_version=None)
        assert "company_data_complete" in names and "first_instalment_booked" not in names
    with as_system(app) as session:
        assert kind(session).closing_checks == [
            ["company_data_complete", {"fields": ["uscc"]}],
            [names[-1], {}],
            ["first_instalment_booked", {}],
        ]
    with acting(app, "laoban") as session, pytest.raises(BusinessError):
        save_checks(session, kind(session).id, {"no_such": {}}, known=CHECK_LABELS, form_version=None)


def test_a_question_has_a_unit_and_a_hint(app: Flask) -> None:
    with acting(app, "laoban") as session:
        row = NeedRow("", "月票量", "int", unit="张", help="上个月开了几张")
        save_needs(session, kind(session).id, [row], form_version=None)
        (stored,) = kind(session).need_fields
        assert (stored["unit"], stored["help"]) == ("张", "上个月开了几张")
        save_needs(session, kind(session).id, [NeedRow(stored["name"], "月票量", "int")], form_version=None)
        assert kind(session).need_fields[0]["help"] == "上个月开了几张"
        emptied = NeedRow(stored["name"], "月票量", "int", unit="", help="")
        save_needs(session, kind(session).id, [emptied], form_version=None)
        assert not {"unit", "help"} & set(kind(session).need_fields[0])


def test_a_refused_part_keeps_what_was_typed(app: Flask) -> None:
    browser = app.test_client()
    log_in(app, browser, "laoban")
    with as_system(app) as session:
        page = f"/business_type/{kind(session).id}"
        before = kind(session).need_fields
    typed = {
        "csrf_token": token_in(browser.get(page).text),
        "needs-0-label": "选哪个",
        "needs-0-kind": "choice",
        "needs-1-label": "写了很久的问题",
        "needs-1-kind": "text",
        "needs-1-help": "写了很久的提示",
    }
    answer = browser.post(f"{page}/needs", data=typed)
    assert answer.status_code == 422
    for words in ("「选哪个」", 'value="写了很久的问题"', 'value="写了很久的提示"'):
        assert words in answer.text
    steps = {"csrf_token": typed["csrf_token"], "steps-0-name": "", "steps-1-name": "写了很久的步骤"}
    answer = browser.post(f"{page}/steps", data=steps)
    assert answer.status_code == 422 and 'value="写了很久的步骤"' in answer.text
    with as_system(app) as session:
        assert kind(session).need_fields == before


def test_the_page_has_the_editors_for_who_may_change_and_only_for_them(app: Flask) -> None:
    with as_system(app) as session:
        row = kind(session)
        page, rows, version = f"/business_type/{row.id}", items_of(row), row.version
    browser = app.test_client()
    log_in(app, browser, "laoban")
    html = browser.get(page).text
    assert 'name="items-0-name"' in html and ">company_data_complete" not in html
    posted = {"csrf_token": token_in(html), "version": str(version)}
    for place, item in enumerate(rows):
        posted |= {
            f"items-{place}-id": str(item.id),
            f"items-{place}-name": item.name,
            f"items-{place}-kind": item.kind.value,
            f"items-{place}-active": "y",
            f"items-{place}-position": str(item.position),
        }
    posted["items-0-name"] = "首项改名"
    assert browser.post(f"{page}/items", data=posted).status_code == 302
    assert "首项改名" in browser.get(page).text
    checks = {
        "csrf_token": posted["csrf_token"],
        "checks": ["company_data_complete"],
        "check-company_data_complete-fields": ["uscc", "no_such_field"],
    }
    assert browser.post(f"{page}/checks", data=checks).status_code == 302
    with as_system(app) as session:
        assert kind(session).closing_checks == [["company_data_complete", {"fields": ["uscc"]}]]
    other = app.test_client()
    log_in(app, other, "xiaoshou1")
    seen = other.get(page)
    assert seen.status_code == 200 and "items-0-name" not in seen.text
    posted["csrf_token"] = token_in(seen.text)
    assert other.post(f"{page}/items", data=posted).status_code == 403
