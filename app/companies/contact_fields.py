"""What is asked about a contact person, and how their numbers look to outsiders."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.platform.entity import Field

CONTACT_FIELDS = (
    Field("name", _l("Person's name"), required=True, maximum=64),
    Field("role", _l("Position there"), maximum=64, help=_l("who for bookkeeping, who for sales")),
    Field("mobile", _l("Mobile or landline"), maximum=40),
    Field("wechat", _l("WeChat"), maximum=40),
    Field("email", _l("E-mail"), maximum=80),
)
NUMBERS = frozenset({"mobile", "wechat", "email"})


def masked(number: str | None) -> str:
    """138****8000: enough to recognise, too little to call."""
    if not number:
        return ""
    kept = 3 if len(number) > 7 else 1
    tail = 4 if len(number) > 7 else 1
    return f"{number[:kept]}****{number[-tail:]}"
