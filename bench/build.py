"""Customers in bulk: set-based inserts of rows that look like an agency's, the same for the same size."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from app.customers import models as customers
from app.customers.company_names import core_name
from app.demo.names import TRADES, Names, person
from app.org.models import Participation
from app.platform.database import Table
from app.platform.timeline import TimelineEntry
from bench.databases import Database
from bench.writing import Writer

CHUNK = 20_000
CUSTOMERS_OF_A_SELLER = 4_000
CUSTOMERS_OF_XIAOSHOU = 3_000
RARE = "麒麟"
"""Stands in this many names, whatever the size of the database."""
RARE_ROWS = 20
COMMON = "公司"
TABLES: tuple[type[Table], ...] = (
    customers.Customer,
    customers.ContactPoint,
    customers.ContactClaim,
    customers.Need,
    customers.FollowUp,
    customers.ContactObligation,
    customers.Ownership,
    Participation,
    TimelineEntry,
)
"""In the order foreign keys ask for."""
STAGES = (("prospect", 55), ("signed", 15), ("retained", 20), ("public", 10))
SOURCES = (("百度", 30), ("微信", 25), ("抖音", 20), ("老客户介绍", 14), ("360", 10), ("上门", 1))
"""With their share in a hundred; 官网 stands in one row of a thousand."""
RARE_SOURCE = "官网"
LEVELS = (("A", 2), ("B", 5), ("C", 3))


@dataclass(frozen=True)
class Scene:
    """Who and what the rows refer to."""

    rows: int
    today: date
    xiaoshou: int
    sellers: list[int]
    kinds: list[int]
    names: Names
    chance: Random


def build(database: Database) -> None:
    """Fill the database, once, and let it gather its statistics."""
    if database.marked("built"):
        return
    with contextlib.closing(database.connect()) as connection:
        if database.backend == "sqlite":
            connection.execute("PRAGMA synchronous=OFF")
        scene = _scene(connection, database)
        writer = Writer(database, connection, TABLES)
        for index in range(scene.rows):
            _customer(scene, writer, index)
            if index % CHUNK == CHUNK - 1:
                writer.flush()
                if index % 100_000 == 99_999:
                    print(f"  {database.backend}: {index + 1:,} customers", file=sys.stderr, flush=True)
        writer.flush()
        writer.finish()
    gather_statistics(database)
    database.mark("built")


def gather_statistics(database: Database, suffix: str = "") -> None:
    with contextlib.closing(database.connect(suffix)) as connection:
        if database.backend == "sqlite":
            connection.execute("ANALYZE")
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def _scene(connection: Any, database: Database) -> Scene:
    people = dict(connection.execute("SELECT username, id FROM ab_user").fetchall())
    return Scene(
        rows=database.rows,
        today=datetime.now(UTC).date(),
        xiaoshou=people["xiaoshou1"],
        sellers=[people["xiaoshou2"], *_more_sellers(connection, database)],
        kinds=[row[0] for row in connection.execute("SELECT id FROM business_type ORDER BY id LIMIT 12")],
        names=Names(7),
        chance=Random(7),
    )


def _more_sellers(connection: Any, database: Database) -> list[int]:
    """Colleagues of the second salesperson, so that nobody owns more than a person can look after."""
    wanted = database.rows // CUSTOMERS_OF_A_SELLER
    mark = "?" if database.backend == "sqlite" else "%s"
    for number in range(wanted):
        connection.execute(
            "INSERT INTO ab_user (id, first_name, last_name, username, email, active, department_id)"
            f" SELECT {10_000 + number}, {mark}, '', {mark}, {mark}, active, department_id"
            " FROM ab_user WHERE username = 'xiaoshou2'",
            (f"销售{number:03d}", f"bench{number:03d}", f"bench{number:03d}@demo.invalid"),
        )
    return [10_000 + number for number in range(wanted)]


def _customer(scene: Scene, writer: Writer, index: int) -> None:
    chance = scene.chance
    own = index % max(1, scene.rows // min(CUSTOMERS_OF_XIAOSHOU, scene.rows // 3)) == 0
    # Of his customers, mostly prospects; public ones belong to nobody.
    stage = "prospect" if own else _pick(chance, STAGES)
    seller = scene.xiaoshou if own else chance.choice(scene.sellers)
    created = _moment(scene, 3 + (scene.rows - index) * 1_000 // scene.rows)
    contacted = _moment(scene, chance.randint(0, 40)) if chance.random() < 0.8 else None
    pooled = stage == "public"
    name, industry = _name(scene, index)
    customer_id = writer.add(
        customers.Customer,
        number=f"KH-{created.year}-{index * 6_180_339 % 10_000_019:07d}",
        name=name,
        core_name=core_name(name)[:120],
        stage=stage,
        owner_id=None if pooled else seller,
        former_owner_id=seller if pooled else None,
        source=RARE_SOURCE if index % 1_000 == 6 else _pick(chance, SOURCES),
        industry=industry,
        region=chance.choice(("南山", "福田", "罗湖", "宝安", "龙岗")),
        level=_pick(chance, LEVELS),
        progress=chance.choice(("新线索", "已联系", "已报价", "谈合同")),
        note="朋友介绍" if chance.random() < 0.2 else None,
        next_contact_on=scene.today + timedelta(days=chance.randint(-30, 60))
        if chance.random() < 0.6
        else None,
        last_contact_at=contacted,
        newest_comment="抓紧跟，争取本周签" if chance.random() < 0.1 else None,
        newest_comment_by="周敏",
        released_at=contacted or created if pooled else None,
        signed_at=created if stage in ("signed", "retained") else None,
        retained_at=created if stage == "retained" else None,
        created_at=created,
        created_by_id=seller,
        changed_at=contacted or created,
    )
    _points(scene, writer, customer_id, index, claimed=stage == "prospect")
    if not pooled:
        writer.add(
            customers.Ownership, customer_id=customer_id, person_id=seller, began_at=created, how="created"
        )
        writer.add(Participation, customer_id=customer_id, person_id=seller, reason="owner")
    if stage == "prospect":
        _prospect(scene, writer, customer_id, seller, created)
    for back in range(8 if own else 1):
        _follow_up(scene, writer, customer_id, seller, back * 9)


def _name(scene: Scene, index: int) -> tuple[str, str]:
    """Nine of ten are companies; a rare fragment stands in as many names at every size."""
    title = scene.names.company(index)
    industry = TRADES[title.trade][1]
    full = title.full
    if index % max(1, scene.rows // RARE_ROWS) == 0:
        full = f"{title.place}{RARE}{title.short}"
    if scene.chance.random() < 0.1:
        return f"{person(scene.chance)}总（{full}）", industry
    return f"{full}有限公司", industry


def _points(scene: Scene, writer: Writer, customer_id: int, index: int, *, claimed: bool) -> None:
    given = [("mobile", scene.names.mobile(index))]
    if index % 3 == 0:
        given.append(("wechat", scene.names.wechat(index)))
    for kind, value in given:
        key = f"{kind}:{value}"
        writer.add(
            customers.ContactPoint,
            customer_id=customer_id,
            person_name=person(scene.chance),
            role="老板",
            kind=kind,
            value=value,
            key=key,
        )
        if claimed:
            writer.add(customers.ContactClaim, key=key, customer_id=customer_id)


def _prospect(scene: Scene, writer: Writer, customer_id: int, seller: int, created: datetime) -> None:
    kind = scene.chance.choice(scene.kinds)
    writer.add(customers.Need, customer_id=customer_id, business_type_id=kind, answers={})
    started = created.date()
    for day in (1, 3, 7):
        writer.add(
            customers.ContactObligation,
            customer_id=customer_id,
            person_id=seller,
            day=day,
            started_on=started,
            due_on=started + timedelta(days=day),
            state="met" if scene.chance.random() < 0.8 else "missed",
        )


def _follow_up(scene: Scene, writer: Writer, customer_id: int, seller: int, back: int) -> None:
    at = _moment(scene, back + scene.chance.randint(0, 8))
    content = "电话沟通，客户要先看报价"
    talk = writer.add(
        customers.FollowUp, customer_id=customer_id, at=at, person_id=seller, method="电话", content=content
    )
    writer.add(
        TimelineEntry,
        at=at,
        customer_id=customer_id,
        subject="customer",
        subject_id=customer_id,
        actor_id=seller,
        actor="销售",
        kind="follow_up",
        title="contact by %(method)s",
        details={"method": "电话", "follow_up_id": talk},
        body=content,
    )


def _moment(scene: Scene, days_ago: int) -> datetime:
    day = scene.today - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, 1 + scene.chance.randrange(9), 30, tzinfo=UTC)


def _pick(chance: Random, weighed: tuple[tuple[str, int], ...]) -> str:
    roll = chance.randrange(sum(weight for _word, weight in weighed))
    for word, weight in weighed:
        roll -= weight
        if roll < 0:
            return word
    raise AssertionError


def fragments(connection: Any) -> Iterator[tuple[str, str]]:
    """What to search for: a rare and a common word, and five digits of one of xiaoshou1's numbers."""
    number = connection.execute(
        "SELECT max(number) FROM customer WHERE owner_id ="
        " (SELECT id FROM ab_user WHERE username = 'xiaoshou1')"
    ).fetchone()[0]
    yield from (("rare", RARE), ("common", COMMON), ("digits", number[-5:]))
