"""How often a wrong password may be typed: three counts, each with an end of its own.

* One account from one address: as often as the setting says (preset 5), then the two are locked for a while
  (15 minutes), the right password included.
* One account from anywhere: 20 in an hour, against guessing from many places.
* One address for all accounts: 30 in a quarter of an hour, against one password tried on everybody. A network
  of IPv6 counts as one address, since one line owns all of it.

The last two stop nobody at an address they logged in from during the last 30 days. So a stranger cannot keep
a colleague out where the colleague works, and elsewhere for an hour at most; nor can one bad guesser in the
office lock the others out. Everybody is counted, existing account or not, lest the answer tells which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.models import LoginAttempt, LoginSession, Person
from app.org.settings import BAD_LOGINS, LOCK_MINUTES
from app.platform import clock
from app.platform.obligations.upsert import inserting

PER_ACCOUNT, ACCOUNT_WINDOW = 20, timedelta(hours=1)
PER_ADDRESS, ADDRESS_WINDOW = 30, timedelta(minutes=15)
KNOWN_FOR = timedelta(days=30)
ANY = " *"
"""In place of a login or an address: all of them. What people type is stripped, so nobody is called that."""


@dataclass(frozen=True)
class Tries:
    """The counts an attempt falls under. Those over all hold in `locked_until` when they start anew."""

    account: LoginAttempt
    address: LoginAttempt
    both: LoginAttempt


def tries_of(session: Session, login: str, address: str) -> Tries:
    """The counts, held until the transaction ends, so that attempts at once are counted one by one."""
    return Tries(
        account=_held(session, login, ANY),
        address=_held(session, ANY, _network_of(address)),
        both=_held(session, login, address),
    )


def _held(session: Session, login: str, address: str) -> LoginAttempt:
    fresh = inserting(session, cast(Any, LoginAttempt.__table__)).values(
        login=login, address=address, failures=0
    )
    session.execute(fresh.on_conflict_do_nothing(index_elements=["login", "address"]))
    row = session.scalars(
        select(LoginAttempt)
        .where(LoginAttempt.login == login, LoginAttempt.address == address)
        .with_for_update()
    ).one()
    if row.locked_until is not None and row.locked_until <= clock.now():
        row.failures, row.locked_until = 0, None
    return row


def _network_of(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


def wait_of(session: Session, tries: Tries, person: Person | None, address: str) -> timedelta:
    """How long to wait before the next attempt counts; zero when it may be made now."""
    full = [tries.both] if tries.both.failures >= BAD_LOGINS.of(session) else []
    if person is None or not _is_known(session, person, address):
        full += [tries.account] if tries.account.failures >= PER_ACCOUNT else []
        full += [tries.address] if tries.address.failures >= PER_ADDRESS else []
    waits = [row.locked_until - clock.now() for row in full if row.locked_until is not None]
    return max(waits, default=timedelta(0))


def _is_known(session: Session, person: Person, address: str) -> bool:
    since = clock.now() - KNOWN_FOR
    statement = select(LoginSession.id).where(
        LoginSession.person_id == person.id,
        LoginSession.address == address,
        LoginSession.started_at >= since,
    )
    return session.scalar(statement.limit(1)) is not None


def count_failure(session: Session, tries: Tries) -> int:
    """Count a wrong password; answers how many more are free for this account at this address."""
    moment = clock.now()
    for row, window in ((tries.account, ACCOUNT_WINDOW), (tries.address, ADDRESS_WINDOW)):
        row.failures += 1
        row.locked_until = row.locked_until or moment + window
    tries.both.failures += 1
    left = BAD_LOGINS.of(session) - tries.both.failures
    if left <= 0:
        tries.both.locked_until = moment + timedelta(minutes=LOCK_MINUTES.of(session))
    return max(left, 0)


def forget_failures(tries: Tries) -> None:
    """The right password: this account starts anew at this address. The wide counts go on: a stranger with an
    account must not clear them."""
    tries.both.failures, tries.both.locked_until = 0, None
