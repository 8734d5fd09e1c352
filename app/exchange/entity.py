"""Import runs as a generated list."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.exchange.models import ImportRun
from app.platform.entity import Entity, Field

STATES = {
    "uploaded": _l("uploaded"),
    "checking": _l("being checked"),
    "checked": _l("checked"),
    "importing": _l("being imported"),
    "done": _l("imported"),
    "failed": _l("failed"),
    "undone": _l("taken back"),
}
TONES = {"checked": "info", "done": "success", "failed": "danger", "undone": "plain", "importing": "primary"}

IMPORT_RUN = Entity(
    name="import_run",
    model=ImportRun,
    label=_l("import"),
    plural=_l("Imports"),
    group=_l("Customers"),
    icon="upload",
    title=lambda row: row.file_name,
    fields=(
        Field("file_name", _l("File"), searchable=True),
        Field("state", _l("State"), kind="choice", choices=STATES, tones=TONES, filterable=True),
        Field("read", _l("Read"), kind="int"),
        Field("accepted", _l("Accepted"), kind="int"),
        Field("created_at", _l("When"), kind="moment"),
    ),
    list_fields=("file_name", "state", "read", "accepted", "created_at"),
    empty_hint=_l("Upload a sheet of prospects: XLSX, XLS or CSV."),
)
