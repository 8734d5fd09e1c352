"""The accounts an agency starts with, and how its receipts are numbered."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.finance.models import MoneyAccount
from app.finance.states import AccountKind
from app.platform.numbering import NumberFormat

ACCOUNTS = (
    ("基本户", AccountKind.BANK),
    ("微信", AccountKind.WECHAT),
    ("支付宝", AccountKind.ALIPAY),
    ("现金", AccountKind.CASH),
)
NUMBERS = "DK-{year}-{number:04d}"


def lay_down(session: Session) -> None:
    """Create accounts on a database that has none, and the number format when it is missing."""
    if session.scalar(select(MoneyAccount.id).limit(1)) is None:
        session.add_all(MoneyAccount(name=name, kind=kind.value) for name, kind in ACCOUNTS)
    if session.scalar(select(NumberFormat.id).where(NumberFormat.kind == "receipt")) is None:
        session.add(NumberFormat(kind="receipt", pattern=NUMBERS))
