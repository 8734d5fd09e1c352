"""Looks the whole installation over. Each check answers what it found; none of them writes."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import Permission, PermissionView, ViewMenu
from flask_babel import gettext as _
from redis import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.finance import invariants
from app.org.models import SeededGrant
from app.platform import audit, clock, files, fragment_indexes, job_queue, schema
from app.platform.grants import declared
from app.platform.obligations.claims import standing
from app.platform.obligations.heartbeats import last_beats
from app.platform.readiness import SILENT_AFTER
from app.platform.unit_of_work import system_reading
from app.upkeep import backup
from app.upkeep.settings import BACKUP_DAYS

LATE = timedelta(minutes=15)
UNSEALED = timedelta(hours=1)
MOST_NAMED = 5
SEARCHED_ROWS = 500
"""Rows of each table looked up in its fragment index."""


class Health(StrEnum):
    """How a check came out; only FAIL makes the command fail."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line: which check, how it came out, and in words what to know or do."""

    check: str
    health: Health
    words: str


def examine() -> list[Finding]:
    """Every check, in order. Without database or tables the others have nothing to look at."""
    findings = [_settings(current_app.config)]
    try:
        with system_reading() as session:
            findings += _base(session)
            if all(finding.health is not Health.FAIL for finding in findings[1:]):
                findings += [Finding(name, *check(session)) for name, check in CHECKS.items()]
    except SQLAlchemyError as error:
        findings.append(Finding("database", Health.FAIL, str(getattr(error, "orig", error)).strip()))
    findings.append(_queue())
    return findings


Answer = tuple[Health, str]


def _base(session: Session) -> list[Finding]:
    return [Finding("database", *_database(session)), Finding("migrations", *_migrations(session))]


def _settings(config: Mapping[str, Any]) -> Finding:
    home = Path(config["ZHANGFANG_HOME"])
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        words = _("Others may enter the data folder %(home)s: chmod 700.", home=str(home))
        return Finding("settings", Health.WARN, words)
    if config["DEMO_MODE"]:
        return Finding("settings", Health.OK, _("demo mode: one machine, not for a network"))
    if not config["TRUSTED_HOSTS"]:
        return Finding("settings", Health.WARN, _("TRUSTED_HOSTS is not set: any host name is answered."))
    if not config["SESSION_COOKIE_SECURE"]:
        return Finding("settings", Health.WARN, _("Cookies are sent without TLS too (ZHANGFANG_TLS=0)."))
    return Finding("settings", Health.OK, _("production"))


def _database(session: Session) -> Answer:
    dialect = session.connection().dialect.name
    if dialect != "sqlite":
        return Health.OK, f"{dialect} {session.scalar(text('SHOW server_version'))}"
    said = session.scalar(text("PRAGMA quick_check(1)"))
    return (Health.OK, "sqlite") if said == "ok" else (Health.FAIL, str(said))


def _migrations(session: Session) -> Answer:
    present, head = schema.present(session), schema.head()
    if present == head:
        return Health.OK, head
    return Health.FAIL, _("at %(present)s, the code wants %(head)s: run migrate", present=present, head=head)


def _dispatcher(session: Session) -> Answer:
    return _heard(session, "dispatcher")


def _worker(session: Session) -> Answer:
    silent = [
        words
        for name in job_queue.LONGEST_RUN
        for health, words in [_heard(session, f"worker:{name}")]
        if health is not Health.OK
    ]
    return (Health.WARN, "; ".join(silent)) if silent else (Health.OK, _("both queues are served"))


def _heard(session: Session, process: str) -> Answer:
    moment = last_beats(session).get(process)
    if moment is None:
        return Health.WARN, _("%(process)s was never seen", process=process)
    ago = clock.now() - moment
    words = _("%(process)s seen %(seconds)s s ago", process=process, seconds=int(ago.total_seconds()))
    # Workers tell Valkey about themselves every few minutes only.
    patience = SILENT_AFTER if process == "dispatcher" else timedelta(minutes=10)
    return (Health.OK if ago <= patience else Health.WARN), words


def _due_items(session: Session) -> Answer:
    found = standing(session)
    words = _(
        "%(waiting)s waiting, oldest %(seconds)s s late, %(dead)s dead",
        waiting=found.waiting,
        seconds=found.overdue_seconds,
        dead=found.dead,
    )
    if found.dead:
        return Health.FAIL, _("%(standing)s: look at `jobs state`, then `jobs revive`", standing=words)
    return (Health.WARN if found.overdue_seconds > LATE.total_seconds() else Health.OK), words


def _permissions(session: Session) -> Answer:
    pairs = set(
        session.execute(
            select(Permission.name, ViewMenu.name)
            .select_from(PermissionView)
            .join(Permission, PermissionView.permission_id == Permission.id)
            .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        ).tuples()
    )
    given = set(session.execute(select(SeededGrant.role, SeededGrant.action, SeededGrant.entity)).tuples())
    missing = [
        f"{action} {row.entity}"
        for row in declared().values()
        for action in (f"can_{name}" for name in row.actions)
        if (action, row.entity) not in pairs
    ]
    missing += [
        f"{role}: {action} {row.entity}"
        for row in declared().values()
        for role, preset in row.presets.items()
        for action in preset.grants
        if (role, action, row.entity) not in given
    ]
    if missing:
        return Health.FAIL, _("run sync; missing: %(names)s", names=_some(missing))
    return Health.OK, _("%(count)s as declared", count=len(pairs))


def _ledger(session: Session) -> Answer:
    breaches = invariants.broken(session)
    if breaches:
        return Health.FAIL, _some([str(breach) for breach in breaches])
    return Health.OK, _("%(count)s invariants hold", count=len(invariants.INVARIANTS))


def _audit_chain(session: Session) -> Answer:
    broken = audit.broken_seal(session)
    if broken is not None:
        return Health.FAIL, _("seal %(number)s does not fit its entries", number=broken)
    sealed = session.scalar(select(func.max(audit.AuditSeal.last_id))) or 0
    oldest = session.scalar(select(func.min(audit.AuditEntry.at)).where(audit.AuditEntry.id > sealed))
    if oldest is not None and oldest < clock.now() - UNSEALED:
        return Health.WARN, _(
            "entries since %(moment)s are not sealed yet", moment=f"{clock.local(oldest):%F %H:%M}"
        )
    return Health.OK, _("whole up to entry %(number)s", number=sealed)


def _files(session: Session) -> Answer:
    unknown, missing = files.orphans(session)
    if missing:
        return Health.FAIL, _("%(count)s files are gone: %(names)s", count=len(missing), names=_some(missing))
    if unknown:
        return Health.WARN, _(
            "%(count)s files belong to nothing: %(names)s", count=len(unknown), names=_some(unknown)
        )
    return Health.OK, _("all there")


def _search(session: Session) -> Answer:
    connection = session.connection()
    wrong = [
        index.table
        for index in fragment_indexes.indexed().values()
        if not fragment_indexes.is_as_declared(connection, index)
        or fragment_indexes.disagreements(connection, index, sample=SEARCHED_ROWS)
    ]
    if wrong:
        return Health.FAIL, _("run search rebuild; not as its rows: %(names)s", names=_some(wrong))
    return Health.OK, _("%(count)s indexes agree with their rows", count=len(fragment_indexes.indexed()))


def _backup(session: Session) -> Answer:
    newest = backup.newest(backup.default_folder())
    if newest is None:
        return Health.WARN, _("none in %(folder)s", folder=str(backup.default_folder()))
    age = clock.now() - newest
    fresh = age <= timedelta(days=BACKUP_DAYS.of(session))
    return (Health.OK if fresh else Health.WARN), _("%(days)s days old", days=age.days)


def _queue() -> Finding:
    why = _("does not answer; work goes on, jobs catch up later")
    with contextlib.suppress(RedisError):
        job_queue.connection().ping()
        return Finding("queue", Health.OK, _("answers"))
    return Finding("queue", Health.WARN, why)


def _some(names: list[str]) -> str:
    more = f" … (+{len(names) - MOST_NAMED})" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


CHECKS: dict[str, Callable[[Session], Answer]] = {
    "dispatcher": _dispatcher,
    "worker": _worker,
    "due items": _due_items,
    "permissions": _permissions,
    "ledger": _ledger,
    "audit chain": _audit_chain,
    "files": _files,
    "search": _search,
    "backup": _backup,
}
