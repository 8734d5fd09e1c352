"""What demo data builds upon: the people, the catalogue with its prices, rules and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.catalogue.models import BusinessType
from app.catalogue.queries import Price, prices_for
from app.customers.models import ContactRule, DictionaryWord
from app.customers.obligations import active_rules, checkpoints, rule_for
from app.demo.names import Names
from app.demo.rows import Numbers, Rows
from app.demo.staff import people
from app.finance.models import MoneyAccount
from app.org.models import Department, Person
from app.platform import clock
from app.platform.timeline import TimelineEntry
from app.platform.workdays import next_workday


@dataclass
class Scene:
    """One run: who and what there is, the rows made so far, and the day it all happens by."""

    session: Session
    seed: int
    names: Names
    rows: Rows
    numbers: Numbers
    today: date
    now: datetime
    staff: Mapping[str, Person]
    departments: Mapping[str, list[int]]
    types: Mapping[str, BusinessType]
    prices: Mapping[int, Price]
    accounts: Mapping[str, int]
    rules: list[ContactRule]
    words: Mapping[str, list[str]]
    _checkpoints: dict[tuple[int, date], list[tuple[int, date]]] = field(default_factory=dict)

    def team(self, role: str) -> list[Person]:
        """Who holds the preset role, in the order of their log-ins."""
        return [
            person
            for _login, person in sorted(self.staff.items())
            if any(one.name == role for one in person.roles)
        ]

    def checkpoints(self, source: str | None, level: str | None, day: date) -> list[tuple[int, date]]:
        """Day numbers and due days of the contact rule for a prospect that came on the day."""
        rule = rule_for(self.rules, source, level)
        if rule is None:
            return []
        key = rule.id, day
        if key not in self._checkpoints:
            self._checkpoints[key] = checkpoints(rule, day)
        return self._checkpoints[key]


def set_scene(session: Session, seed: int) -> Scene:
    """Read everything once."""
    staff = people(session)
    types = session.scalars(
        select(BusinessType)
        .where(BusinessType.active.is_(True))
        .options(selectinload(BusinessType.items), selectinload(BusinessType.steps))
    )
    by_code = {row.code: row for row in types}
    items = [item.id for row in by_code.values() for item in row.items]
    departments: dict[str, list[int]] = {}
    for row in session.scalars(select(Department).where(Department.active.is_(True)).order_by(Department.id)):
        departments.setdefault(row.kind, []).append(row.id)
    words: dict[str, list[str]] = {}
    for word in session.scalars(
        select(DictionaryWord).where(DictionaryWord.active.is_(True)).order_by(DictionaryWord.position)
    ):
        words.setdefault(word.dictionary, []).append(word.code)
    return Scene(
        session=session,
        seed=seed,
        names=Names(seed),
        rows=Rows(session),
        numbers=Numbers(session),
        today=clock.today(),
        now=clock.now(),
        staff=staff,
        departments=departments,
        types=by_code,
        prices=prices_for(session, staff["xiaoshou1"], items, clock.today(), None),
        accounts=dict(session.execute(select(MoneyAccount.kind, MoneyAccount.id)).tuples().all()),
        rules=active_rules(session),
        words=words,
    )


_workday = cache(next_workday)
_begins = cache(clock.start_of)


@dataclass
class Life:
    """One customer's clock and chance: moments only go forward, in working hours, never beyond now."""

    scene: Scene
    chance: Random
    last: datetime

    def moment(self, day: date) -> datetime:
        """A moment of the day (or of the next working day), after everything that happened so far."""
        wanted = _begins(min(_workday(day), self.scene.today)) + timedelta(
            hours=9, minutes=self.chance.randrange(8 * 60)
        )
        self.last = min(
            max(wanted, self.last + timedelta(minutes=self.chance.randint(2, 40))), self.scene.now
        )
        return self.last

    def beside(self) -> Life:
        """What goes on at the same time: same chance, a clock of its own that starts here."""
        return Life(self.scene, self.chance, self.last)

    def pick(self, options: Sequence[str]) -> str:
        return self.chance.choice(options)

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def tell(
        self,
        subject: str,
        row: dict[str, object],
        at: datetime,
        actor: Person | None,
        kind: str,
        title: str,
        *,
        states: tuple[str | None, str | None] = (None, None),
        body: str = "",
        **details: object,
    ) -> dict[str, object]:
        """The timeline entry the engine would have told; answers its details, for a number still to come."""
        customer_id = row["id"] if subject == "customer" else row["customer_id"]
        self.scene.rows.add(
            TimelineEntry,
            at=at,
            customer_id=customer_id,
            subject=subject,
            subject_id=row["id"],
            actor_id=actor.id if actor else None,
            actor=actor.name if actor else "system",
            kind=kind,
            title=title,
            details=details,
            from_state=states[0],
            to_state=states[1],
            body=body,
        )
        return details
