"""The cash book of one account, page by page: newest day first, each line with what stood after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.finance.models import CashEntry, MoneyAccount
from app.platform.errors import BusinessError
from app.platform.money import ZERO

ROWS = 50


@dataclass(frozen=True)
class Line:
    """One entry and the balance of the account after it, in yuan."""

    entry: CashEntry
    balance: Decimal


@dataclass(frozen=True)
class CashPage:
    """One page. `money_in` and `money_out` are the sums of the whole book, out as a positive amount.

    `cursor` is where this page begins, `next_cursor` where the older one does; empty at the ends.
    """

    lines: Sequence[Line]
    money_in: Decimal
    money_out: Decimal
    cursor: str
    next_cursor: str


def read_page(session: Session, account: MoneyAccount, cursor: str) -> CashPage:
    """The page after the cursor ("day_id" of the last line seen). Raises BusinessError for a damaged one."""
    statement = _entries(account.id)
    if cursor:
        statement = statement.where(_older_than(*_read(cursor)))
    entries = list(session.scalars(statement.limit(ROWS + 1)))
    shown = entries[:ROWS]
    money_in, money_out = _sums(session, account.id)
    return CashPage(
        lines=_with_balances(account.opening + _sum_up_to(session, shown), shown),
        money_in=money_in,
        money_out=money_out,
        cursor=cursor,
        next_cursor=f"{shown[-1].on_day.isoformat()}_{shown[-1].id}" if len(entries) > ROWS else "",
    )


def _entries(account_id: int) -> Select[CashEntry]:
    return (
        select(CashEntry)
        .where(CashEntry.account_id == account_id)
        .order_by(CashEntry.on_day.desc(), CashEntry.id.desc())
    )


def _older_than(day: date, entry_id: int) -> ColumnElement[bool]:
    return or_(CashEntry.on_day < day, and_(CashEntry.on_day == day, CashEntry.id < entry_id))


def _read(cursor: str) -> tuple[date, int]:
    day, _sep, entry_id = cursor.partition("_")
    try:
        return date.fromisoformat(day), int(entry_id[:18])
    except ValueError:
        raise BusinessError(_l("This page address is damaged. Open the list again.")) from None


def _sum_up_to(session: Session, shown: Sequence[CashEntry]) -> Decimal:
    """Σ of the book up to and with the newest line shown."""
    if not shown:
        return ZERO
    newest = shown[0]
    statement = select(func.sum(CashEntry.amount)).where(
        CashEntry.account_id == newest.account_id,
        or_(_older_than(newest.on_day, newest.id), CashEntry.id == newest.id),
    )
    return session.scalar(statement) or ZERO


def _with_balances(balance: Decimal, entries: Sequence[CashEntry]) -> list[Line]:
    lines = []
    for entry in entries:
        lines.append(Line(entry, balance))
        balance -= entry.amount
    return lines


def _sums(session: Session, account_id: int) -> tuple[Decimal, Decimal]:
    amount = CashEntry.amount
    came, went = session.execute(
        select(func.sum(amount).filter(amount > ZERO), func.sum(amount).filter(amount < ZERO)).where(
            CashEntry.account_id == account_id
        )
    ).one()
    return came or ZERO, -(went or ZERO)
