"""What the transitions of a price version do besides changing its state. Never commits."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from app.approval import operations as approval
from app.catalogue.grid import changes_of, grid_of
from app.catalogue.models import PriceTierVersion
from app.org.models import Person
from app.platform import clock
from app.platform.access import elevated
from app.platform.lifecycle import Step, lifecycle_of

KIND, SUBJECT = "price_tier", "price_tier_version"


def submitted(step: Step) -> None:
    """Lay the approval down; without a rule the version is published at once."""
    session, version = step.session, step.row
    if step.identity.person_id is not None:
        version.author_id = step.identity.person_id
    session.flush()
    author = session.get_one(Person, version.author_id)
    request = approval.submit(session, submission_of(session, version), author)
    session.expire(version, ["open_requests"])
    if request is None:
        publish(session, version)


def submission_of(session: Session, version: PriceTierVersion) -> approval.Submission:
    """What the version says of itself: rules compare `rows`, the number of prices that change."""
    return approval.Submission(
        kind=KIND,
        subject=SUBJECT,
        subject_id=version.id,
        customer_id=None,
        title=version.name,
        amount=None,
        facts={"rows": Decimal(changes_of(version, grid_of(session, version)))},
    )


def approved(step: Step) -> None:
    last = approval.approve(step.session, SUBJECT, step.row.id, step.identity, step.reason)
    step.session.expire(step.row, ["open_requests"])
    if last:
        publish(step.session, step.row)


def publish(session: Session, version: PriceTierVersion) -> None:
    """The version speaks from its first day on and never changes again."""
    lifecycle = lifecycle_of(SUBJECT)
    assert lifecycle is not None
    with elevated(session):
        lifecycle.perform(session, version.id, "publish")


def published(step: Step) -> None:
    step.row.published_at = clock.now()


def handed_back(step: Step) -> None:
    approval.refuse(step.session, SUBJECT, step.row.id, step.identity, note=step.reason, state="handed_back")


def withdrawn(step: Step) -> None:
    approval.withdraw(step.session, SUBJECT, step.row.id)


def foreseen(session: Session, version: PriceTierVersion) -> list[tuple[int, str, Person | None]]:
    """Who would decide if the draft were submitted now by its author: level, rule, person."""
    author = session.get(Person, version.author_id) if version.author_id else None
    return approval.foreseen(session, submission_of(session, version), author) if author else []
