"""What the import adds to earlier screens: the way to it from the list of prospects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.platform.access import Identity
from app.platform.screens.slots import Contribution, contribute


def _button(_session: Session, _row: Any, _identity: Identity) -> Mapping[str, Any]:
    return {"label": _l("Import"), "icon": "upload", "url": url_for("import_run.upload")}


def plug_in() -> None:
    contribute(
        Contribution(
            slot="prospect.action",
            name="import",
            label=_l("Import"),
            template="",
            load=_button,
            permission=("can_import", "customer"),
        )
    )
