"""The work behind contract lines: who has it in hand, which steps are done, what is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from app.catalogue.models import StepTemplate
from app.companies.states import RegistrationState
from app.contracts.states import ACTIVE, CLOSED
from app.delivery import rules
from app.delivery.models import WorkItem, WorkStep
from app.delivery.participation import HANDLER
from app.delivery.queries import kinds_for
from app.delivery.states import FINISHED, ItemState, StepState
from app.demo.money import is_settled
from app.demo.sales import Deal, Line
from app.demo.scene import Life, Scene
from app.org.models import Participation, Person
from app.platform import clock
from app.platform.workdays import add_workdays

UNFINISHED = (
    (ItemState.UNASSIGNED, 12),
    (ItemState.ASSIGNED, 14),
    (ItemState.IN_PROGRESS, 50),
    (ItemState.DONE, 14),
    (ItemState.SUSPENDED, 7),
    (ItemState.CANCELLED, 3),
)
_later = cache(add_workdays)


def do(scene: Scene, deal: Deal, *, all_finished: bool) -> None:
    """Open the work of every line and bring it as far as the story has come by today."""
    states = _states(deal, all_finished=all_finished)
    items = [_item(scene, deal, line, state) for line, state in zip(deal.lines, states, strict=True)]
    _take_part(scene, deal, items)
    if all(line.row["done"] for line in deal.lines):
        _close_contract(scene, deal)


def _states(deal: Deal, *, all_finished: bool) -> list[ItemState]:
    """One state per line; in work means that the last line is open, and some before it may be finished."""
    ends = [ItemState.OPENED if line.row["recurring"] else ItemState.CLOSED for line in deal.lines]
    if all_finished:
        return ends
    chance = deal.life.chance
    names, weights = [s for s, _w in UNFINISHED], [w for _s, w in UNFINISHED]
    states = [
        end if chance.random() < 0.35 else chance.choices(names, weights=weights)[0] for end in ends[:-1]
    ]
    return [*states, chance.choices(names[:5], weights=weights[:5])[0]]


def _item(scene: Scene, deal: Deal, line: Line, state: ItemState) -> dict[str, Any]:
    life, kind = deal.life, line.kind
    opened = deal.row["activated_at"]
    handler = _handler(scene, life, line) if state is not ItemState.UNASSIGNED else None
    item = scene.rows.add(
        WorkItem,
        customer_id=deal.row["customer_id"],
        contract_id=deal.row["id"],
        contract_line_id=line.row["id"],
        company_id=deal.company["id"],
        business_type_id=kind.id,
        state=state.value,
        handler_id=handler.id if handler else None,
        difficulty=kind.difficulty,
        recurring=line.row["recurring"],
        promised_on=_later(deal.activated_on, kind.duration_days),
        opened_at=opened,
        changed_at=opened,
    )
    life.tell(
        "work_item", item, opened, deal.prospect.owner, "created", "opened the work",
        states=(None, ItemState.UNASSIGNED.value), label=kind.name,
    )  # fmt: skip
    if handler is not None:
        _hand_over(scene, life, item, handler, kind.name, deal.activated_on)
    _steps(scene, deal, line, item, handler)
    _end(scene, deal, line, item, handler)
    return item


def _handler(scene: Scene, life: Life, line: Line) -> Person:
    roles = ("accountant",) if line.kind.bookkeeping else ("field_worker", "field_worker", "delivery_manager")
    return life.chance.choice(scene.team(life.chance.choice(roles)))


def _hand_over(
    scene: Scene, life: Life, item: dict[str, Any], handler: Person, label: str, opened_on: date
) -> None:
    at = life.moment(opened_on + timedelta(days=life.chance.randint(0, 2)))
    head = scene.staff["kjzhuguan" if handler in scene.team("accountant") else "blzhuguan"]
    life.tell(
        "work_item", item, at, head, "assign", "gave the work to %(handler)s",
        states=(ItemState.UNASSIGNED.value, ItemState.ASSIGNED.value),
        label=label, handler=handler.name, former_id=None,
    )  # fmt: skip


def _steps(scene: Scene, deal: Deal, line: Line, item: dict[str, Any], handler: Person | None) -> None:
    templates = [step for step in line.kind.steps if rules.applies(step, line.sold)]
    days = _days_of(deal, item, len(templates), line.kind.duration_days, scene.today)
    for place, template in enumerate(templates):
        row = scene.rows.add(
            WorkStep,
            customer_id=item["customer_id"],
            work_item_id=item["id"],
            name=template.name,
            position=template.position,
            milestone=template.milestone,
            in_order=template.in_order,
            state=StepState.OPEN.value,
        )
        if place < len(days) and handler is not None:
            last = item["state"] not in (ItemState.IN_PROGRESS, ItemState.SUSPENDED) and place + 1 == len(
                days
            )
            _report(deal.life, item, row, template, handler, days[place], is_last=last, label=line.kind.name)


def _days_of(deal: Deal, item: dict[str, Any], steps: int, duration: int, today: date) -> list[date]:
    """The days the finished steps were reported on; fewer days than steps while the work goes on."""
    state, chance = item["state"], deal.life.chance
    if state in (ItemState.UNASSIGNED, ItemState.ASSIGNED) or steps == 0:
        return []
    whole = state in (*FINISHED, ItemState.DONE)
    finished = steps if whole else chance.randint(1, max(steps - 1, 1))
    if not whole and finished >= steps:
        return []
    end = min(_later(deal.activated_on, max(duration * chance.randint(6, 13) // 10, 1)), today)
    span = max((end - deal.activated_on).days, 0)
    return [deal.activated_on + timedelta(days=span * (place + 1) // finished) for place in range(finished)]


def _report(
    life: Life,
    item: dict[str, Any],
    row: dict[str, Any],
    template: StepTemplate,
    handler: Person,
    day: date,
    *,
    is_last: bool,
    label: str,
) -> None:
    at = life.moment(day)
    row.update(state=StepState.DONE.value, done_on=clock.local(at).date(), done_by_id=handler.id)
    to_state = ItemState.DONE if is_last else ItemState.IN_PROGRESS
    item["changed_at"] = at
    if is_last:
        item["finished_at"] = at
    life.tell(
        "work_item", item, at, handler, "report_step", "finished step “%(step)s”",
        states=(ItemState.IN_PROGRESS.value, to_state.value), label=label, step=template.name,
    )  # fmt: skip


def _end(scene: Scene, deal: Deal, line: Line, item: dict[str, Any], handler: Person | None) -> None:
    """Close, open, pause or cancel the item where its state says so."""
    life, state = deal.life, item["state"]
    if state in FINISHED:
        _finish(scene, deal, line, item)
    elif state == ItemState.SUSPENDED:
        at = life.moment(clock.local(life.last).date())
        item.update(
            resume_state=ItemState.IN_PROGRESS.value, suspended_on=clock.local(at).date(), changed_at=at
        )
        life.tell(
            "work_item", item, at, handler, "suspend", "put the work on hold",
            states=(ItemState.IN_PROGRESS.value, state), body="客户资料未齐", label=line.kind.name,
        )  # fmt: skip
    elif state == ItemState.CANCELLED:
        at = life.moment(clock.local(life.last).date())
        item["changed_at"] = at
        life.tell(
            "work_item", item, at, scene.staff["blzhuguan"], "cancel", "cancelled the work",
            states=(ItemState.IN_PROGRESS.value, state), body="客户改自己办理", label=line.kind.name,
        )  # fmt: skip


def _finish(scene: Scene, deal: Deal, line: Line, item: dict[str, Any]) -> None:
    life, state = deal.life, item["state"]
    head = scene.staff["kjzhuguan" if line.kind.bookkeeping else "blzhuguan"]
    at = life.moment(clock.local(life.last).date() + timedelta(days=1))
    forced = not is_settled(line)
    how = "opened" if state == ItemState.OPENED else "closed"
    title = (
        "closed the work by force"
        if forced
        else "opened the service"
        if how == "opened"
        else "closed the work"
    )
    kind = "force_close" if forced else "open" if how == "opened" else "close"
    item.update(forced=forced, finished_at=item["finished_at"] or at, changed_at=at)
    line.row.update(done=how, done_at=at, forced=forced)
    life.tell(
        "work_item", item, at, head, kind, title, states=(ItemState.DONE.value, state),
        body="老客户，款项月底一起付" if forced else "", label=line.kind.name,
    )  # fmt: skip
    if deal.company["library_since"] is None and (
        deal.company["registration_state"] != RegistrationState.IN_FORMATION
    ):
        deal.company["library_since"] = clock.local(at).date()
        life.tell(
            "company", deal.company, at, head, "library", "entered the library", label=deal.company["name"]
        )


def _take_part(scene: Scene, deal: Deal, items: Sequence[dict[str, Any]]) -> None:
    """Handlers see the customer, and so do the departments whose turn it is."""
    customer_id = deal.row["customer_id"]
    for person_id in dict.fromkeys(item["handler_id"] for item in items if item["handler_id"]):
        scene.rows.add(Participation, customer_id=customer_id, person_id=person_id, reason=HANDLER)
    kinds = dict.fromkeys(["delivery", *(kind for line in deal.lines for kind in kinds_for(line.kind))])
    for department_id in dict.fromkeys(one for kind in kinds for one in scene.departments.get(kind, ())):
        scene.rows.add(Participation, customer_id=customer_id, department_id=department_id, reason=HANDLER)


def _close_contract(scene: Scene, deal: Deal) -> None:
    at = max(line.row["done_at"] for line in deal.lines)
    deal.row.update(state=CLOSED, closed_at=at, changed_at=at)
    details = deal.life.tell(
        "contract", deal.row, at, scene.staff["blzhuguan"], "close", "the contract was closed",
        states=(ACTIVE, CLOSED),
    )  # fmt: skip
    scene.numbers.after(lambda: details.update(label=deal.row["number"]))


def retain(deal: Deal) -> None:
    """No work is open any more: the customer is retained."""
    customer = deal.prospect.row
    at = max(line.row["done_at"] for line in deal.lines)
    customer.update(retained_at=at, changed_at=at)
    deal.life.tell(
        "customer", customer, at, deal.life.scene.staff["blzhuguan"], "retain", "became a retained customer",
        states=("signed", "retained"), label=customer["name"],
    )  # fmt: skip
