"""Whatever people do with money, in whatever order: the ledger adds up after every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.finance.invariants import broken
from app.finance.models import Receipt, Receivable
from app.finance.operations import allocate_advance, approve_receipt
from app.finance.transitions import RECEIPT_LIFECYCLE, WAIVER_LIFECYCLE
from app.finance.waiving import waive
from app.platform.errors import BusinessError
from app.platform.money import from_fen
from tests.finance.books import Deal, Line, enter, sign
from tests.finance.test_races import all_at_once
from tests.people import acting, as_system

AMOUNTS = st.integers(1, 150_000).map(from_fen)
EXAMPLES = {"sqlite": (30, 20), "postgresql": (12, 16)}
"""Examples and steps of each, so that both together stay below forty seconds."""


def machine_on(app: Flask) -> type[RuleBasedStateMachine]:
    """A machine whose rules are what people may do; refusals in words are fine, breaches are not."""

    class Ledger(RuleBasedStateMachine):
        waiting, booked, counters, waivers = (
            Bundle("waiting"),
            Bundle("booked"),
            Bundle("counters"),
            Bundle("waivers"),
        )
        deal: Deal

        @initialize(cents=st.integers(1, 200_000), months=st.integers(1, 14))
        def sign_a_contract(self, cents: int, months: int) -> None:
            recurring = Line("1000.01", months=months, interval=3, start=date(2026, 1, 1))
            self.deal = sign(app, str(from_fen(cents)), recurring)

        @rule(target=waiting, amount=AMOUNTS, named=st.booleans())
        def enter(self, amount: Decimal, named: bool) -> int:
            contract = self.deal.contract_id if named else None
            return enter(app, self.deal, str(amount), contract_id=contract)

        @rule(target=booked, receipt=consumes(waiting), pick=st.integers(0, 5), rest=REST)
        def approve(self, receipt: int, pick: int, rest: str) -> Any:
            def deed(session: Any) -> None:
                approve_receipt(session, receipt, receivables=self._named(session, pick), rest=rest)

            return receipt if self._try("caiwu", deed) else multiple()

        @rule(target=booked, receipt=consumes(waiting))
        def approve_twice_at_once(self, receipt: int) -> int:
            def deed(by: str) -> Callable[[], None]:
                def run() -> None:
                    with acting(app, by) as session:
                        approve_receipt(session, receipt)

                return run

            outcome = all_at_once([deed("caiwu"), deed("laoban")])
            assert sorted(outcome) == ["done", "stale"]
            return receipt

        @rule(receipt=consumes(waiting), name=st.sampled_from(["reject", "withdraw"]))
        def drop(self, receipt: int, name: str) -> None:
            by = "caiwu" if name == "reject" else "xiaoshou1"
            self._try(by, lambda s: RECEIPT_LIFECYCLE.perform(s, receipt, name, data={"reason": "x"}))

        @rule(receipt=booked, pick=st.integers(0, 5), rest=REST)
        def allocate(self, receipt: int, pick: int, rest: str) -> None:
            self._try(
                "caiwu",
                lambda s: allocate_advance(s, receipt, receivables=self._named(s, pick), rest=rest),
            )

        @rule(target=counters, receipt=booked)
        def ask_reversal(self, receipt: int) -> Any:
            def deed(session: Any) -> None:
                RECEIPT_LIFECYCLE.perform(session, receipt, "reverse", data={"reason": "x"})

            if not self._try("caiwu", deed):
                return multiple()
            with as_system(app) as session:
                return max(session.scalars(select(Receipt.id).where(Receipt.reverses_id == receipt)))

        @rule(counter=consumes(counters), agrees=st.booleans())
        def decide_reversal(self, counter: int, agrees: bool) -> None:
            name = "approve" if agrees else "reject"
            assert self._try(
                "laoban", lambda s: RECEIPT_LIFECYCLE.perform(s, counter, name, data={"reason": "x"})
            )

        @rule(target=waivers, amount=AMOUNTS, place=st.integers(0, 5))
        def waive(self, amount: Decimal, place: int) -> Any:
            receivable = self.deal.receivable_ids[place % len(self.deal.receivable_ids)]
            found: list[int] = []
            done = self._try("caiwu", lambda s: found.append(waive(s, receivable, amount, "x").id))
            return found[0] if done else multiple()

        @rule(waiver=consumes(waivers), agrees=st.booleans())
        def decide_waiver(self, waiver: int, agrees: bool) -> None:
            name = "approve" if agrees else "reject"
            self._try("laoban", lambda s: WAIVER_LIFECYCLE.perform(s, waiver, name, data={"reason": "x"}))

        @invariant()
        def the_ledger_adds_up(self) -> None:
            with as_system(app) as session:
                assert broken(session) == []

        def _named(self, session: Any, pick: int) -> list[int]:
            """Some receivables of the contract, open or not; none for the larger half of picks."""
            ids = self.deal.receivable_ids
            wanted = [ids[pick % len(ids)]] if pick < 3 else []
            return list(session.scalars(select(Receivable.id).where(Receivable.id.in_(wanted))))

        def _try(self, by: str, deed: Callable[[Any], object]) -> bool:
            try:
                with acting(app, by) as session:
                    deed(session)
            except BusinessError:
                return False
            return True

    return Ledger


REST = st.sampled_from(["oldest", "advance"])


@pytest.mark.slow
def test_the_ledger_adds_up_whatever_people_do(app: Flask, backend: str) -> None:
    examples, steps = EXAMPLES[backend]
    run_state_machine_as_test(
        machine_on(app),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
