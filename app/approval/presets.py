"""The few approvals an agency starts with (spec 2-lifecycle, Approval)."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approval.models import ApprovalRule

# name, kind, fact, comparison, threshold, level, approver, role
RULES = (
    ("低于权限价", "contract", "below_authority", ">", "0", 1, "covering", None),
    ("折扣超过 10%", "contract", "discount_percent", ">", "10", 2, "role", "principal"),
    ("退款", "refund", "amount", ">", "0", 1, "role", "principal"),
    ("减免超过 50 元", "waiver", "amount", ">", "50", 1, "role", "principal"),
    ("冲销到款", "reversal", "amount", ">", "0", 1, "role", "principal"),
    ("大批导出", "export", "rows", ">", "500", 1, "superior", None),
)


def lay_down(session: Session) -> None:
    """Create the rules that are not there by name; what somebody edited or switched off stays so."""
    known = set(session.scalars(select(ApprovalRule.name)))
    for name, kind, fact, comparison, threshold, level, approver, role in RULES:
        if name not in known:
            session.add(
                ApprovalRule(
                    name=name,
                    kind=kind,
                    fact=fact,
                    comparison=comparison,
                    threshold=Decimal(threshold),
                    level=level,
                    approver=approver,
                    role=role,
                )
            )
