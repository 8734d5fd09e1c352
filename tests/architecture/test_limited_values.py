"""What a field right keeps from a role is written nowhere: on no page, in no dialog, no answer (ORG-4).

Amounts: all money fields of all entities are kept from a role, every amount of the world ends in odd fen, and
then no answer may hold an amount with odd fen: neither a value nor a sum or a difference of values.
Owners: the customers belong to a person of an unmistakable name who has left, so that no list of colleagues
names them; the fields that say whose a customer or document is are kept from the role, and then no answer may
hold the name.

The walk asks the program which addresses there are, takes every row in sight, and follows tabs and dialogs,
so that a new page is walked without a new test. The head of the agency may do everything there is, the
cashier and the salesperson what their presets give. Before anything is limited, the walk must find what it
looks for, at the places named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from html import unescape
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import PermissionView, Role
from sqlalchemy import select
from werkzeug.routing import Rule

from app.bookkeeping.models import PeriodicService, TaxFiling
from app.bookkeeping.month_rows import lay_down_month
from app.bookkeeping.operations import determine_taxes
from app.catalogue.models import TierPrice
from app.companies.operations import create_company
from app.contracts.operations import submit_contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.follow_ups import add_follow_up, comment_on
from app.customers.operations import create_customer
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.delivery.models import WorkItem
from app.delivery.transitions import LIFECYCLE as WORK_LIFECYCLE
from app.finance.models import MoneyAccount, Receivable
from app.finance.operations import Slip, approve_receipt, enter_receipt
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.finance.waiving import waive
from app.org.identity import bump_access_version
from app.org.models import Person
from app.platform import clock
from app.platform.access import Scoped
from app.platform.entity import entities, entity_named
from app.platform.files import Upload, store
from app.platform.money import format_money
from app.platform.screens.guard import OPEN_ENDPOINTS
from app.reports.definitions import REPORTS
from app.reports.operations import run_report
from tests.contracts.deals import draft, line
from tests.desk import Desk
from tests.field_rights import limited
from tests.finance.books import account
from tests.people import acting, as_system, person_id

WALKERS = {"principal": "laoban", "salesperson": "xiaoshou1", "cashier": "caiwu"}
OWNER = "欧阳藏锋"
PHONE, UNSHARED = "13800138001", "13700137002"
ODD_FEN = re.compile(r"(?<![\d.])(?:\d{1,3}(?:,\d{3})+|\d+)\.\d[1-9](?![\d.])")
_RECORD = re.compile(r'="(/\w+/\d+(?:\?tab=\w+|/do/\w+))"')
"""Tabs and dialogs of a record, as its page links to them."""
WHOSE = ("customer.owner", "customer.former_owner", "contract.author", "receipt.author", "waiver.author")
TAXES = {
    "entity_type": "limited_company",
    "taxpayer_kind": "small_scale",
    "collection_method": "by_books",
}
ENDS = frozenset({"login.logout", "account.end"})
ABOUT_PEOPLE = frozenset({"person", "audit", "explain", "department", "role"})
"""Screens about who works here and who did what to the program: names are their trade."""


AMOUNTS_STAND_AT = {
    "/",
    "/approvals/",
    "/closing/1",
    "/closing/1/force",
    "/contract/1",
    "/contract/1?tab=receivables",
    "/contract/2/do/approve",
    "/contract/2/do/settle",
    "/contract/4/do/submit",
    "/contract/4/edit",
    "/contract/1/do/terminate",
    "/counts",
    "/customer/3?tab=follow_up",
    "/engagement/1",
    "/engagement/1/renewal",
    "/filing/1",
    "/money_account/1",
    "/receipt/2/do/approve",
    "/receipt/3/do/allocate",
    "/receipt/1/do/reverse",
    "/receipt/1?tab=history",
    "/receipt/contracts?customer_id=3",
    "/receivable/",
    "/receivable/1/waive",
    "/report/snapshot/2",
    "/report/snapshot/2/csv",
    "/search/quick?q=云帆",
    "/waiver/2",
    "/work_item/1/do/close",
}
OWNER_STANDS_AT = {
    "salesperson": {f"/search/quick?q={UNSHARED}", "/customer/collisions?kind=name&value=云帆保密"},
    "principal": {
        "/",
        "/approvals/",
        "/company/3",
        "/contract/1?tab=history",
        "/customer/3",
        "/customer/3?tab=follow_up",
        "/customer/3?tab=history",
        f"/customer/collisions?kind=mobile&value={PHONE}",
        "/receipt/1",
        "/report/snapshot/1",
        "/search/?q=云帆",
        "/search/quick?q=云帆",
        "/work_item/1",
    },
}


@pytest.fixture(scope="module")
def world(module_app: Flask) -> Flask:
    _make_world(module_app)
    return module_app


def _make_world(app: Flask) -> None:
    """A customer with work and money in every state, a prospect, one in the pool; then their owner leaves.

    The head of the agency may do everything there is, so that no page and no dialog is left out.
    """
    with as_system(app) as session:
        owner = session.get_one(Person, person_id(session, "xiaoshou2"))
        owner.first_name, owner.last_name = OWNER, ""
        everything = session.scalars(select(PermissionView)).all()
        session.scalars(select(Role).where(Role.name == "principal")).one().permissions = list(everything)
        session.get_one(MoneyAccount, account(session)).opening = Decimal("90123.77")
        bump_access_version(session)
    customer_id, contracts = _sell(app)
    _take_money(app, customer_id, contracts)
    _begin_work(app)
    for login in WALKERS.values():
        with acting(app, login) as session:
            for name, report in REPORTS.items():
                if session.info["identity"].can("can_run", report.permission):
                    run_report(session, name, clock.today(), clock.today())
    with as_system(app) as session:
        session.get_one(Person, person_id(session, "xiaoshou2")).active = False
        bump_access_version(session)


def _sell(app: Flask) -> tuple[int, Sequence[int]]:
    with acting(app, "xiaoshou2") as session:
        prospect = create_customer(
            session, name="云帆意向", contacts=[("王小燕", "wechat", "wx_yunfan", False)]
        )
        pooled = create_customer(
            session, name="云帆公海", contacts=[("王小燕", "wechat", "wx_gonghai", False)]
        )
        customer = create_customer(session, name="云帆科技", contacts=[("李国栋", "mobile", PHONE, False)])
        create_customer(session, name="云帆保密", contacts=[("王小燕", "mobile", UNSHARED, False)])
        company = create_company(
            session,
            customer.id,
            name="云帆有限公司",
            entity_type="limited_company",
            taxpayer_kind="small_scale",
        )
        create_company(session, prospect.id, name="云帆", entity_type="limited_company")
        follow_up_id = add_follow_up(session, customer.id, method="电话", content="同意签约").id
        store(session, customer, Upload("意向书.txt", b"text"))
        served = {"company_id": company.id, "paid_months": 12, "start_month": clock.today().replace(day=1)}
        contracts = [
            draft(
                session, customer, line(session, "SL02", "817.43"), line(session, "JZ01", "7211.58", **served)
            ),
            draft(session, customer, line(session, "SL02", "317.43", "17.12"), reason="老客户"),
            draft(session, customer, line(session, "SL02", "823.29")),
            draft(session, customer, line(session, "SL02", "919.91", "3.33")),
        ]
        for contract in contracts[:3]:
            submit_contract(session, contract.id)
        CUSTOMER_LIFECYCLE.perform(session, pooled.id, "give_up", data={"reason": "no_interest"})
        colleague = str(person_id(session, "xiaoshou1"))
        for pk in (customer.id, prospect.id):
            CUSTOMER_LIFECYCLE.perform(session, pk, "share", data={"person": colleague})
        customer_id, ids = customer.id, [contract.id for contract in contracts]
    with acting(app, "xszhuguan") as session:
        comment_on(session, follow_up_id, "盯紧")
    with acting(app, "laoban") as session:
        CONTRACT_LIFECYCLE.perform(session, ids[2], "terminate", data={"reason": "不做了"})
    return customer_id, ids


def _take_money(app: Flask, customer_id: int, contracts: Sequence[int]) -> None:
    """Booked, waiting, left as an advance, waiting to be reversed; waived, and waiting to be."""
    receipts = []
    for contract_id, amount in zip(
        [contracts[0]] * 3 + [contracts[2]], (517.39, 213.61, 98.47, 333.37), strict=True
    ):
        with acting(app, "xiaoshou2") as session:
            slip = Slip(
                customer_id=customer_id,
                contract_id=contract_id,
                account_id=account(session),
                amount=Decimal(str(amount)),
                received_on=clock.today(),
            )
            receipts.append(enter_receipt(session, slip).id)
    with acting(app, "caiwu") as session:
        for receipt_id, rest in zip(
            (receipts[0], receipts[2], receipts[3]), ("oldest", "advance", "oldest"), strict=True
        ):
            approve_receipt(session, receipt_id, rest=rest)
        RECEIPT_LIFECYCLE.perform(session, receipts[3], "reverse", data={"reason": "退回"})
        asked = session.scalars(select(Receivable.id).where(Receivable.contract_id == contracts[0])).all()
        waive(session, asked[0], Decimal("7.31"), "抹零")
        waive(session, asked[-1], Decimal("60.61"), "优惠")


def _begin_work(app: Flask) -> None:
    with as_system(app) as session:
        service = session.scalars(select(PeriodicService)).one()
        determine_taxes(session, service, TAXES)
        due = clock.today().replace(day=28) + timedelta(days=7)
        lay_down_month(session, due.year, due.month)
        for filing in session.scalars(select(TaxFiling)):
            filing.amount = Decimal("431.19")
        handler = str(person_id(session, "waiqin"))
        items = session.scalars(select(WorkItem.id).where(WorkItem.state == "unassigned")).all()
    with acting(app, "blzhuguan") as session:
        for item_id in items:
            WORK_LIFECYCLE.perform(session, item_id, "assign", data={"handler": handler})


# The walk ---------------------------------------------------------------------------------------------


def pages(app: Flask, login: str) -> Iterator[tuple[str, str]]:
    """Every answer to a GET this person can get, by address: screens, tabs, dialogs, JSON, sheets."""
    desk, sight = Desk(app, login), rows_in_sight(app, login)
    waiting = [address for rule in app.url_map.iter_rules() for address in addresses(app, rule, sight)]
    waiting += questions(sight["customer"])
    seen = set(waiting)
    while waiting:
        address = waiting.pop()
        answer = desk.get(address)
        assert answer.status_code < 500 or address == "/readyz", address
        text = unescape(answer.get_data().decode("utf-8", "replace"))
        if answer.is_json:
            text = text.encode().decode("unicode_escape")
        answer.close()
        yield address, text
        further = set(_RECORD.findall(text)) - seen if answer.mimetype == "text/html" else set()
        seen |= further
        waiting += further


def questions(customers: Sequence[int]) -> Iterator[str]:
    """What people ask for by typing: searches, collision checks, choices, whole lists."""
    for words in ("云帆", "云帆保密", PHONE, UNSHARED):
        yield from (f"/search/?q={words}", f"/search/quick?q={words}")
        yield f"/customer/collisions?kind={'mobile' if words.isdecimal() else 'name'}&value={words}"
    for name in entities():
        yield from (f"/{name}/?tab=all", f"/{name}/choices?q=云帆")
    for pk in customers:
        yield from (f"/receipt/contracts?customer_id={pk}", f"/receipt/new?customer_id={pk}")


def rows_in_sight(app: Flask, login: str) -> Mapping[str, Sequence[int]]:
    """Ids of the rows this person sees, by entity."""
    with acting(app, login) as session:
        found = {}
        for name, entity in entities().items():
            model = entity.model
            wanted = select(model.id).where(*(entity.where() if entity.where else ())).order_by(model.id)
            few = wanted if issubclass(model, Scoped) else wanted.limit(2)
            found[name] = session.scalars(few.limit(5)).all()
        return found


def addresses(app: Flask, rule: Rule, sight: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """The address for every row in sight and every name the screen knows."""
    if "GET" not in (rule.methods or ()) or rule.endpoint in OPEN_ENDPOINTS | ENDS:
        return
    name, _dot, view = rule.endpoint.partition(".")
    entity = entities().get(name)
    keys = sight[name] if entity else sight["contract"] if name == "closing" else range(1, 9)
    names: list[str] = []
    if entity is not None:
        places = {*money_places(), *WHOSE}
        names = [f.name for f in entity.fields if f"{entity.grants_of}.{f.name}" in places]
        if view == "do":
            names = list(entity.lifecycle.transitions) if entity.lifecycle else []
    today = clock.today()
    words: dict[str, Sequence[Any]] = {
        "pk": keys,
        "name": names,
        "year": [today.year],
        "number": [today.month],
    }
    words |= {"kind": ["csv"], "entity": ["customer"], "filename": []}
    arguments = sorted(rule.arguments)
    adapter = app.url_map.bind("localhost")
    for values in product(*(words.get(argument, [1]) for argument in arguments)):
        yield adapter.build(rule.endpoint, dict(zip(arguments, values, strict=True)), method="GET")


def money_places() -> Sequence[str]:
    """Every money field but those that name a row."""
    found = {
        f"{entity.grants_of}.{field.name}"
        for entity in entities().values()
        for field in entity.fields
        if field.kind == "money" and field.name != entity_named(entity.grants_of).list_fields[0]
    }
    return sorted(found)


@pytest.mark.parametrize(
    ("role", "level"),
    [("principal", "hidden"), ("principal", "masked"), ("salesperson", "hidden"), ("cashier", "masked")],
)
def test_a_limited_amount_is_written_nowhere(world: Flask, role: str, level: str) -> None:
    login, prices = WALKERS[role], list_prices(world)

    def told() -> Mapping[str, set[str]]:
        found = {address: set(ODD_FEN.findall(text)) - prices for address, text in pages(world, login)}
        return {address: amounts for address, amounts in found.items() if amounts}

    if (role, level) == ("principal", "hidden"):
        assert set(told()) >= AMOUNTS_STAND_AT, "the walk finds amounts while nothing is limited"
    with limited(world, role, money_places(), level):
        left = told()
    assert not left, listed(left)


@pytest.mark.parametrize("role", ["principal", "cashier", "salesperson"])
def test_a_hidden_owner_is_named_nowhere(world: Flask, role: str) -> None:
    def named() -> Mapping[str, str]:
        return {
            address: text[max(text.index(OWNER) - 120, 0) : text.index(OWNER) + 20]
            for address, text in pages(world, WALKERS[role])
            if OWNER in text and address.split("/")[1] not in ABOUT_PEOPLE
        }

    stands_at = OWNER_STANDS_AT.get(role, set())
    assert not stands_at or set(named()) >= stands_at, "the walk finds the owner while nothing is limited"
    with limited(world, role, WHOSE, "hidden"):
        left = named()
    assert not left, listed(left)


def listed(found: Mapping[str, Any]) -> str:
    return "\n".join(f"{address}: {what}" for address, what in sorted(found.items()))


def list_prices(app: Flask) -> set[str]:
    """What the agency asks in general is no amount of a record."""
    with as_system(app) as session:
        rows = session.scalars(select(TierPrice)).all()
        prices = {price for row in rows for price in (row.reference_price, row.authority_price)}
        return {format_money(price) for price in prices} | {f"{price:.2f}" for price in prices}
