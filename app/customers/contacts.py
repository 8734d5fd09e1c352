"""Contact points as typed, made ready to be stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from app.customers.collisions import normalise
from app.customers.contact_keys import ContactKind, ContactPointInvalid
from app.customers.models import ContactPoint
from app.platform.errors import FieldErrors

KINDS = {
    ContactKind.MOBILE.value: _l("mobile"),
    ContactKind.WECHAT.value: _l("WeChat"),
    ContactKind.QQ.value: _l("QQ"),
    ContactKind.LANDLINE.value: _l("landline"),
    ContactKind.EMAIL.value: _l("e-mail"),
}

FAULTS = {
    "empty": _l("This is required."),
    "bad_mobile": _l("A mobile number has 11 digits and begins with 1."),
    "bad_landline": _l("This is no landline. Write it like 0755-26801234."),
    "bad_wechat": _l(
        "A WeChat id has 6 to 20 characters and begins with a letter; a mobile or QQ number will do."
    ),
    "bad_qq": _l("A QQ number has 5 to 12 digits."),
    "bad_email": _l("This is no e-mail address."),
}


class Contact(NamedTuple):
    """One contact point as a person typed it."""

    person_name: str
    kind: str
    value: str
    shared: bool = False
    role: str = ""


def points_of(contacts: Iterable[Sequence[object]]) -> dict[int, ContactPoint]:
    """The contact points to store, by the place of their row; a second row with the same key is left out.

    Raises FieldErrors with a fault per row ("contacts-0-value").
    """
    points: dict[int, ContactPoint] = {}
    faults: dict[str, list[object]] = {}
    for place, contact in enumerate(Contact(*row) for row in contacts):  # type: ignore[arg-type]
        try:
            point = point_of(contact)
        except ContactPointInvalid as fault:
            faults[field_of(place)] = [FAULTS[fault.code]]
        else:
            if point.key not in {other.key for other in points.values()}:
                points[place] = point
    if faults:
        raise FieldErrors(_l("Some contact points cannot be used."), faults)
    return points


def field_of(place: int) -> str:
    """The name of the form field of a row."""
    return f"contacts-{place}-value"


def point_of(contact: Contact) -> ContactPoint:
    """One contact point to store. Raises ContactPointInvalid."""
    found = normalise(contact.kind, contact.value)
    return ContactPoint(
        person_name=(contact.person_name or "").strip()[:64] or None,
        role=(contact.role or "").strip()[:64] or None,
        kind=str(contact.kind),
        value=found.display[:80],
        key=found.key[:100],
        shared=bool(contact.shared),
    )
