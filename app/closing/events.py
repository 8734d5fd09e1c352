"""Facts about closing."""

from __future__ import annotations

from dataclasses import dataclass

from app.platform.events import Fact


@dataclass(frozen=True)
class ClosingQuestioned(Fact):
    """Money a finished line was closed on went back: commission and closing of the line want a look."""

    contract_line_id: int
    receipt_id: int
