"""Forms that were carried out: the second of two clicks is led to what the first one made."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import audit, clock
from app.platform.access import identity_of
from app.platform.database import Table, UtcDateTime

KEPT_FOR = timedelta(days=2)


class SentForm(Table):
    """A form that was carried out, by its token: the second of two clicks is led to what the first made."""

    __tablename__ = "sent_form"
    __table_args__ = (Index("ix_sent_form_at", "at"),)

    token: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    url: Mapped[str] = mapped_column(String(200))


audit.leave_out("sent_form")


def answer_to(session: Session, token: str) -> str | None:
    """Where the form of this token led when it was carried out; None when it was not, or by somebody else."""
    if not token:
        return None
    statement = select(SentForm.url).where(
        SentForm.token == token, SentForm.person_id == identity_of(session).person_id
    )
    return session.scalar(statement)


def note(session: Session, token: str, url: str) -> None:
    """Remember in this very transaction where the form led; two at once fail on the unique token."""
    if token:
        row = SentForm(token=token, person_id=identity_of(session).person_id, at=clock.now(), url=url[:200])
        session.add(row)
        session.flush()


def forget_old(session: Session) -> None:
    """Drop what no browser still shows."""
    session.execute(delete(SentForm).where(SentForm.at < clock.now() - KEPT_FOR))
