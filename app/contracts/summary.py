"""What a contract comes to, as the panel 合计 shows it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.contracts.models import Contract
from app.contracts.pricing import below_authority, check_line, discount_rate
from app.contracts.queries import line_prices
from app.platform.money import ZERO, format_money


@dataclass(frozen=True)
class Summary:
    """All in yuan; `percent` is how much is given away of the reference total, one digit."""

    reference: Decimal
    given_away: Decimal
    amount: Decimal
    below: Decimal
    percent: Decimal

    @property
    def given_away_text(self) -> str:
        """−¥1,200.00: the sign stands before the yuan."""
        return f"{'−' if self.given_away < 0 else ''}¥{format_money(abs(self.given_away))}"


def summary_of(contract: Contract) -> Summary:
    """Items without a reference price are held against their own amount, as in the discount rule."""
    prices = [price for line in contract.lines for price in line_prices(line)]
    reference = sum(
        ((check_line(p).reference_total or p.amount) if p.counts else p.amount for p in prices), ZERO
    )
    return Summary(
        reference=reference,
        given_away=contract.amount - reference,
        amount=contract.amount,
        below=below_authority(prices),
        percent=round(discount_rate(prices) * 100, 1),
    )
