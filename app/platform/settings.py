"""TABLE of what an administrator may set about files."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.file_kinds import MOST_BYTES
from app.platform.settings_table import Setting

FILE_MEGABYTES = Setting(
    "platform.file_megabytes",
    _l("Files"),
    _l("Largest file"),
    default=MOST_BYTES // 2**20,
    lowest=1,
    highest=MOST_BYTES // 2**20,
    unit="MB",
)
