"""A line closes when it is paid, its company known, its steps done: nothing less is listed, nothing more."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.closing.checks import check_contract
from app.closing.operations import close_contract, close_item, force_contract
from app.companies.models import Company
from app.companies.operations import change_company
from app.contracts.models import Contract, ContractLine
from app.customers.models import Customer
from app.delivery.clearance import Clearance
from app.delivery.models import WorkItem
from app.delivery.operations import close
from app.delivery.transitions import LIFECYCLE
from app.finance.models import Receipt
from app.finance.transitions import RECEIPT_LIFECYCLE
from app.platform import clock
from app.platform.errors import BusinessError, NotAllowed, NotFound, Stale
from app.platform.timeline import TimelineEntry
from tests.delivery.work import Job, finish, pay, sell, state
from tests.people import acting, as_system

MANAGER, PRINCIPAL = "blzhuguan", "laoban"
USCC = "91440300MA5D9YUH2C"


def complete_company(app: Flask, job: Job) -> None:
    with as_system(app) as session:
        item = session.get_one(WorkItem, job.item_id)
        assert item.company is not None
        change_company(
            session,
            item.company,
            {
                "uscc": USCC,
                "uscc_overridden": True,
                "legal_person": "李国栋",
                "address": "深圳市龙岗区",
                "founded_on": clock.today(),
                "taxpayer_kind": "small_scale",
            },
        )


def missing(app: Flask, job: Job) -> dict[str, int]:
    """How many things each unmet check misses."""
    with acting(app, MANAGER) as session:
        check = check_contract(session, job.contract_id)
        return {f.name: len(f.answer.missing) for line in check.lines for f in line.findings if not f.met}


def facts(app: Flask, job: Job) -> tuple[str, str, list[str | None]]:
    """Stage of the customer, state of the contract, how its lines ended."""
    with as_system(app) as session:
        contract = session.get_one(Contract, job.contract_id)
        lines = session.scalars(
            select(ContractLine).where(ContractLine.contract_id == contract.id).order_by(ContractLine.id)
        )
        return (
            session.get_one(Customer, job.customer_id).stage,
            contract.state,
            [line.done for line in lines],
        )


def close_it(app: Flask, item_id: int, by: str = MANAGER, **how: Any) -> None:
    with acting(app, by) as session:
        close_item(session, item_id, **how)


def test_a_one_off_line_lists_exactly_what_is_missing_until_it_closes(app: Flask) -> None:
    job = sell(app, "SL02")
    steps = 5
    assert missing(app, job) == {"paid_in_full": 1, "company_data_complete": 4, "steps_finished": steps}
    finish(app, job.item_id)
    assert missing(app, job) == {"paid_in_full": 1, "company_data_complete": 4}
    with pytest.raises(BusinessError) as refused:
        close_it(app, job.item_id)
    assert len(refused.value.reasons) == 5
    complete_company(app, job)
    pay(app, job, "9599.99")
    assert missing(app, job) == {"paid_in_full": 1}
    pay(app, job, "0.01")
    assert missing(app, job) == {}
    close_it(app, job.item_id)
    assert state(app, job.item_id) == "closed"
    assert facts(app, job) == ("retained", "closed", ["closed"])
    with as_system(app) as session:
        company = session.scalars(select(Company).where(Company.customer_id == job.customer_id)).one()
        assert company.library_since == clock.today()


def test_a_bookkeeping_line_opens_with_its_first_instalment_while_later_ones_stay_due(app: Flask) -> None:
    job = sell(app, "JZ01")
    finish(app, job.item_id, by="kuaiji")
    complete_company(app, job)
    assert missing(app, job) == {"first_instalment_booked": 1}
    pay(app, job, "2400")
    close_it(app, job.item_id)
    assert state(app, job.item_id) == "opened"
    assert facts(app, job) == ("retained", "closed", ["opened"])


def test_the_contract_follows_its_last_line_and_the_customer_the_last_work(app: Flask) -> None:
    job = sell(app, "SL02", "JZ01")
    complete_company(app, job)
    finish(app, job.item_ids[0])
    pay(app, job, "12000")
    with acting(app, MANAGER) as session:
        assert close_contract(session, job.contract_id) == 1, "the line with open steps is left alone"
    assert facts(app, job) == ("signed", "active", ["closed", None])
    finish(app, job.item_ids[1], by="kuaiji")
    with acting(app, MANAGER) as session:
        assert close_contract(session, job.contract_id) == 1
    assert facts(app, job) == ("retained", "closed", ["closed", "opened"])


def test_a_customer_with_other_work_stays_signed(app: Flask) -> None:
    job = sell(app, "SL02")
    sell(app, "BG01", customer_id=job.customer_id)
    finish(app, job.item_id)
    complete_company(app, job)
    pay(app, job, "9600")
    close_it(app, job.item_id)
    assert facts(app, job) == ("signed", "closed", ["closed"])


def cancel_it(app: Flask, item_id: int) -> None:
    with acting(app, MANAGER) as session:
        LIFECYCLE.perform(session, item_id, "cancel", data={"reason": "客户不办了"})


def test_cancelling_all_work_closes_the_contract_and_the_customer_is_what_it_was(app: Flask) -> None:
    job = sell(app, "SL02", "BG01")
    cancel_it(app, job.item_ids[0])
    assert facts(app, job) == ("signed", "active", ["cancelled", None])
    cancel_it(app, job.item_ids[1])
    assert facts(app, job) == ("prospect", "closed", ["cancelled", "cancelled"])


def test_cancelling_the_last_work_closes_the_contract_and_retains_the_customer(app: Flask) -> None:
    job = sell(app, "SL02", "BG01")
    finish(app, job.item_ids[0])
    complete_company(app, job)
    pay(app, job, "9600")
    close_it(app, job.item_ids[0])
    cancel_it(app, job.item_ids[1])
    assert facts(app, job) == ("retained", "closed", ["closed", "cancelled"])


def test_cancelled_work_is_neither_closed_by_force_nor_does_it_end_other_contracts(app: Flask) -> None:
    job = sell(app, "SL02", "BG01")
    other = sell(app, "BG01", customer_id=job.customer_id)
    cancel_it(app, job.item_ids[0])
    with acting(app, PRINCIPAL) as session:
        assert force_contract(session, job.contract_id, "老客户，年底再收") == 1
    assert facts(app, job) == ("signed", "closed", ["cancelled", "closed"])
    cancel_it(app, other.item_id)
    assert facts(app, other) == ("retained", "closed", ["cancelled"])


def test_a_colleague_closes_one_line_while_another_cancels_the_other(app: Flask) -> None:
    job = sell(app, "SL02", "BG01")
    finish(app, job.item_ids[0])
    complete_company(app, job)
    pay(app, job, "9600")
    deeds = (partial(close_it, app, job.item_ids[0]), partial(cancel_it, app, job.item_ids[1]))
    assert at_once(*deeds) == ["ok", "ok"]
    assert facts(app, job) == ("retained", "closed", ["closed", "cancelled"])


def test_forcing_needs_permission_and_a_reason_and_is_marked(app: Flask) -> None:
    job = sell(app, "SL02")
    with acting(app, MANAGER) as session, pytest.raises(NotAllowed):
        force_contract(session, job.contract_id, "老板同意")
    with acting(app, PRINCIPAL) as session, pytest.raises(BusinessError, match="为什么"):
        force_contract(session, job.contract_id, "  ")
    with pytest.raises(NotAllowed):
        close_it(app, job.item_id, forced=True, reason="偷偷来")
    with acting(app, PRINCIPAL) as session:
        assert force_contract(session, job.contract_id, "老客户，年底再收") == 1
    with as_system(app) as session:
        item = session.get_one(WorkItem, job.item_id)
        assert (item.state, item.forced, item.line.forced) == ("closed", True, True)
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "force_close")).one()
        assert told.body == "老客户，年底再收"


def test_forcing_marks_only_the_lines_that_miss_something(app: Flask) -> None:
    job = sell(app, "SL02", "BG01")
    complete_company(app, job)
    finish(app, job.item_ids[0])
    pay(app, job, "19200")
    with acting(app, PRINCIPAL) as session:
        assert force_contract(session, job.contract_id, "客户不办了也不退") == 2
    with as_system(app) as session:
        assert [session.get_one(WorkItem, pk).forced for pk in job.item_ids] == [False, True]


def registration_of(app: Flask, job: Job) -> str:
    with as_system(app) as session:
        company = session.get_one(WorkItem, job.item_id).company
        assert company is not None
        return company.registration_state


def test_a_founded_company_exists_once_its_registration_is_closed(app: Flask) -> None:
    job = sell(app, "SL02", "BG01")
    assert registration_of(app, job) == "in_formation"
    complete_company(app, job)
    pay(app, job, "19200")
    finish(app, job.item_ids[1])
    close_it(app, job.item_ids[1])
    assert registration_of(app, job) == "in_formation", "another line of it registers nothing"
    finish(app, job.item_id)
    close_it(app, job.item_id)
    assert registration_of(app, job) == "existing"
    with as_system(app) as session:
        assert session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "registered")).one()


def test_a_registration_closed_by_force_halfway_founds_nothing(app: Flask) -> None:
    job = sell(app, "SL02")
    with acting(app, PRINCIPAL) as session:
        force_contract(session, job.contract_id, "客户自己去办")
    assert registration_of(app, job) == "in_formation"


def test_nothing_is_closed_past_the_closing_check(app: Flask) -> None:
    job = sell(app, "SL02")
    finish(app, job.item_id)
    with acting(app, MANAGER) as session, pytest.raises(BusinessError) as refused:
        LIFECYCLE.perform(session, job.item_id, "close")
    assert refused.value.reasons
    complete_company(app, job)
    pay(app, job, "9600")
    with acting(app, MANAGER) as session, pytest.raises(BusinessError, match="结单检查"):
        LIFECYCLE.perform(session, job.item_id, "close")
    with acting(app, MANAGER) as session, pytest.raises(BusinessError, match="结单检查"):
        LIFECYCLE.perform(session, job.item_id, "close", data={"clearance": Clearance(job.item_id + 1)})
    with acting(app, MANAGER) as session, pytest.raises(BusinessError, match="结单检查"):
        LIFECYCLE.perform(session, job.item_id, "close", data={"clearance": Clearance(job.item_id, True)})
    assert state(app, job.item_id) == "done"


def test_closing_twice_closes_once(app: Flask) -> None:
    job = sell(app, "SL02")
    finish(app, job.item_id)
    complete_company(app, job)
    pay(app, job, "9600")
    for _again in range(2):
        close_it(app, job.item_id, token="click")
    with pytest.raises(Stale):
        close_it(app, job.item_id)
    with as_system(app) as session:
        told = session.scalars(
            select(TimelineEntry).where(TimelineEntry.subject == "work_item", TimelineEntry.kind == "close")
        )
        assert len(told.all()) == 1


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """Do all of it in threads at the same moment; answers "ok" or the kind of refusal, one each."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> str:
        start.wait()
        try:
            deed()
        except BusinessError as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def test_two_colleagues_closing_at_once_close_each_line_once_and_the_contract_with_the_last(
    app: Flask,
) -> None:
    job = sell(app, "SL02", "BG01")
    for pk in job.item_ids:
        finish(app, pk)
    complete_company(app, job)
    pay(app, job, "19200")
    one, other = job.item_ids
    deeds = [partial(close_it, app, pk, by) for pk in (one, other) for by in (MANAGER, PRINCIPAL)]
    assert at_once(*deeds) == ["ok", "ok", "stale", "stale"]
    assert facts(app, job) == ("retained", "closed", ["closed", "closed"])


def test_who_may_not_close_does_not_close_even_with_everything_met(app: Flask) -> None:
    job = sell(app, "SL02")
    finish(app, job.item_id)
    complete_company(app, job)
    pay(app, job, "9600")
    with pytest.raises(NotAllowed):
        close_it(app, job.item_id, by="waiqin")
    with pytest.raises(NotAllowed):
        close_it(app, job.item_id, by="xiaoshou1")
    with pytest.raises(NotFound):
        close_it(app, job.item_id, by="xiaoshou2")
    with acting(app, MANAGER) as session, pytest.raises(BusinessError):
        close(session, Clearance(job.item_id, forced=True))


def test_a_reversal_after_closing_marks_the_line_for_a_look(app: Flask) -> None:
    job = sell(app, "SL02")
    finish(app, job.item_id)
    complete_company(app, job)
    receipt_id = pay(app, job, "9600")
    close_it(app, job.item_id)
    with acting(app, "caiwu") as session:
        RECEIPT_LIFECYCLE.perform(session, receipt_id, "reverse", data={"reason": "银行退票"})
        counter = session.scalars(select(Receipt.id).where(Receipt.reverses_id == receipt_id)).one()
    with acting(app, PRINCIPAL) as session:
        RECEIPT_LIFECYCLE.perform(session, counter, "approve")
    with as_system(app) as session:
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "closing_questioned"))
        assert [entry.subject_id for entry in told] == [job.item_id]
    assert state(app, job.item_id) == "closed"
    assert missing(app, job) == {"paid_in_full": 1}


def test_an_unknown_check_of_a_business_type_is_reported_never_passed(app: Flask) -> None:
    job = sell(app, "SL02")
    with as_system(app) as session:
        session.get_one(WorkItem, job.item_id).business_type.closing_checks = [["no_such_check", {}]]
    assert missing(app, job) == {"no_such_check": 1}


Command = Callable[..., Result]


def test_the_command_answers_in_the_agreed_shape(app: Flask, command: Command) -> None:
    job = sell(app, "SL02")
    with as_system(app) as session:
        number = session.get_one(Contract, job.contract_id).number
    answer = command("closing-check", str(number), "--json", "--as", "laoban")
    assert answer.exit_code == 1, answer.output
    (found,) = json.loads(answer.stdout)
    assert set(found) == {"contract", "met", "lines"}
    assert (found["contract"], found["met"]) == (number, False)
    (line,) = found["lines"]
    assert set(line) == {"line", "met", "checks"}
    assert [check["name"] for check in line["checks"]] == [
        "paid_in_full",
        "company_data_complete",
        "steps_finished",
    ]
    assert all(set(gap) == {"what", "link"} for check in line["checks"] for gap in check["missing"])
    finish(app, job.item_id)
    complete_company(app, job)
    pay(app, job, "9600")
    met = command("closing-check", str(number), "--json")
    assert met.exit_code == 0 and json.loads(met.stdout)[0]["met"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("HT-0000-0000",),
        ("HT-0000-0000", "--as", "nobody"),
        (),
        ("{foreign}", "--as", "xiaoshou2"),
        ("{foreign}", "--as", "waiqin"),
    ],
    ids=["no such contract", "no such login", "no contract named", "a colleague's contract", "no right"],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_command_refuses_in_one_line(app: Flask, command: Command, arguments: tuple[str, ...]) -> None:
    job = sell(app, "SL02")
    with as_system(app) as session:
        number = str(session.get_one(Contract, job.contract_id).number)
    refused = command("closing-check", *(part.format(foreign=number) for part in arguments))
    assert refused.exit_code == 2
    assert refused.stdout == "" and "Traceback" not in refused.stderr and refused.stderr
