"""The accounts an agency starts with."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.finance.models import MoneyAccount
from app.finance.states import AccountKind

ACCOUNTS = (
    ("基本户", AccountKind.BANK),
    ("微信", AccountKind.WECHAT),
    ("支付宝", AccountKind.ALIPAY),
    ("现金", AccountKind.CASH),
)


def lay_down(session: Session) -> None:
    """Create accounts on a database that has none."""
    if session.scalar(select(MoneyAccount.id).limit(1)) is None:
        session.add_all(MoneyAccount(name=name, kind=kind.value) for name, kind in ACCOUNTS)
