"""What one database exports, another becomes; and the same file changes nothing twice."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.bookkeeping.models import FilingNotice
from app.catalogue.models import BusinessType, DetailItem, PriceTier, PriceTierVersion
from app.catalogue.operations import perform
from app.configuration.operations import preview
from app.org.identity import access_version
from app.org.models import Department
from app.platform import clock
from app.platform.audit import AuditEntry
from tests.configuration.files import applied, changed, exported, parts, row
from tests.conftest import BACKENDS, _app_on, run_command
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.people import acting, as_system

SECTIONS = (
    "roles",
    "dictionaries",
    "number_formats",
    "parameters",
    "business_types",
    "price_tiers",
    "contact_rules",
    "pool_rule",
    "approval_rules",
    "reminder_rules",
    "tax_kinds",
    "filing_notices",
    "custom_fields",
    "shared_views",
)


def much(found: dict[str, Any]) -> None:
    """A change in every section: rows come, go, change and move."""
    found["roles"].append(
        {
            "name": "财务主管",
            "rights": {"receipt": {"sees": "all", "may": ["list", "show"]}, "pool_rule": {"may": ["list"]}},
            "fields": {"customer.note": "hidden", "company.x_origin": "masked"},
        }
    )
    found["dictionaries"]["source"].insert(0, {"code": "小红书", "label": "小红书"})
    found["dictionaries"]["level"].reverse()
    row(found["dictionaries"]["region"], "南山")["label"] = "南山区"
    found["number_formats"]["contract"] = "HT{year}/{number:05d}"
    found["parameters"]["customers.idle_days"] = 45
    found["business_types"].append(
        {
            "code": "XT99",
            "name": "商标续展",
            "group": "商标",
            "duration_days": 20,
            "items": [
                {"code": "XT99-A", "name": "代理费", "kind": "service_fee"},
                {"code": "XT99-B", "name": "官费", "kind": "paid_on_behalf", "optional": True},
            ],
            "steps": [
                {"code": "XT99-1", "name": "递交"},
                {"code": "XT99-2", "name": "缴官费", "item": "XT99-B", "in_order": False},
            ],
            "need_form": [
                {
                    "name": "class",
                    "label": "类别",
                    "kind": "choice",
                    "choices": [{"code": "goods", "label": "商品"}, {"code": "services", "label": "服务"}],
                }
            ],
            "closing_checks": [{"check": "company_data_complete", "fields": ["uscc"]}],
        }
    )
    kind = row(found["business_types"], "SL01")
    kind["items"][0], kind["items"][1] = kind["items"][1], kind["items"][0]
    del kind["items"][2]
    del kind["steps"][4]
    kind["note"] = "007"
    found["price_tiers"].append(
        {
            "name": "东莞价",
            "department": "销售一部",
            "region": "东莞",
            "versions": [
                {
                    "valid_from": "2021-03-01",
                    "valid_until": "2021-12-31",
                    "prices": {"SL01-I1": {"reference": "800.00", "authority": "750.50"}},
                }
            ],
        }
    )
    found["contact_rules"].append({"name": "老客户", "days": [2, 5], "source": "小红书", "level": "A"})
    found["pool_rule"]["cooling_days"] = 9
    row(found["approval_rules"], "退款", "name")["active"] = False
    found["approval_rules"].append(
        {
            "name": "大额减免",
            "kind": "waiver",
            "fact": "amount",
            "comparison": ">=",
            "threshold": "1234.50",
            "level": 3,
            "approver": "person",
            "person": "laoban",
        }
    )
    row(found["reminder_rules"], "arrears")["receivers"] = ["role:财务主管", "owner"]
    found["tax_kinds"].reverse()
    found["tax_kinds"][0]["active"] = False
    found["custom_fields"]["customer"] = [
        {
            "name": "x_hobby",
            "label": "爱好",
            "kind": "choices",
            "choices": [{"code": "tea", "label": "茶=好茶"}, {"code": "go", "label": "围棋"}],
            "visible_to": ["财务主管"],
            "listed": True,
        },
        {"name": "x_birthday", "label": "生日", "kind": "date", "required": True, "active": False},
    ]
    found["shared_views"].append(
        {"entity": "prospect", "name": "重点", "role": "财务主管", "query": "level__is=A", "is_default": True}
    )
    found["filing_notices"].append({"month": "2026-12", "region": "深圳", "due_on": "2026-12-18"})


def with_departments(app: Flask) -> None:
    """Departments are no configuration: whoever names one has it."""
    with as_system(app) as session:
        if session.scalar(select(Department.id).where(Department.name == "销售一部")) is None:
            session.add(Department(name="销售一部"))


def test_every_section_is_applied_and_the_second_time_nothing_changes(app: Flask) -> None:
    with_departments(app)
    content = changed(app, much)
    with as_system(app) as session:
        before = access_version(session)
    outcome = applied(app, content)
    assert {change.path.partition("[")[0].partition(".")[0] for change in outcome.changes} == set(SECTIONS)
    with as_system(app) as session:
        assert access_version(session) > before
        assert preview(session, content).changes == {}
        note = session.scalars(select(AuditEntry).where(AuditEntry.action == "applied a file")).one()
        assert note.actor == "system" and note.after["changes"] == len(outcome.changes)
    assert applied(app, content).changes == []
    assert applied(app, exported(app)).changes == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_one_database_exports_the_other_kind_becomes(
    app: Flask, databases: dict[str, SqliteDatabases | PostgresDatabases]
) -> None:
    def prepare(url: str) -> None:
        with _app_on(app, url) as fresh:
            for word in ("migrate", "sync"):
                assert run_command(fresh, word).exit_code == 0

    with_departments(app)
    applied(app, changed(app, much))
    first, here = exported(app), app.config["SQLALCHEMY_DATABASE_URI"]
    for kind in BACKENDS:
        source = databases[kind]
        with source.copy(source.template(prepare)) as url, _app_on(app, url) as other:
            with_departments(other)
            applied(other, first)
            assert exported(other) == first
    with _app_on(app, here) as back:
        assert exported(back) == first


def test_what_a_section_leaves_out_is_archived_and_a_section_left_out_stays(app: Flask) -> None:
    def less(found: dict[str, Any]) -> None:
        for section in set(SECTIONS) - {"dictionaries", "business_types", "filing_notices"}:
            del found[section]
        found["dictionaries"] = {"source": [{"code": "百度", "label": "百度"}]}
        found["business_types"] = [one for one in found["business_types"] if one["code"] != "SL01"]

    with as_system(app) as session:
        session.add(FilingNotice(year=2026, month=12, region="", due_on=date(2026, 12, 16), source=""))
    content = changed(app, lambda found: (less(found), found.update(filing_notices=[])))
    outcome = applied(app, content)
    assert {(change.kind, change.path) for change in outcome.changes} >= {
        ("archived", "dictionaries.source[微信]"),
        ("archived", "business_types[SL01]"),
        ("removed", "filing_notices[2026-12]"),
    }
    now = parts(app)
    assert [word["code"] for word in now["dictionaries"]["source"] if word.get("active", True)] == ["百度"]
    assert now["dictionaries"]["region"] and now["price_tiers"]
    with as_system(app) as session:
        kind = session.scalars(select(BusinessType).where(BusinessType.code == "SL01")).one()
        assert not kind.active and kind.items
        assert session.scalars(select(FilingNotice)).all() == []
    assert applied(app, content).changes == []


def next_prices(found: dict[str, Any]) -> None:
    tier = row(found["price_tiers"], "业务员标准价", "name")
    prices = copy.deepcopy(tier["versions"][0]["prices"])
    prices["SL01-I1"] = {"reference": "999.00", "authority": "900.00"}
    first = (clock.today() + timedelta(days=3)).isoformat()
    tier["versions"].append({"valid_from": first, "prices": prices})


def test_new_prices_of_a_person_wait_for_the_approval_the_rules_ask_for(app: Flask) -> None:
    content = changed(app, next_prices)
    outcome = applied(app, content, "admin")
    assert len(outcome.changes) == 1 and len(outcome.waiting) == 1
    again = applied(app, content, "admin")
    assert again.changes == [] and again.waiting == outcome.waiting
    assert len(row(parts(app)["price_tiers"], "业务员标准价", "name")["versions"]) == 1
    with acting(app, "laoban") as session:
        version = session.scalars(select(PriceTierVersion).where(PriceTierVersion.state == "pending")).one()
        perform(session, version.id, "approve", {})
    assert applied(app, content, "admin").waiting == []
    assert len(row(parts(app)["price_tiers"], "业务员标准价", "name")["versions"]) == 2


def test_new_prices_no_rule_asks_about_are_published_at_once(app: Flask) -> None:
    def without_rule(found: dict[str, Any]) -> None:
        row(found["approval_rules"], "改价格体系", "name")["active"] = False

    applied(app, changed(app, without_rule), "admin")
    outcome = applied(app, changed(app, next_prices), "admin")
    assert outcome.waiting == []
    with as_system(app) as session:
        item = session.scalars(select(DetailItem).where(DetailItem.code == "SL01-I1")).one()
        tier = session.scalars(select(PriceTier).where(PriceTier.name == "业务员标准价")).one()
        newest = max(tier.versions, key=lambda version: version.valid_from)
        assert newest.state == "published"
        price = next(price for price in newest.prices if price.item_id == item.id)
        assert price.authority_price == Decimal("900.00")
