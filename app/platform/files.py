"""Files people add to a record: a row in the database, the bytes under a random name outside static.

The file is written before its row is committed and removed again when the transaction is undone; what a
crash leaves in between is an orphan, which `doctor` names. Whoever may open the record may read its files,
unless a stage keeps the files of a customer shut (`keep_shut`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer, String, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform import clock, file_kinds
from app.platform.access import Level, Scoped, elevated, identity_of
from app.platform.database import RiverSession, Table, UtcDateTime
from app.platform.entity import Entity, entities
from app.platform.errors import BusinessError, NotFound
from app.platform.grants import EntityAccess, Preset, declare
from app.platform.settings import FILE_MEGABYTES
from app.platform.timeline import customer_of, tell

_KEEPERS = (
    "salesperson",
    "sales_manager",
    "field_worker",
    "delivery_manager",
    "accountant",
    "accounting_manager",
    "cashier",
    "office_clerk",
    "principal",
)
declare(
    EntityAccess(
        entity="stored_file",
        label=_l("Files"),
        actions={"add": _l("add a file")},
        presets={role: Preset(Level.ALL, "add") for role in _KEEPERS},
        scoped=False,
    )
)


class StoredFile(Scoped, Table):
    """One file. `subject` names the entity and `subject_id` the row it belongs to; `size` is in bytes.

    `field` is the custom field it fills; who may not see the field may not have the file.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        Index("ix_stored_file_subject", "subject", "subject_id", "id"),
        Index("ix_stored_file_customer", "customer_id"),
    )
    scope_entity = "customer"

    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(Integer)
    field: Mapped[str | None] = mapped_column(String(40))
    customer_id: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(150))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    stored_as: Mapped[str] = mapped_column(String(40), unique=True)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    uploaded_by: Mapped[str] = mapped_column(String(128))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Upload:
    """What arrived: the name as the sender gave it, and at most a little more than the cap of its bytes."""

    name: str
    content: bytes


def store(session: Session, subject_row: Any, upload: Upload, *, field: str | None = None) -> StoredFile:
    """Keep a file with a row the actor has found in scope.

    Raises NotAllowed, and BusinessError for an empty, too large or foreign kind of file.
    """
    identity = identity_of(session)
    identity.require("can_add", "stored_file")
    refuse_shut(session, customer_of(subject_row))
    name, media_type = _checked(upload, FILE_MEGABYTES.of(session))
    row = StoredFile(
        subject=entity_of(subject_row).name,
        subject_id=subject_row.id,
        field=field,
        customer_id=customer_of(subject_row),
        name=name,
        media_type=media_type,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        stored_as=_write(session, upload.content),
        uploaded_by_id=identity.person_id,
        uploaded_by=identity.name,
        uploaded_at=clock.now(),
    )
    with elevated(session):
        session.add(row)
        # Everybody reads the timeline; a field tells of itself in the history of who may see it.
        if field is None:
            tell(session, subject_row, title="added the file %(file)s", kind="file", file=name)
    return row


def _checked(upload: Upload, megabytes: int) -> tuple[str, str]:
    name = file_kinds.shown_name(upload.name)
    if not upload.content:
        raise BusinessError(_l("The file is empty."), code="empty_file")
    if len(upload.content) > megabytes * 2**20:
        raise BusinessError(_l("The file is larger than %(size)s MB.", size=megabytes), code="too_large")
    media_type = file_kinds.media_type(name, upload.content)
    if media_type is None:
        kinds = ", ".join(file_kinds.endings())
        raise BusinessError(
            _l("This kind of file is not taken, or its content does not fit its name."),
            _l("Taken are: %(kinds)s.", kinds=kinds),
            code="file_kind",
        )
    return name, media_type


def folder() -> Path:
    """Where the bytes lie; nobody else may enter it."""
    path = Path(current_app.config["ZHANGFANG_HOME"]) / "files"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(row: StoredFile) -> Path:
    return folder() / row.stored_as


def _write(session: Session, content: bytes) -> str:
    stored_as = secrets.token_hex(16)
    path = folder() / stored_as
    session.info.setdefault("files written", []).append(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return stored_as


def _keep_written(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("files written", None)


def _remove_written(session: Session) -> None:
    if not session.in_nested_transaction():
        for path in session.info.pop("files written", []):
            path.unlink(missing_ok=True)


event.listen(RiverSession, "after_commit", _keep_written)
event.listen(RiverSession, "after_rollback", _remove_written)


def entity_of(subject_row: Any) -> Entity:
    """The entity whose detail page shows the row. Raises LookupError when none does."""
    for entity in entities().values():
        if entity.model is type(subject_row) and entity.detail_of == entity.name:
            return entity
    raise LookupError(f"no entity shows {type(subject_row).__name__}")


def find_subject(session: Session, entity_name: str, subject_id: int) -> Any:
    """The row as far as the actor may open it. Raises NotFound for foreign, absent and unheard-of alike."""
    entity = entities().get(entity_name)
    if entity is None or not takes_files(entity):
        raise NotFound()
    if not identity_of(session).can("can_show", entity.grants_of):
        raise NotFound()
    row = session.scalars(select(entity.model).where(entity.model.id == subject_id)).first()
    if row is None:
        raise NotFound()
    return row


def takes_files(entity: Entity) -> bool:
    """Rows of a customer have files; people, rules and dictionaries have none."""
    tied = issubclass(entity.model, Scoped) and entity.model.scope_kind == "customer"
    return tied and entity.detail_of == entity.name


Shut = Callable[[Session, int], BusinessError | None]
_shut: list[Shut] = []


def keep_shut(why: Shut) -> None:
    """Let a stage keep the files of some customers shut: asked with the customer, it answers the refusal."""
    if why not in _shut:
        _shut.append(why)


def refuse_shut(session: Session, customer_id: int | None) -> None:
    """Raises the refusal of the stage that keeps the files of this customer shut."""
    if customer_id is None:
        return
    for why in _shut:
        with elevated(session):
            refusal = why(session, customer_id)
        if refusal is not None:
            raise refusal


def find_file(session: Session, file_id: int) -> StoredFile:
    """The file, if the actor may open the record it belongs to. Raises NotFound, or why it is shut."""
    with elevated(session):
        row = session.scalars(select(StoredFile).where(StoredFile.id == file_id)).first()
    if row is None:
        raise NotFound()
    find_subject(session, row.subject, row.subject_id)
    refuse_shut(session, row.customer_id)
    return row


def files_of(session: Session, subject_row: Any, *, most: int = 50) -> list[StoredFile]:
    """The newest files of a row the actor has found in scope, besides those of fields; none while shut."""
    try:
        refuse_shut(session, customer_of(subject_row))
    except BusinessError:
        return []
    statement = (
        select(StoredFile)
        .where(StoredFile.subject == entity_of(subject_row).name, StoredFile.subject_id == subject_row.id)
        .where(StoredFile.field.is_(None))
        .order_by(StoredFile.id.desc())
        .limit(most)
    )
    with elevated(session):
        return list(session.scalars(statement))


def orphans(session: Session) -> tuple[list[str], list[str]]:
    """(files on disk no row knows, stored names of rows whose file is gone or has another size)."""
    known = dict(session.execute(select(StoredFile.stored_as, StoredFile.size)).tuples().all())
    on_disk = dict(_sizes())
    return sorted(on_disk.keys() - known), sorted(k for k, size in known.items() if on_disk.get(k) != size)


def _sizes() -> Iterator[tuple[str, int]]:
    with os.scandir(folder()) as entries:
        for entry in entries:
            yield entry.name, entry.stat().st_size
