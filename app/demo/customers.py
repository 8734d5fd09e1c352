"""Customers up to the signature: numbers, follow-ups with remarks, contact rule, owners, the public pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.customers.collisions import normalise
from app.customers.company_names import core_name
from app.customers.contact_rule import CheckpointState, judge
from app.customers.models import (
    Comment,
    ContactClaim,
    ContactObligation,
    ContactPoint,
    Customer,
    FollowUp,
    Need,
    Ownership,
)
from app.customers.ownership import MEMBER, OWNER
from app.customers.states import CONTACTED, EXCLUDED, NEGOTIATING, NEW_LEAD, OPEN, PROSPECT, PUBLIC, QUOTED
from app.demo.names import TRADES, Title, person
from app.demo.scene import Life, Scene
from app.org.models import Participation, Person
from app.platform import clock

WANTED = (
    "SL01",
    "SL02",
    "JZ01",
    "JZ02",
    "JZ03",
    "BG02",
    "BG05",
    "DZ01",
    "ZS01",
    "ZX01",
    "NB01",
    "SB03",
    "ZZ01",
)
TALKS = (
    "电话沟通，客户要先看报价",
    "已加微信，发了价目表",
    "客户在比较另外两家，约下周再谈",
    "客户要和合伙人商量",
    "介绍了代理记账流程，客户比较认可",
    "没接电话，发短信留言",
    "上门拜访，收集了资料清单",
    "客户问能否优惠，回复要请示主管",
    "讲清楚了注册地址的要求",
    "资料还差身份证复印件，约好补齐",
)
REMARKS = (
    "抓紧跟，争取本周签",
    "报价可以再谈，先约上门",
    "问清楚客户的开票量再报价",
    "跟得不错，注意记录下次联系时间",
)
PLANS = ("发报价单", "确认注册地址", "约上门面谈", "问合伙人意见", "催资料")


@dataclass
class Prospect:
    """What later parts of the story need to know of a customer."""

    life: Life
    row: dict[str, Any]
    owner: Person
    created_on: date
    title: Title


@dataclass(frozen=True)
class Fate:
    """What becomes of a customer: the stage it ends in, the day it came, the day of signature or release."""

    index: int
    stage: str
    created_on: date
    ended_on: date | None


def make(scene: Scene, fate: Fate, life: Life) -> Prospect:
    """The customer with everything up to the signature or the pool."""
    owner = life.chance.choice(scene.team("salesperson"))
    title = scene.names.company(fate.index)
    created = life.moment(fate.created_on)
    row = _customer(scene, fate, life, owner, title, created)
    prospect = Prospect(life, row, owner, clock.local(created).date(), title)
    _contact_points(scene, fate, prospect)
    if fate.stage == PROSPECT or life.happens(0.3):
        scene.rows.add(
            Need, customer_id=row["id"], business_type_id=scene.types[life.pick(WANTED)].id, answers={}
        )
    life.tell("customer", row, created, owner, "created", "created the customer", states=(None, PROSPECT))
    talks = _follow_ups(scene, fate, prospect)
    _obligations(scene, fate, prospect, talks)
    ownership = scene.rows.add(
        Ownership, customer_id=row["id"], person_id=owner.id, began_at=created, how="created"
    )
    if fate.stage == PUBLIC:
        _release(scene, fate, prospect, ownership)
        return prospect
    scene.rows.add(Participation, customer_id=row["id"], person_id=owner.id, reason=OWNER)
    if fate.stage == PROSPECT and life.happens(0.04):
        colleague = life.chance.choice([p for p in scene.team("salesperson") if p.id != owner.id])
        scene.rows.add(Participation, customer_id=row["id"], person_id=colleague.id, reason=MEMBER)
    return prospect


def _customer(
    scene: Scene, fate: Fate, life: Life, owner: Person, title: Title, created: datetime
) -> dict[str, Any]:
    knows_company = fate.stage != PROSPECT or life.happens(0.55)
    human = person(life.chance) + life.pick(("总", "先生", "女士", "经理"))
    name = f"{title.full}有限公司" if knows_company else f"{human}（{title.short}）"
    row = scene.rows.add(
        Customer,
        name=name,
        core_name=core_name(name)[:120],
        stage=fate.stage,
        owner_id=owner.id,
        source=life.pick(scene.words["source"]),
        industry=TRADES[title.trade][1],
        region=life.pick(scene.words["region"]),
        level=life.chance.choices(scene.words["level"], weights=(2, 5, 3)[: len(scene.words["level"])])[0],
        progress=NEW_LEAD,
        note=life.pick(("", "", "", "朋友介绍", "预算有限", "急办")) or None,
        created_at=created,
        created_by_id=owner.id,
        changed_at=created,
    )
    scene.numbers.ask("customer", clock.local(created), lambda number: row.update(number=number))
    return row


def _contact_points(scene: Scene, fate: Fate, prospect: Prospect) -> None:
    given = [("mobile", scene.names.mobile(fate.index))]
    if prospect.life.happens(0.35):
        given.append(("wechat", scene.names.wechat(fate.index)))
    for kind, typed in given:
        key = normalise(kind, typed)
        scene.rows.add(
            ContactPoint,
            customer_id=prospect.row["id"],
            person_name=person(prospect.life.chance),
            role=prospect.life.pick(("老板", "财务", "股东", "行政")),
            kind=kind,
            value=key.display,
            key=key.key,
        )
        if fate.stage == PROSPECT:
            scene.rows.add(ContactClaim, key=key.key, customer_id=prospect.row["id"])


def _days_of_contact(fate: Fate, life: Life, today: date, due: Sequence[date]) -> list[date]:
    """Most checkpoints are met, some a few days late, some not at all; old prospects were called lately."""
    last = fate.ended_on or today
    days = []
    for day in due:
        roll = life.chance.random()
        if roll < 0.72:
            days.append(day - timedelta(days=life.chance.choice((0, 0, 1))))
        elif roll < 0.84:
            days.append(day + timedelta(days=life.chance.randint(1, 4)))
    if fate.ended_on is None and (today - fate.created_on).days > 14:
        days.append(today - timedelta(days=life.chance.randint(0, 25)))
    elif fate.ended_on is not None:
        days.append(last)
    return sorted({max(day, fate.created_on) for day in days if day <= last})


def _follow_ups(scene: Scene, fate: Fate, prospect: Prospect) -> list[dict[str, Any]]:
    life, row = prospect.life, prospect.row
    due = [day for _number, day in scene.checkpoints(row["source"], row["level"], prospect.created_on)]
    talks = []
    for day in _days_of_contact(fate, life, scene.today, due):
        method = life.pick(scene.words["contact_method"][:4])
        talk = scene.rows.add(
            FollowUp,
            customer_id=row["id"],
            at=life.moment(day),
            person_id=prospect.owner.id,
            method=method,
            content=life.pick(TALKS),
        )
        life.tell(
            "customer", row, talk["at"], prospect.owner, "follow_up", "contact by %(method)s",
            body=talk["content"], method=method, follow_up_id=talk["id"],
        )  # fmt: skip
        talks.append(talk)
    if talks:
        _after_talking(scene, fate, prospect, talks)
    return talks


def _after_talking(scene: Scene, fate: Fate, prospect: Prospect, talks: list[dict[str, Any]]) -> None:
    life, row = prospect.life, prospect.row
    row["last_contact_at"] = row["changed_at"] = talks[-1]["at"]
    row["progress"] = life.chance.choices((CONTACTED, QUOTED, NEGOTIATING), weights=(5, 3, 2))[0]
    if fate.stage == PROSPECT and life.happens(0.5):
        planned = max(
            scene.today + timedelta(days=life.chance.randint(-2, 12)), clock.local(talks[-1]["at"]).date()
        )
        row["next_contact_on"], row["next_contact_note"] = planned, life.pick(PLANS)
        talks[-1]["next_contact_on"] = planned
    if life.happens(0.12):
        superior = scene.staff["xszhuguan"]
        remark = scene.rows.add(
            Comment,
            customer_id=row["id"],
            follow_up_id=talks[-1]["id"],
            at=life.moment(clock.local(talks[-1]["at"]).date()),
            person_id=superior.id,
            text=life.pick(REMARKS),
        )
        row["newest_comment"], row["newest_comment_by"] = remark["text"], superior.name


def _obligations(scene: Scene, fate: Fate, prospect: Prospect, talks: Sequence[dict[str, Any]]) -> None:
    row = prospect.row
    due = scene.checkpoints(row["source"], row["level"], prospect.created_on)
    first_on: dict[date, int] = {}
    for talk in talks:
        first_on.setdefault(clock.local(talk["at"]).date(), talk["id"])
    judged = judge(
        prospect.created_on, [day for _number, day in due], list(first_on), scene.today, fate.ended_on
    )
    for (number, day), checkpoint in zip(due, judged, strict=True):
        scene.rows.add(
            ContactObligation,
            customer_id=row["id"],
            person_id=prospect.owner.id,
            day=number,
            started_on=prospect.created_on,
            due_on=day,
            state=_STATES.get(checkpoint.state, checkpoint.state.value),
            follow_up_id=first_on[checkpoint.contacted_on] if checkpoint.contacted_on else None,
        )


_STATES = {
    CheckpointState.DUE_TODAY: OPEN,
    CheckpointState.LATER: OPEN,
    CheckpointState.EXCLUDED: EXCLUDED,
}


def _release(scene: Scene, fate: Fate, prospect: Prospect, ownership: dict[str, Any]) -> None:
    """Into the public pool: given up by the owner, or recycled because nobody touched it."""
    life, row = prospect.life, prospect.row
    at = life.moment(fate.ended_on or scene.today)
    if life.happens(0.65):
        reason = life.pick(scene.words["give_up_reason"])
        row["give_up_reason"] = ownership["end_reason"] = reason
        life.tell(
            "customer", row, at, prospect.owner, "give_up", "gave the customer up",
            states=(PROSPECT, PUBLIC), body=reason,
        )  # fmt: skip
    else:
        ownership["end_reason"] = "untouched for too long"
        life.tell(
            "customer", row, at, None, "recycle", "went to the public pool: untouched for too long",
            states=(PROSPECT, PUBLIC),
        )  # fmt: skip
    ownership["ended_at"] = row["released_at"] = row["changed_at"] = at
    row["former_owner_id"], row["owner_id"] = prospect.owner.id, None
    row["next_contact_on"] = row["next_contact_note"] = None
