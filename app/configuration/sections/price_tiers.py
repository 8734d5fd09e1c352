"""Who sells by which prices, from which day on. Published prices never change; new ones are a new version."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.configuration.groups import Entry, Group, Named, Plain, Rows
from app.configuration.places import Place
from app.configuration.section import Section
from app.configuration.sections import price_tier_rows
from app.configuration.shapes import Amount, Day, Flag, Maybe, NameOf, Text

_STAFF = ("role", "department", "person")
_NAMED = 3
_PRICE = Group(
    {
        "reference": Entry(Amount(), _l("Reference price")),
        "authority": Entry(Amount(), _l("Authority price")),
    }
)


def _news(others: Sequence[Plain], version: Plain) -> str:
    """How many prices differ from the version before, and which first."""
    earlier = [other for other in others if other["valid_from"] < version["valid_from"]]
    old = max(earlier, key=lambda other: str(other["valid_from"]))["prices"] if earlier else {}
    new = version["prices"]
    differing = [item for item in sorted({*old, *new}) if old.get(item) != new.get(item)]
    words = _("%(count)s prices change", count=len(differing))
    return f"{words}: {'、'.join(differing[:_NAMED])}{' …' if len(differing) > _NAMED else ''}"


VERSIONS = Rows(
    Group(
        {
            "valid_from": Entry(Day(), _l("Valid from")),
            "valid_until": Entry(Maybe(Day()), _l("Valid until"), None),
            "prices": Entry(Named(NameOf("item"), _PRICE), _l("Prices")),
        }
    ),
    key=("valid_from",),
    title=lambda version: str(_l("from %(day)s", day=version["valid_from"])),
    note=_news,
)
TIERS = Rows(
    Group(
        {
            "name": Entry(Text(60), _l("Name")),
            "role": Entry(Maybe(NameOf("role")), _l("Role"), None),
            "department": Entry(Maybe(NameOf("department")), _l("Department"), None),
            "person": Entry(Maybe(NameOf("person")), _l("Person"), None),
            "region": Entry(Maybe(Text(40)), _l("Region"), None),
            "active": Entry(Flag(), _l("In use"), True),
            "versions": Entry(VERSIONS, _l("Versions"), []),
        }
    ),
    key=("name",),
    archives=True,
)


def _staff(tier: Plain) -> tuple[object, ...]:
    return tuple(tier[name] for name in (*_STAFF, "region"))


def _check(before: list[Plain], after: list[Plain], place: Place) -> None:
    known = {tier["name"]: tier for tier in before}
    sold_by: dict[tuple[object, ...], str] = {}
    for tier in after:
        here, old = place.row(tier["name"]), known.get(tier["name"])
        if sum(tier[name] is not None for name in _STAFF) > 1:
            here.fault(_l("name a role, a department or a person, only one of them"))
        if old is not None and _staff(old) != _staff(tier):
            here.fault(_l("who a tier is for never changes; begin a tier of another name"))
        other = sold_by.setdefault(_staff(tier), tier["name"]) if tier["active"] else tier["name"]
        if other != tier["name"]:
            here.fault(_l("“%(tier)s” is for the same staff", tier=other))
        _check_versions(old["versions"] if old else [], tier["versions"], here.under("versions"))


def _check_versions(before: list[Plain], after: list[Plain], place: Place) -> None:
    wanted = {version["valid_from"]: version for version in after}
    for version in before:
        here, kept = place.row(version["valid_from"]), wanted.get(version["valid_from"])
        if kept is None:
            here.fault(_l("published prices stay; put this version back into the file"))
        elif kept != version:
            here.fault(_l("published prices never change; begin a new version on a later day"))


SECTION = Section(
    "price_tiers",
    _l("Price tiers"),
    "price_tier",
    lambda: TIERS,
    price_tier_rows.read,
    lambda work, before, after: price_tier_rows.write(work, TIERS, before, after),
    check=_check,
    under_way=price_tier_rows.under_way,
)
