"""One fault anywhere, and nothing of the file is applied; every fault is named with its path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.configuration.plan import fingerprint_of, read_configuration
from app.org.models import Person
from app.org.role_editing import Shape as RoleShape
from app.org.role_editing import save_shape, shape_of
from app.platform import clock
from app.platform.errors import NotAllowed, Stale
from tests.configuration.files import applied, changed, exported, faults_of, parts, row, text
from tests.finance.books import sign
from tests.people import acting, as_system

Parts = dict[str, Any]
Change = Callable[[Parts], Any]


def test_all_faults_are_named_at_once_with_their_paths_and_nothing_is_written(app: Flask) -> None:
    def spoil(found: Parts) -> None:
        kind = row(found["business_types"], "SL01")
        kind["steps"][1]["in_order"] = "x"
        kind["duration_days"] = "x"
        kind["items"][0]["kind"] = "gift"
        kind["colour"] = "red"
        del kind["name"]
        found["contact_rules"][0]["days"] = [1, 400, "7"]
        found["pool_rule"]["cooling_days"] = -1
        found["roles"][0]["rights"]["customer"]["may"].append("fly")
        found["roles"][0]["rights"]["moon"] = {"may": ["list"]}
        found["approval_rules"][0]["role"] = "nobody"
        found["dictionaries"]["level"].append({"code": "A", "label": "又一个"})
        found["weather"] = "fine"
        found["dictionaries"]["source"].append({"code": "新来源", "label": "新来源"})

    before = exported(app)
    faults = faults_of(app, changed(app, spoil))
    assert set(faults) == {
        "business_types[SL01].steps[SL01-S2].in_order",
        "business_types[SL01].duration_days",
        "business_types[SL01].items[SL01-I1].kind",
        "business_types[SL01].colour",
        "business_types[SL01].name",
        "contact_rules[1-3-7].days[2]",
        "pool_rule.cooling_days",
        "roles[accountant].rights.customer.may[5]",
        "roles[accountant].rights.moon",
        "approval_rules[低于权限价].role",
        "dictionaries.level[A]",
        "weather",
    }
    assert faults["business_types[SL01].duration_days"] == "“x” is no whole number"
    assert exported(app) == before


def _set(section: str, key: str, name: str = "code", /, **values: Any) -> Change:
    return lambda found: row(found[section], key, name).update(values)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_does_not_fit_together_is_refused(app: Flask) -> None:
    def lose_item(found: Parts) -> None:
        del row(found["business_types"], "SL01")["items"][3]

    def old_price(found: Parts) -> None:
        row(found["price_tiers"], "业务员标准价", "name")["versions"][0]["prices"]["SL01-I1"]["authority"] = (
            "1"
        )

    def no_versions(found: Parts) -> None:
        row(found["price_tiers"], "业务员标准价", "name").pop("versions")

    def same_staff(found: Parts) -> None:
        found["price_tiers"].append({"name": "又一个", "role": "salesperson"})

    def unknown_tax(found: Parts) -> None:
        found["tax_kinds"].append({"code": "MOON", "name": "月亮税", "short_name": "月亮"})

    cases: list[tuple[Change, str]] = [
        (lose_item, "business_types[SL01].steps[SL01-S6].item"),
        (old_price, "price_tiers[业务员标准价].versions[2020-01-01]"),
        (no_versions, "price_tiers[业务员标准价].versions[2020-01-01]"),
        (same_staff, "price_tiers[又一个]"),
        (_set("price_tiers", "业务员标准价", "name", role="cashier"), "price_tiers[业务员标准价]"),
        (unknown_tax, "tax_kinds[MOON].code"),
        (_set("approval_rules", "退款", "name", person="laoban"), "approval_rules[退款].person"),
        (_set("approval_rules", "退款", "name", threshold="1.005"), "approval_rules[退款].threshold"),
        (_set("reminder_rules", "arrears", receivers=["everybody"]), "reminder_rules[arrears].receivers[1]"),
        (_set("business_types", "SL01", name="个体工商户设立"), "business_types[SL01]"),
        (lambda found: found["number_formats"].update(contract="HT-{number}"), "number_formats.contract"),
        (
            lambda found: found["number_formats"].update(contract="{year.real}{number}"),
            "number_formats.contract",
        ),
        (lambda found: found["pool_rule"].update(warn_before_days=99), "pool_rule.warn_before_days"),
        (
            lambda found: found["parameters"].update({"customers.idle_days": 0}),
            "parameters.customers.idle_days",
        ),
        (
            _set("roles", "cashier", "name", fields={"customer.moon": "hidden"}),
            "roles[cashier].fields[customer.moon]",
        ),
        (
            _set("roles", "cashier", "name", fields={"customer.note": "gone"}),
            "roles[cashier].fields[customer.note]",
        ),
        (
            lambda found: found["custom_fields"].update(
                customer=[{"name": "x_a", "label": "甲", "kind": "choice", "visible_to": ["nobody"]}]
            ),
            "custom_fields.customer[x_a].visible_to[1]",
        ),
        (
            lambda found: found["custom_fields"].update(
                customer=[{"name": "x_a", "label": "甲", "kind": "choice"}]
            ),
            "custom_fields.customer[x_a].choices_text",
        ),
        (
            lambda found: found["shared_views"].extend(
                {"entity": "prospect", "name": name, "is_default": True} for name in "甲乙"
            ),
            "shared_views[prospect 甲].is_default",
        ),
        (lambda found: found["roles"].pop(0), "roles[accountant]"),
        (lambda found: found.update(format=2), "format"),
    ]
    before = exported(app)
    for change, path in cases:
        faults = faults_of(app, changed(app, change))
        assert path in faults, (path, faults)
    assert exported(app) == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_role_others_name_is_not_taken_from_under_them(app: Flask) -> None:
    def new_role(found: Parts) -> None:
        found["roles"].append({"name": "督导"})
        row(found["approval_rules"], "退款", "name")["role"] = "督导"

    applied(app, changed(app, new_role))
    roles = {"roles": [one for one in parts(app)["roles"] if one["name"] != "督导"]}
    assert set(faults_of(app, text(roles))) == {"approval_rules[退款].role"}
    both = {**roles, "approval_rules": [one for one in parts(app)["approval_rules"] if one["name"] != "退款"]}
    row(both["approval_rules"], "冲销到款", "name")["threshold"] = "2.00"
    # An archived rule names nobody who could be missed.
    assert "approval_rules[退款].role" not in faults_or_none(app, text(both))


def faults_or_none(app: Flask, content: str) -> dict[str, str]:
    try:
        return faults_of(app, content)
    except AssertionError:
        return {}


def test_nobody_locks_every_editor_of_roles_out(app: Flask) -> None:
    def lock_out(found: Parts) -> None:
        for role in found["roles"]:
            role["rights"].pop("role", None)

    before = exported(app)
    assert list(faults_of(app, changed(app, lock_out), "admin")) == ["roles[administrator]"]
    assert exported(app) == before


def test_the_right_to_edit_roles_may_move_to_another_role(app: Flask) -> None:
    def move(found: Parts) -> None:
        rights = row(found["roles"], "administrator", "name")["rights"].pop("role")
        row(found["roles"], "principal", "name")["rights"]["role"] = rights

    applied(app, changed(app, move), "admin")
    assert "role" in row(parts(app)["roles"], "principal", "name")["rights"]


def test_only_who_may_applies_and_nobody_gets_more_than_on_the_screens(app: Flask) -> None:
    content = text({"pool_rule": {**parts(app)["pool_rule"], "cooling_days": 9}})
    for login in ("xiaoshou1", "laoban"):
        with pytest.raises(NotAllowed):
            applied(app, content, login)
    with acting(app, "admin") as session:
        clerk = session.scalars(select(Role).where(Role.name == "office_clerk")).one()
        shape = shape_of(session, clerk)
        grants = shape.grants | {("configuration", "export"), ("configuration", "apply")}
        save_shape(session, clerk, RoleShape(frozenset(grants), shape.levels), stamp=shape.stamp)
    assert list(faults_of(app, content, "xingzheng")) == ["pool_rule"]


def test_a_file_made_from_another_configuration_is_refused_when_it_says_so(app: Flask) -> None:
    with as_system(app) as session:
        fingerprint = fingerprint_of(read_configuration(session))
    own = changed(app, lambda found: found["pool_rule"].update(cooling_days=9))
    mine = f"based_on: {fingerprint}\n{own}"
    applied(app, changed(app, lambda found: found["pool_rule"].update(claims_per_day=3)))
    with pytest.raises(Stale):
        applied(app, mine)
    with pytest.raises(Stale):
        applied(app, own, seen=fingerprint)
    applied(app, own)
    assert applied(app, mine).changes == []


def test_prices_need_an_author_once_there_are_contracts(app: Flask) -> None:
    def next_week(found: Parts) -> None:
        day = (clock.today() + timedelta(days=7)).isoformat()
        prices = {"SL01-I1": {"reference": "9.00", "authority": "8.00"}}
        found["price_tiers"][0]["versions"].append({"valid_from": day, "prices": prices})

    def last_week(found: Parts) -> None:
        next_week(found)
        day = (clock.today() - timedelta(days=7)).isoformat()
        found["price_tiers"][0]["versions"][-1]["valid_from"] = day

    late = changed(app, last_week)
    assert len(faults_of(app, late, "admin")) == 1
    sign(app, "5000")
    assert len(faults_of(app, changed(app, next_week))) == 1
    assert applied(app, changed(app, next_week), "admin").waiting


def test_a_role_somebody_holds_stays(app: Flask) -> None:
    applied(app, changed(app, lambda found: found["roles"].append({"name": "督导"})))
    with as_system(app) as session:
        person = session.scalars(select(Person).where(Person.username == "waiqin")).one()
        person.roles = [*person.roles, session.scalars(select(Role).where(Role.name == "督导")).one()]
    roles = {"roles": [one for one in parts(app)["roles"] if one["name"] != "督导"]}
    assert set(faults_of(app, text(roles))) == {"roles[督导]"}
    with as_system(app) as session:
        person = session.scalars(select(Person).where(Person.username == "waiqin")).one()
        person.roles = [role for role in person.roles if role.name != "督导"]
    assert [change.kind for change in applied(app, text(roles)).changes] == ["removed"]
    assert "督导" not in exported(app)
