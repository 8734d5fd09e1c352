"""Export of the whole configuration, and its application as a whole or not at all. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.places import Fault, FileRefused
from app.configuration.plan import (
    FORMAT,
    OUTDATED,
    Plan,
    compare,
    fingerprint_of,
    make_plan,
    read_configuration,
    with_promised,
)
from app.configuration.section import Section, Work
from app.configuration.shapes import Change
from app.configuration.table import SECTIONS
from app.configuration.yaml_writing import write_text
from app.org.identity import bump_access_version
from app.org.models import AccessVersion
from app.platform import audit
from app.platform.access import identity_of
from app.platform.errors import Stale
from app.platform.grants import declared

ENTITY = "configuration"


@dataclass(frozen=True)
class Outcome:
    """What was changed, what waits for somebody's approval, and the fingerprint afterwards."""

    changes: list[Change]
    waiting: list[str]
    fingerprint: str


def export(session: Session) -> tuple[dict[str, Any], str]:
    """The configuration as the file shows it (defaults left out), and its fingerprint."""
    identity_of(session).require("can_export", ENTITY)
    configuration = read_configuration(session)
    lean = {name: section.shape().lean(configuration[name]) for name, section in SECTIONS.items()}
    return {"format": int(FORMAT), **lean}, fingerprint_of(configuration)


def export_text(session: Session) -> str:
    """The file: the same text for the same configuration, on whatever database."""
    configuration, fingerprint = export(session)
    head = [
        _("Configuration of Zhangfang: what the agency set up, without people, departments and business."),
        _("Look at the differences before you apply a changed file:"),
        "  python3 run.py config diff FILE",
        "  python3 run.py config apply FILE",
        _("A section left out stays as it is; a row left out of one is archived, or removed if unused."),
        _("Values left out have their defaults. One fault anywhere, and nothing of the file is applied."),
        _("Without # the next line makes sure that nobody has changed anything since this export:"),
        f"based_on: {fingerprint}",
    ]
    parts = [("format", _("Format of this file"), configuration.pop("format"))]
    parts += [(name, str(SECTIONS[name].label), value) for name, value in configuration.items()]
    return write_text(head, parts)


def preview(session: Session, content: bytes | str) -> Plan:
    """What the file would change. Raises FileRefused with every fault."""
    identity_of(session).require("can_export", ENTITY)
    return make_plan(session, content)


def apply(session: Session, content: bytes | str, *, seen: str | None = None) -> Outcome:
    """Make the database what the file says. `seen` is the fingerprint of the preview somebody agreed to.

    Raises FileRefused with every fault, and Stale when the configuration is another than the one the file
    (`based_on`) or the preview was made from, unless the file changes nothing anyway.
    """
    identity_of(session).require("can_apply", ENTITY)
    # One file at a time; changes of roles count the same row up and wait as well.
    session.scalars(select(AccessVersion).with_for_update()).all()
    plan = make_plan(session, content)
    if plan.changes:
        _refuse_stale(plan, seen)
        _refuse_rights(session, plan)
        _write(session, plan)
        bump_access_version(session)
    present = read_configuration(session)
    left, waiting = compare(session, present, plan.wanted)
    if left:
        raise FileRefused([Fault(one.path, one.words) for each in left.values() for one in each])
    fingerprint = fingerprint_of(present)
    if plan.changes:
        _record(session, plan, fingerprint)
    return Outcome(plan.all_changes, waiting, fingerprint)


def _record(session: Session, plan: Plan, fingerprint: str) -> None:
    audit.record(
        session,
        "applied a file",
        ENTITY,
        sections=list(plan.changes),
        changes=len(plan.all_changes),
        fingerprint=fingerprint,
    )


def _refuse_stale(plan: Plan, seen: str | None) -> None:
    if plan.is_outdated:
        raise Stale(OUTDATED)
    if seen not in (None, plan.fingerprint):
        raise Stale(_l("Somebody changed the configuration meanwhile. Look at the differences again."))


def _refuse_rights(session: Session, plan: Plan) -> None:
    """The file gives nobody more than the screens do."""
    identity = identity_of(session)
    faults = [
        Fault(name, _l("you have no right to change this"))
        for name in plan.changes
        if _is_granted(SECTIONS[name]) and not identity.can("can_edit", SECTIONS[name].entity)
    ]
    if faults:
        raise FileRefused(faults)


def _is_granted(section: Section) -> bool:
    return section.entity in declared() and "edit" in declared()[section.entity].actions


def _write(session: Session, plan: Plan) -> None:
    work = Work(session)
    names = [name for name in SECTIONS if name in plan.changes]
    for name in names:
        section, wanted = SECTIONS[name], plan.wanted[name]
        before, _waiting = with_promised(section, session, plan.before[name], wanted)
        section.write(work, before, wanted)
    for name in reversed(names):
        finish = SECTIONS[name].finish
        if finish is not None:
            finish(work, plan.before[name], plan.wanted[name])
    if work.faults:
        raise FileRefused(work.faults)
