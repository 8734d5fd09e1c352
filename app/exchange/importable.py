"""What a sheet may bring for one person: the fields they may fill in, the program's own and custom ones.

A field that is hidden from the importer or not theirs to change is no column: its heading stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.customers.entity import CUSTOMER
from app.exchange.headers import prospect_synonyms
from app.platform.access import FieldLevel, Identity
from app.platform.custom_fields import Definition
from app.platform.shaping import custom_fields_of, people, shaped

FIELD_WORDS = {
    "name": _l("customer name"),
    "company": _l("company name"),
    "contact_person": _l("contact person"),
    "mobile": _l("mobile"),
    "landline": _l("landline"),
    "wechat": _l("WeChat"),
    "qq": _l("QQ"),
    "email": _l("e-mail"),
    "source": _l("source"),
    "industry": _l("industry"),
    "region": _l("region"),
    "level": _l("level"),
    "business_types": _l("business types"),
    "owner": _l("owner"),
    "note": _l("note"),
    "next_contact": _l("next contact"),
}
_FIELD_OF = {"business_types": "needs", "next_contact": "next_contact_on"}
"""What the customer calls it, where that is another name. Names and numbers make the row, so they stay."""
_ALWAYS = frozenset({"name", "company", "contact_person", "mobile", "landline", "wechat", "qq", "email"})


@dataclass(frozen=True)
class Importable:
    """The fields of ours, the custom fields, and everybody's name for those that hold a colleague."""

    own: tuple[str, ...]
    custom: tuple[Definition, ...] = ()
    people: Mapping[int, str] = field(default_factory=dict)

    @property
    def words(self) -> dict[str, Any]:
        """Every field a column can be, with what people call it."""
        return {name: FIELD_WORDS[name] for name in self.own} | {one.name: one.label for one in self.custom}

    def synonyms(self) -> dict[str, list[str]]:
        """The headings. A word the agency gave to a field of its own means that field."""
        own = {name: words for name, words in prospect_synonyms().items() if name in self.own}
        return {one.name: [one.label, one.name] for one in self.custom} | own


def importable(session: Session, identity: Identity) -> Importable:
    """What this person may bring in with a sheet of prospects. Files cannot stand in one."""
    shape = shaped(session, CUSTOMER, identity)
    typed = {name for section in shape.edited_sections for name in section.fields}
    definitions = custom_fields_of(session, CUSTOMER, identity)
    return Importable(
        own=tuple(name for name in FIELD_WORDS if name in _ALWAYS or _is_open(identity, name)),
        custom=tuple(one for one in definitions if one.name in typed and one.kind != "file"),
        people=people(session, identity),
    )


def _is_open(identity: Identity, name: str) -> bool:
    return identity.field_level(CUSTOMER.grants_of, _FIELD_OF.get(name, name)) is FieldLevel.FULL
