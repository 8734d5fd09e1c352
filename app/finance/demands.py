"""What an activated contract asks for: its receivables."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contracts.instalments import INTERVALS, PaymentOrder, PlanLine, Recurrence, standard_plan
from app.contracts.models import Contract, ContractLine
from app.contracts.settings import ONE_OFF_DAYS
from app.finance.models import Receivable
from app.platform import clock
from app.platform.money import ZERO


def lay_down_receivables(session: Session, contract_id: int) -> list[Receivable]:
    """What an activated contract asks for: a standard plan per line, adding up to the line exactly.

    One-off lines fall due some days after activation (a setting), recurring ones on the first day of each
    period.
    Called again, it changes nothing.
    """
    contract = session.get_one(Contract, contract_id)
    if session.scalar(select(Receivable.id).where(Receivable.contract_id == contract_id).limit(1)):
        return []
    activated = clock.local(contract.activated_at or clock.now()).date()
    days = ONE_OFF_DAYS.of(session)
    rows = [row for line in contract.lines for row in _receivables_of(contract, line, activated, days)]
    session.add_all(rows)
    session.flush()
    return rows


def _receivables_of(
    contract: Contract, line: ContractLine, activated: date, one_off_days: int
) -> list[Receivable]:
    plan = standard_plan([_plan_line(line, activated)], activated_on=activated, one_off_days=one_off_days)
    parts = [(instalment.due, part) for instalment in plan for part in instalment.parts]
    return [
        Receivable(
            customer_id=contract.customer_id,
            contract_id=contract.id,
            contract_line_id=line.id,
            instalment=number,
            due_on=due,
            covers_from=part.covers[0] if part.covers else None,
            covers_until=part.covers[1] if part.covers else None,
            amount=part.amount,
            paid=ZERO,
            waived=ZERO,
        )
        for number, (due, part) in enumerate(parts, start=1)
    ]


def _plan_line(line: ContractLine, activated: date) -> PlanLine:
    if not line.recurring or line.paid_months < 1:
        return PlanLine(line.id, line.amount, PaymentOrder.ONE_OFF)
    recurrence = Recurrence(
        start=line.start_month or activated,
        paid_months=line.paid_months,
        gift_months=line.gift_months,
        interval=line.interval_months if line.interval_months in INTERVALS else 12,
    )
    return PlanLine(line.id, line.amount, PaymentOrder.RECURRING, recurrence)
