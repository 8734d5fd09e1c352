"""Work items from the contract in force to the last step, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.delivery import queries
from app.delivery.events import MilestoneReached, WorkItemDone
from app.delivery.models import WorkItem, WorkStep
from app.delivery.operations import name_company, open_items
from app.delivery.states import ITEM_STATES, ItemState
from app.delivery.transitions import LIFECYCLE
from app.org.models import Department, Participation
from app.platform import clock, events
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from app.platform.events import Fact
from app.platform.timeline import TimelineEntry
from tests.delivery.work import assign, finish, report, sell, state, step_ids
from tests.people import acting, as_system, identity, person_id

S = ItemState
ALLOWED = {
    "assign": {S.UNASSIGNED, S.ASSIGNED, S.IN_PROGRESS},
    "report_step": {S.ASSIGNED, S.IN_PROGRESS},
    "skip_step": {S.ASSIGNED, S.IN_PROGRESS},
    "undo_step": {S.IN_PROGRESS, S.DONE},
    "close": {S.DONE},
    "open": {S.DONE},
    "suspend": {S.UNASSIGNED, S.ASSIGNED, S.IN_PROGRESS, S.DONE},
    "resume": {S.SUSPENDED},
    "cancel": {S.UNASSIGNED, S.ASSIGNED, S.IN_PROGRESS, S.DONE, S.SUSPENDED},
    "force_close": {S.UNASSIGNED, S.ASSIGNED, S.IN_PROGRESS, S.DONE, S.SUSPENDED},
    "end_with_contract": {S.UNASSIGNED, S.ASSIGNED, S.IN_PROGRESS, S.DONE, S.SUSPENDED},
}


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_every_transition_starts_from_exactly_the_states_of_the_table(name: str) -> None:
    assert set(LIFECYCLE.transitions) == set(ALLOWED)
    assert set(ITEM_STATES) == set(S)
    assert LIFECYCLE.transitions[name].source == ALLOWED[name]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_transition_is_refused_from_every_other_state(app: Flask) -> None:
    job = sell(app, "SL02")
    cases = [(name, at) for name, sources in ALLOWED.items() for at in S if at not in sources]
    data: dict[str, Any] = {"reason": "x", "step": 0, "handler": 1, "done_on": date(2026, 1, 1)}
    with as_system(app) as session:
        row = session.get_one(WorkItem, job.item_id)
        row.handler_id = person_id(session, "waiqin")
        for name, at in cases:
            LIFECYCLE._write(row, at)
            session.flush()
            with pytest.raises(Stale):
                LIFECYCLE.perform(session, row.id, name, data=data)


def test_a_contract_in_force_opens_one_item_per_line_with_the_steps_that_were_sold(app: Flask) -> None:
    job = sell(app, "SL01", "JZ01", extra_items=("税务报到",))
    with as_system(app) as session:
        founding, books = (session.get_one(WorkItem, pk) for pk in job.item_ids)
        names = [step.name for step in founding.steps]
        assert (founding.state, books.state) == ("unassigned", "unassigned")
        assert "税务登记(税种核定)" in names and "银行开户" not in names
        assert [step.name for step in founding.steps if step.milestone] == ["领取执照", "资料移交"]
        assert books.recurring and not founding.recurring
        assert founding.promised_on is not None and founding.promised_on > date(2020, 1, 1)
        kinds = session.scalars(
            select(Department.kind)
            .join(Participation, Participation.department_id == Department.id)
            .where(Participation.customer_id == job.customer_id, Participation.reason == "handler")
        )
        assert sorted(kinds) == ["bookkeeping", "delivery"]
        assert open_items(session, job.contract_id) == [], "opening twice opens nothing more"


def test_a_contract_that_only_renews_opens_no_work(app: Flask) -> None:
    assert sell(app, "JZ01", renewal_only=True).item_ids == ()


def test_the_promised_day_is_the_line_s_own_or_follows_from_the_duration(
    app: Flask, clock_at: Callable[[datetime], None]
) -> None:
    clock_at(datetime(2026, 4, 14, 2, tzinfo=UTC))
    job = sell(app, "SL02")
    with as_system(app) as session:
        # Five working days after Tuesday, 14 April 2026.
        assert session.get_one(WorkItem, job.item_id).promised_on == date(2026, 4, 21)


def test_the_handler_sees_the_customer_only_while_the_work_is_theirs(app: Flask) -> None:
    job = sell(app, "SL02")
    who = identity(app, "waiqin")
    with acting(app, "waiqin") as session:
        assert session.scalars(select(WorkItem)).all() == []
    assign(app, job.item_id)
    with acting(app, "waiqin") as session:
        assert [item.id for item in session.scalars(select(WorkItem))] == [job.item_id]
    assign(app, job.item_id, to="kuaiji")
    with as_system(app) as session:
        left = session.scalars(select(Participation.id).where(Participation.person_id == who.person_id))
        assert left.all() == []
    assert state(app, job.item_id) == "assigned"


def test_nobody_is_assigned_twice_and_nobody_without_the_right_to_report(app: Flask) -> None:
    job = sell(app, "SL02")
    assign(app, job.item_id)
    with pytest.raises(BusinessError, match="already"):
        assign(app, job.item_id)
    with pytest.raises(BusinessError, match="no right"):
        assign(app, job.item_id, to="xingzheng")
    with pytest.raises(NotAllowed):
        assign(app, job.item_id, to="kuaiji", by="waiqin")


def test_steps_go_in_order_and_the_last_one_finishes_the_work(app: Flask) -> None:
    job = sell(app, "SL02")
    assign(app, job.item_id)
    names = list(step_ids(app, job.item_id))
    with pytest.raises(BusinessError, match="comes after"):
        report(app, job.item_id, names[1])
    report(app, job.item_id, names[0])
    assert state(app, job.item_id) == "in_progress"
    with pytest.raises(BusinessError, match="reported already"):
        report(app, job.item_id, names[0])
    report(app, job.item_id, *names[1:])
    assert state(app, job.item_id) == "done"


def test_a_step_is_skipped_with_a_reason_only(app: Flask) -> None:
    job = sell(app, "SL02")
    assign(app, job.item_id)
    step = next(iter(step_ids(app, job.item_id).values()))
    with acting(app, "waiqin") as session, pytest.raises(FieldErrors):
        LIFECYCLE.perform(session, job.item_id, "skip_step", data={"step": step})
    with acting(app, "waiqin") as session:
        LIFECYCLE.perform(session, job.item_id, "skip_step", data={"step": step, "reason": "客户自行办理"})
    with as_system(app) as session:
        row = session.get_one(WorkStep, step)
        assert (row.state, row.note) == ("skipped", "客户自行办理")


def test_a_step_is_undone_from_the_end_and_opens_finished_work_again(app: Flask) -> None:
    job = sell(app, "SL02")
    finish(app, job.item_id)
    steps = list(step_ids(app, job.item_id).values())
    with acting(app, "waiqin") as session, pytest.raises(BusinessError, match="先撤回"):
        LIFECYCLE.perform(session, job.item_id, "undo_step", data={"step": steps[0]})
    with acting(app, "waiqin") as session:
        LIFECYCLE.perform(session, job.item_id, "undo_step", data={"step": steps[-1]})
    assert state(app, job.item_id) == "in_progress"


def test_a_colleague_reports_nothing_on_work_in_other_hands(app: Flask) -> None:
    """The accountant has an item of the same customer, and so sees both; a stranger sees none."""
    job = sell(app, "SL02", "JZ01")
    assign(app, job.item_ids[0], to="waiqin")
    assign(app, job.item_ids[1], to="kuaiji")
    with pytest.raises(BusinessError, match="in hand, not you"):
        report(app, job.item_ids[0], by="kuaiji")
    other = sell(app, "SL02")
    assign(app, other.item_id, to="kuaiji")
    with pytest.raises(NotFound):
        report(app, other.item_id, by="waiqin")
    with pytest.raises(NotAllowed):
        report(app, job.item_ids[0], by="xiaoshou1")


def test_the_same_click_twice_reports_once(app: Flask) -> None:
    job = sell(app, "SL02")
    assign(app, job.item_id)
    step = next(iter(step_ids(app, job.item_id).values()))
    for _again in range(2):
        with acting(app, "waiqin") as session:
            data = {"step": step, "done_on": clock.today()}
            LIFECYCLE.perform(session, job.item_id, "report_step", data=data, token="click")
    with as_system(app) as session:
        told = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "report_step")).all()
        assert [(entry.subject_id, entry.details["step"]) for entry in told] == [
            (job.item_id, session.get_one(WorkStep, step).name)
        ]


def test_a_suspended_item_gets_its_days_back(app: Flask, clock_at: Callable[[datetime], None]) -> None:
    clock_at(datetime(2026, 4, 14, 2, tzinfo=UTC))
    job = sell(app, "SL02")
    assign(app, job.item_id)
    with acting(app, "waiqin") as session:
        LIFECYCLE.perform(session, job.item_id, "suspend", data={"reason": "等客户"})
    clock_at(datetime(2026, 4, 24, 2, tzinfo=UTC))
    with acting(app, "waiqin") as session:
        row = LIFECYCLE.perform(session, job.item_id, "resume")
        assert (row.state, row.promised_on) == ("assigned", date(2026, 5, 1))


def test_terminating_the_contract_cancels_what_is_open_and_sends_the_customer_back(app: Flask) -> None:
    job = sell(app, "SL02", "JZ01")
    assign(app, job.item_ids[0])
    with acting(app, "xszhuguan") as session:
        CONTRACT_LIFECYCLE.perform(session, job.contract_id, "terminate", data={"reason": "客户不办了"})
    assert [state(app, pk) for pk in job.item_ids] == ["assigned", "unassigned"]
    with acting(app, "caiwu") as session:
        CONTRACT_LIFECYCLE.perform(session, job.contract_id, "settle", data={"settlement": "keep_debt"})
    assert [state(app, pk) for pk in job.item_ids] == ["cancelled", "cancelled"]
    with as_system(app) as session:
        item = session.get_one(WorkItem, job.item_ids[0])
        assert item.customer.stage == "prospect"


def test_the_least_loaded_colleague_who_is_here_is_suggested(app: Flask) -> None:
    job = sell(app, "SL02", "SL01")
    assign(app, job.item_ids[1])
    with as_system(app) as session:
        loads = {w.person.username: w for w in queries.workloads(session, ("delivery",))}
        item = session.get_one(WorkItem, job.item_ids[1])
        assert loads["waiqin"].load == item.difficulty * len(item.steps) and loads["waiqin"].items == 1
        found = queries.suggestion(queries.workloads(session, ("delivery",)))
        assert found is not None and found.person.username == "blzhuguan"
        found.person.absent_from, found.person.absent_until = date(2000, 1, 1), date(2100, 1, 1)
        session.flush()
        other = queries.suggestion(queries.workloads(session, ("delivery",)))
        assert other is not None and other.person.username == "waiqin"


def test_the_handler_says_which_company_the_work_is_for(app: Flask) -> None:
    job = sell(app, "BG01")
    assign(app, job.item_id)
    with acting(app, "waiqin") as session, pytest.raises(FieldErrors):
        name_company(session, job.item_id, company_id=None, new_name=" ")
    with acting(app, "waiqin") as session:
        item = name_company(session, job.item_id, company_id=None, new_name="华南智造（东莞）有限公司")
        assert item.company is not None and item.company.customer_id == job.customer_id
    with acting(app, "xiaoshou1") as session, pytest.raises(NotAllowed):
        name_company(session, job.item_id, company_id=None, new_name="别的公司")


def test_milestones_and_the_last_step_are_made_known(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Fact] = []
    for kind in (MilestoneReached, WorkItemDone):
        reactions = (*events._reactions.get(kind, ()), lambda _session, fact: heard.append(fact))
        monkeypatch.setitem(events._reactions, kind, reactions)
    job = sell(app, "SL02")
    finish(app, job.item_id)
    assert heard == [
        MilestoneReached(job.item_id, "领照"),
        MilestoneReached(job.item_id, "税务登记"),
        WorkItemDone(job.item_id),
    ]
