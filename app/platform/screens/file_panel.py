"""The panel of files beside every record of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.platform.access import Identity
from app.platform.actors import naming
from app.platform.files import entity_of, files_of
from app.platform.screens.slots import Contribution
from app.platform.timeline import customer_of


def _load(session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
    may_add = identity.can("can_add", "stored_file")
    files, customer_id = files_of(session, row), customer_of(row)
    called = naming(session, identity, [customer_id] if files else [])
    return {
        "files": [(file, called(customer_id, file.uploaded_by_id, file.uploaded_by)) for file in files],
        "add_url": url_for("file.add", entity=entity_of(row).name, pk=row.id) if may_add else None,
    }


FILES = Contribution(
    slot="", name="files", label=_l("Files"), template="parts/files.html", load=_load, order=80
)
