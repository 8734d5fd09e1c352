"""Fills a database that has no customers of its own with demo data, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.customers.models import Customer
from app.customers.states import PROSPECT, PUBLIC, RETAINED, SIGNED
from app.demo import customers, living, money, sales, services, work
from app.demo.customers import Fate, Prospect
from app.demo.money import Payer
from app.demo.sales import Deal
from app.demo.scene import Life, Scene, set_scene
from app.platform import audit, clock
from app.platform.access import elevated
from app.platform.audit import AuditEntry
from app.platform.errors import BusinessError
from app.platform.obligations.claims import lock_pending
from app.platform.obligations.due_items import DueItem
from app.reminders.jobs import remind
from app.reminders.planning import KIND, plan

CHUNK = 500
ACTION = "demo data"
STAGES = ((PROSPECT, 25), (PUBLIC, 7), (SIGNED, 8), (RETAINED, 10))
"""How many of fifty customers end in which stage."""
DELIVERED = 1_500
"""Reminders written at once; what else falls due the dispatcher delivers as soon as it runs."""

Progress = Callable[[int], object]


def laid_down(session: Session) -> bool:
    """Whether every customer came from an earlier run. Raises BusinessError when others are there."""
    count = session.scalar(select(func.count()).select_from(Customer)) or 0
    if count == 0:
        return False
    made = session.scalars(
        select(AuditEntry.after).where(AuditEntry.action == ACTION, AuditEntry.table_name == "customer")
    ).first()
    if made is not None:
        inside = Customer.id.between(int(made["first"]), int(made["last"]))
        count = session.scalar(select(func.count()).select_from(Customer).where(~inside)) or 0
        if count == 0:
            return True
    raise BusinessError(
        _(
            "This database has %(count)s customers of its own. Demo data goes into an empty one only.",
            count=count,
        ),
        code="real_rows",
    )


def fill(session: Session, *, customers: int, seed: int, progress: Progress) -> dict[str, int]:
    """Lay the demo data down; answers rows by table. `progress` hears how many customers are done."""
    with elevated(session):
        scene = set_scene(session, seed)
        first, last = _bulk(scene, customers, progress)
        services.file_taxes(scene)
        scene.rows.finish()
        session.expire_all()
    living.live_through(scene, customers)
    with elevated(session):
        _remind(scene)
        audit.record(session, ACTION, "customer", first=first, last=last, seed=seed)
        # Some of it happened days ago by its own clock; sealed now, the chain is in the order it was written.
        while audit.seal(session, settled_before=clock.now() + timedelta(seconds=1)):
            session.flush()
    return scene.rows.written


def _bulk(scene: Scene, count: int, progress: Progress) -> tuple[int, int]:
    ids = []
    for done, fate in enumerate(_fates(scene, count), start=1):
        ids.append(_live(scene, fate))
        if done % CHUNK == 0 or done == count:
            scene.numbers.give()
            scene.rows.flush()
            progress(done - (done - 1) // CHUNK * CHUNK)
    return ids[0], ids[-1]


def _fates(scene: Scene, count: int) -> Iterator[Fate]:
    """What becomes of each customer, in the order they came."""
    fates = []
    for block in range(0, count, 50):
        deck = [stage for stage, share in STAGES for _turn in range(share)]
        Random(f"{scene.seed}:stages:{block}").shuffle(deck)
        fates += [
            _fate(scene, block + place, stage) for place, stage in enumerate(deck) if block + place < count
        ]
    return iter(sorted(fates, key=lambda fate: (fate.created_on, fate.index)))


def _fate(scene: Scene, index: int, stage: str) -> Fate:
    chance = Random(f"{scene.seed}:fate:{index}")
    oldest, youngest = {PROSPECT: (364, 0), PUBLIC: (364, 12), SIGNED: (120, 4), RETAINED: (364, 60)}[stage]
    # The young prospects are the ones people look at: a third of them came within three weeks.
    age = (
        chance.randint(0, 21)
        if stage == PROSPECT and chance.random() < 0.33
        else chance.randint(youngest, oldest)
    )
    created = scene.today - timedelta(days=age)
    if stage == PROSPECT:
        return Fate(index, stage, created, None)
    longest = age - 2 if stage == PUBLIC else min(age - 2, 20)
    return Fate(index, stage, created, created + timedelta(days=chance.randint(1, max(longest, 1))))


def _live(scene: Scene, fate: Fate) -> int:
    """One customer from the first call to today; answers its id."""
    chance = Random(f"{scene.seed}:life:{fate.index}")
    life = Life(scene, chance, clock.start_of(fate.created_on))
    prospect = customers.make(scene, fate, life)
    if fate.stage in (SIGNED, RETAINED):
        _buy(scene, fate, prospect)
    return int(prospect.row["id"])


def _buy(scene: Scene, fate: Fate, prospect: Prospect) -> None:
    life, is_done = prospect.life, fate.stage == RETAINED
    signed_on = fate.ended_on or scene.today
    payers = list(Payer)
    # Who still owes the first instalments after a year has been a debtor all along.
    shares = (50, 20, 30) if sales.is_old(scene, signed_on) else [one.value for one in payers]
    payer = life.chance.choices(payers, weights=shares)[0]
    deal = sales.sell(scene, prospect, signed_on, is_done=is_done)
    money.collect(scene, deal, payer=payer)
    work.do(scene, deal, all_finished=is_done)
    if is_done:
        work.retain(deal)
    _serve(scene, deal, payer)


def _serve(scene: Scene, deal: Deal, payer: Payer) -> None:
    """Services of the recurring lines; those that end soon are renewed more often than not."""
    for service, line in services.serve(scene, deal):
        lines = [line]
        ends_soon = service["service_until"] <= scene.today + timedelta(days=20)
        if service["state"] == "active" and line.row["done"] and ends_soon and deal.life.happens(0.6):
            renewal = sales.renew(scene, deal, line, service["service_until"] - timedelta(days=20))
            money.collect(scene, renewal, payer=payer)
            services.add_term(scene, service, renewal.lines[0])
            lines.append(renewal.lines[0])
        services.note_paid(service, lines)


def _remind(scene: Scene) -> None:
    """Lay down the reminders of these days, and write those that have come by now."""
    session = scene.session
    plan(session, scene.today - timedelta(days=2), scene.today + timedelta(days=1))
    due = session.scalars(
        select(DueItem.id)
        .where(DueItem.kind == KIND, DueItem.status == "pending", DueItem.due_at <= scene.now)
        .order_by(DueItem.due_at, DueItem.occurrence, DueItem.subject_id)
        .limit(DELIVERED)
    ).all()
    for item_id in due:
        item = lock_pending(session, item_id)
        if item is not None:
            item.status = "done" if remind(session, item) is None else "void"
    session.flush()
